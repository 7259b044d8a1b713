"""A file that is handed in is read with patience, or refused in a sentence."""

import json
import warnings
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dcgan_course.exercises import student_notebook as reading
from dcgan_course.exercises.student_notebook import NotGradable, read_notebook

SOURCE = "# EXERCISE 2.2 scale_images\ndef scale_images(images):\n    return images / 127.5 - 1  # 한글 주석"


def text_of(*cells, **fields):
    return json.dumps(
        {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **fields}, ensure_ascii=False
    )


def code(source=SOURCE, **fields):
    return {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None, **fields}


@pytest.mark.parametrize(
    ("encode", "warning"),
    [
        (lambda text: text.encode("utf-8"), None),
        (lambda text: text.encode("utf-8-sig"), "byte order mark"),
        (lambda text: text.encode("utf-16"), "UTF-16"),
        (lambda text: text.encode("utf-16-le"), "UTF-16"),
        (lambda text: text.encode("utf-16-be"), "UTF-16"),
        (lambda text: text.encode("cp949"), "CP949"),
        (lambda text: text.replace("\n", "\r\n").encode("utf-8"), None),
    ],
)
def test_whatever_editor_saved_it_the_source_is_the_same(encode, warning):
    notebook, found = read_notebook(encode(text_of(code())))
    assert notebook.cells[0].source == SOURCE
    assert len(found) == (warning is not None) and all(warning in sentence for sentence in found)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b" \n\0", "The file is empty"),
        (b"<!DOCTYPE html><html><body>02.ipynb</body></html>", "a web page saved as .ipynb"),
        (
            text_of(code()).replace('"cells"', '<<<<<<< HEAD\n"cells"\n=======\n>>>>>>> b\n"cells"').encode(),
            "merge-conflict",
        ),
        (text_of(code()).encode()[:-40], "breaks off in the middle"),
        (text_of(code()).encode()[:-1], "breaks off in the middle"),
        (text_of(code(), nbformat=5).encode(), "is of format 5, and formats up to 4 can be read"),
        (text_of({"cell_type": "markdown", "source": "x"}).encode(), "has no code cell"),
        (text_of().encode(), "has no code cell"),
        (b"PK\x03\x04\x14\xff\xff\xfe", "it is not a text"),
        (b"import keras\n", "cannot be read as JSON (line 1: Expecting value)"),
        (b'{"a": 1}', "it has no cells"),
        (b"[1, 2]", "it has no cells"),
        (b'{"cells": {}, "nbformat": 4}', "its cells are no list"),
        (b'{"worksheets": 7, "nbformat": 3}', "of the old format 3 and damaged"),
        (b'{"a":' + b"[" * 100_000, "breaks off"),
        (b"[" * 100_000 + b"]" * 100_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_notebook_is_refused_in_a_sentence(content, sentence):
    with pytest.raises(NotGradable) as error:
        read_notebook(content)
    assert sentence in str(error.value)
    assert str(error.value).endswith((".", "?"))


def test_a_file_too_large_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 1_000_000)
    with pytest.raises(NotGradable, match=r"The file has 2 MB, and at most 1 MB can be read\. Clear its outputs"):
        read_notebook(b"{" + b" " * 2_000_000)


def test_format_3_is_upgraded_with_a_warning():
    old = nbformat.convert(new_notebook(cells=[new_markdown_cell("Text"), new_code_cell(SOURCE)]), 3)
    notebook, found = read_notebook(json.dumps(old).encode())
    assert [(cell.cell_type, cell.source) for cell in notebook.cells] == [("markdown", "Text"), ("code", SOURCE)]
    assert found == ["The notebook is of the old format 3, and was upgraded."]


def test_what_colab_rewrites_is_read_without_a_warning():
    moved = code(SOURCE.splitlines(keepends=True), metadata={"id": "ex22", "colab": {"base_uri": "x"}})
    moved["outputs"] = [new_output("display_data", data={"application/vnd.google.colaboratory.intrinsic+json": {}})]
    content = {"nbformat": 4, "nbformat_minor": 0, "metadata": {"colab": {}}, "cells": [moved]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        notebook, found = read_notebook(json.dumps(content).encode())
    assert (notebook.cells[0].source, notebook.cells[0].id, found) == (SOURCE, "ex22", [])


def test_no_output_count_kernel_or_tag_of_nbval_is_taken_over():
    cell = code("1", outputs=[new_output("stream", text="full marks")], execution_count=7, metadata={"tags": ["a", 3]})
    notebook, _ = read_notebook(text_of(cell, metadata={"kernelspec": {"name": "bash"}}).encode())
    assert notebook.metadata == {}
    assert notebook.cells[0] == {
        "cell_type": "code", "source": "1", "metadata": {"tags": ["a"]}, "outputs": [], "execution_count": None,
    }  # fmt: skip


def test_damaged_cells_are_passed_over_with_a_warning():
    cells = [code("1"), 7, {"cell_type": "code", "source": {"a": 1}}, {"cell_type": "chart"}, None, code(["1", 2])]
    notebook, found = read_notebook(text_of(*cells).encode())
    assert [cell.source for cell in notebook.cells] == ["1"]
    assert found == ["5 damaged cells were passed over."]


def test_the_masters_are_read_without_a_warning():
    for path in (Path(__file__).resolve().parents[2] / "notebooks").glob("0*.ipynb"):
        notebook, found = read_notebook(path.read_bytes())
        master = nbformat.read(path, as_version=4)
        assert [(cell.id, cell.source) for cell in notebook.cells] == [(cell.id, cell.source) for cell in master.cells]
        assert found == []
