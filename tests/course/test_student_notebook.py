"""A file that is handed in is read with patience, or refused in a sentence."""

import io
import json
import warnings
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dcgan_course.exercises import student_notebook as reading
from dcgan_course.exercises.student_notebook import NotGradable, is_notebook, read_notebook

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
        (text_of(code()).encode()[:60], "breaks off in the middle"),
        (text_of(code()).encode()[:12], "breaks off in the middle"),
        (text_of(code(), nbformat=5).encode(), "is of format 5, and formats up to 4 can be read"),
        (text_of({"cell_type": "markdown", "source": "x"}).encode(), "has no code cell"),
        (text_of().encode(), "has no code cell"),
        (b"\x93\x04\x14\xff\xff\xfe", "it is not a text"),
        (b"my answers\n", "cannot be read as JSON (line 1: Expecting value)"),
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


# A damaged file gives what it has.

THREE = text_of(*(code(f"# EXERCISE 2.{number}\ndef f{number}(): # 한글\n    return 1") for number in (1, 2, 3)))
WHOLE = ["2.1", "2.2", "2.3"]
DEEP = "[" * 100_000 + "]" * 100_000  # Deeper than any Python reads: 3.13 gives up at some 10,000 levels.


def with_first(text, old, new):
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("damage", "content", "found", "warning"),
    [
        ("junk behind the end", THREE + '}\n"x": 1]', WHOLE, "Behind the notebook's end there is something else (9"),
        ("an older file's end behind the end", THREE + THREE[-30:], WHOLE, "Behind the notebook's end"),
        ("the same notebook twice", f"{THREE}\n{THREE}", WHOLE, "The file holds 2 notebooks, one behind the other"),
        ("a copy that is cut", THREE + THREE[:-160], WHOLE, None),
        ("another notebook behind it", THREE + text_of(code("# EXERCISE 2.4")), [*WHOLE, "2.4"], "cells of all"),
        ("zeros behind it", THREE + "\0" * 4096, WHOLE, "4,096 empty bytes"),
        ("zeros before it", "\0" * 3 + THREE, WHOLE, "3 empty bytes"),
        ("zeros in it", with_first(THREE, "def f2", "d\0ef f2"), WHOLE, "1 empty bytes"),
        ("a cut between cells", THREE[: THREE.index('{"cell_type": "code", "source": "# EXERCISE 2.3')], WHOLE[:2], "breaks off"),
        ("a cut in a cell", THREE[: THREE.index("def f3")], WHOLE[:2], "only its first 2 cells could be read"),
        ("a cut behind the cells", THREE[:-40], WHOLE, None),
        ("the last brace is gone", THREE[:-1], WHOLE, "its 3 cells could all be read"),
        ("a line broken inside of a text", with_first(THREE, "def f1", "\n\ndef f1"), WHOLE, None),
        ("a comma is gone", with_first(THREE, "}, {", "} {"), WHOLE, "damaged"),
        ("a quote is gone in a cell", with_first(THREE, '"source": "# EXERCISE 2.2', '"source": # EXERCISE 2.2'), ["2.1", "2.3"], "others not"),
        ("the file's metadata is deep", with_first(THREE, '"metadata": {}, "nbformat"', f'"metadata": {{"a": {DEEP}}}, "nbformat"'), WHOLE, "nested too deeply"),
        ("deep metadata before the cells", '{"metadata": ' + DEEP + ", " + THREE[1:], WHOLE, "nested too deeply"),
        ("a cell's metadata is deep", with_first(THREE, '"metadata": {}', f'"metadata": {{"a": {DEEP}}}'), WHOLE, "nested too deeply"),
        ("a cell's output is deep", with_first(THREE, '"outputs": []', f'"outputs": {DEEP}'), WHOLE, "nested too deeply"),
        ("words before the start", "Saved by my editor\n" + THREE, WHOLE, "damaged"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_damaged_file_gives_the_cells_that_are_whole(damage, content, found, warning, encoding):
    if encoding == "utf-16" and "\0" in content:
        encoding = "utf-8"  # UTF-16 has zeros of its own.
    notebook, warnings_ = read_notebook(content.encode(encoding))
    assert [cell.source[11:14] for cell in notebook.cells] == found
    assert warning is None or any(warning in sentence for sentence in warnings_), warnings_
    assert all(sentence.endswith(".") for sentence in warnings_)


@pytest.mark.parametrize("broken", [b"\xff", b"\xb0", b"\xea\xb0", b"\x80\x80\x80"])
@pytest.mark.parametrize("text", [THREE, THREE.replace("한글", "x")])
def test_a_broken_byte_costs_its_own_letter(broken, text):
    content = text.encode().replace(b"return 1", b"return 1 # " + broken + b"a", 1)
    notebook, found = read_notebook(content)
    assert [cell.source[11:14] for cell in notebook.cells] == WHOLE
    assert notebook.cells[0].source.endswith("\ufffda") and notebook.cells[1].source in text.replace("\\n", "\n")
    assert len(found) == 1 and "broken letter" in found[0]


def test_a_broken_byte_in_cp949_costs_its_own_letter():
    notebook, found = read_notebook(
        text_of(code(SOURCE + "가나다라마바사아자차카")).encode("cp949").replace(b"5 - 1", b"5 - 1\xff", 1)
    )
    assert "가나다라마바사" in notebook.cells[0].source
    assert "CP949" in found[0] and "broken" in found[1]


def test_format_3_that_is_cut_gives_its_cells():
    old = json.dumps(nbformat.convert(new_notebook(cells=[new_code_cell(SOURCE), new_code_cell("2")]), 3))
    notebook, found = read_notebook(old[: old.rindex('"cell_type"')].encode())
    assert [cell.source for cell in notebook.cells] == [SOURCE]
    assert any("breaks off" in sentence for sentence in found)


def zip_of(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("__", "/"), text)
    return buffer.getvalue()


OFFICE = zip_of(**{"[Content_Types].xml": "x", "word__document.xml": "x"})


@pytest.mark.parametrize(
    ("content", "kind", "what_to_do"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF", "Download .ipynb"),
        (b"\xef\xbb\xbf<!DOCTYPE html>\n<html>", "a web page", "Download .ipynb"),
        ("<HTML lang='ko'>한글".encode("cp949"), "a web page", "Download .ipynb"),
        ("<html>".encode("utf-16"), "a web page", "Download .ipynb"),
        (b"<!-- saved from url=(0041)https://colab -->\n<html>", "a web page", "Download .ipynb"),
        (b'# -*- coding: utf-8 -*-\n"""02_faces.ipynb\n', "a Python program", "Download .ipynb"),
        (b"#!/usr/bin/env python\n# coding: utf-8\n# In[1]:\nimport keras\n", "a Python program", "Download .ipynb"),
        (SOURCE.encode(), "a Python program", "Download .ipynb"),
        (b'{"":"WARNING! DO NOT EDIT THIS FILE!","doc_id":"1x","resource_key":"","email":"k@x.kr"}', "a link", "Open what it leads to"),
        (b'{"url": "https://docs.google.com/open?id=1x", "doc_id": "1x", "email": "k@x.kr"}', "a link", "Open what it leads to"),
        (b"[InternetShortcut]\r\nURL=https://colab.research.google.com/drive/1x", "a link", "Open what it leads to"),
        (b"https://colab.research.google.com/drive/1x?usp=sharing\n", "a link", "Open what it leads to"),
        (b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0", "a link", "Open what it leads to"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE plist PUBLIC "x">\n<plist><dict><key>URL</key>', "a link", "Open what it leads to"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "a pointer of Git LFS", "git lfs pull"),
        (OFFICE, "a document of Word, Excel or Hangul", "Download .ipynb"),
        (OFFICE[:80], "a document of Word, Excel or Hangul", "Download .ipynb"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a document of Word, Excel or Hangul", "Download .ipynb"),
        (zip_of(**{"hw.ipynb": "{}"}), "a zip", "Unpack it"),
        (b"PK\x03\x04\x14\xff\xff\xfe", "a zip", "Unpack it"),
        (b"7z\xbc\xaf\x27\x1c", "an archive", "Unpack it"),
        (b"Rar!\x1a\x07", "an archive", "Unpack it"),
        (b"\x1f\x8b\x08\0", "an archive", "Unpack it"),
        (b"\x89PNG\r\n\x1a\n", "a picture", "Download .ipynb"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture", "Download .ipynb"),
        (b"\x89HDF\r\n\x1a\n", "a file of weights", "Download .ipynb"),
    ],
)  # fmt: skip
def test_what_a_file_is_instead_is_said_with_what_to_do(content, kind, what_to_do):
    with pytest.raises(NotGradable) as error:
        read_notebook(content)
    assert str(error.value).startswith(f"The file is {kind}") and what_to_do in str(error.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp949"])
def test_a_notebook_is_known_by_its_content(encoding):
    assert is_notebook(THREE.encode(encoding)) and is_notebook(THREE[:-200].encode(encoding))
    for other in ("name,id\nKim,1\n", '{"name": "settings"}', "", "<html>cell_type</html>"):
        assert not is_notebook(other.encode(encoding)), other
