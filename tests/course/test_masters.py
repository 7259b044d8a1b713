"""The masters' outputs are rewritten from an executed copy, and nothing else of them changes."""

import json
import sys

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from test_run import PARAMETERS, TRAINING

from dcgan_course.__main__ import main
from dcgan_course.instructor.masters.outputs import check_outputs, describe_pictures, join_streams
from dcgan_course.refused import Refused

SHOW = "print('seed', seed)\nseed + 1"


def write_master(path, *cells):
    tagged = new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]}, id="kept-id")
    content = [new_markdown_cell("# Title"), tagged, *map(new_code_cell, cells)]
    content[-1].metadata["papermill"] = {"duration": 3}
    nbformat.write(new_notebook(cells=content, metadata={"papermill": {}, "course": "kept"}), path)
    return path


def rewrite(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["instructor", "notebooks", *map(str, arguments)])
    return main()


def test_outputs_and_counts_are_put_into_the_master_and_nothing_else_changes(tmp_path, monkeypatch):
    path = write_master(tmp_path / "master.ipynb", SHOW, "", TRAINING)
    before = nbformat.read(path, as_version=4)
    assert rewrite(monkeypatch, path, "-p", "steps", 3, "-p", "seed", 7) == 0
    after = nbformat.read(path, as_version=4)
    assert [cell.source for cell in after.cells] == [cell.source for cell in before.cells]
    assert [cell.id for cell in after.cells] == [cell.id for cell in before.cells]
    assert [cell.get("execution_count") for cell in after.cells] == [None, 1, 2, None, 3]
    assert after.cells[2].outputs[0].text == "seed 7\n"
    assert after.cells[2].outputs[1].data["text/plain"] == "8"
    assert after.cells[2].outputs[1].execution_count == 2
    assert after.metadata == {"course": "kept"}
    assert after.cells[1].metadata == {"tags": ["parameters"]} and after.cells[4].metadata == {}
    assert sorted(tmp_path.iterdir()) == [path]
    text = json.dumps(after.cells[4].outputs)
    assert "2/3" in text and "1/3" not in text and "\\r" not in text


def test_a_failed_cell_leaves_the_master_as_it_was(tmp_path, monkeypatch, capsys):
    path = write_master(tmp_path / "master.ipynb", "1 / 0", TRAINING)
    before = path.read_bytes()
    assert rewrite(monkeypatch, path, "-p", "steps", 2) == 1
    assert "ZeroDivisionError: division by zero\n  in code cell 2: 1 / 0" in capsys.readouterr().out
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        (new_output("stream", name="stderr", text="careful"), "wrote to stderr: careful"),
        (new_output("stream", name="stdout", text="in /home/me/course"), "shows a path of this machine: /home/me"),
        (new_output("display_data", data={"text/html": "<a href='/home/me/x'>"}), "shows a path of this machine"),
        (new_output("error", ename="SystemExit", evalue="0", traceback=[]), "failed: SystemExit: 0"),
    ],
)
def test_what_should_not_be_published_is_refused(output, sentence):
    with pytest.raises(Refused, match=sentence):
        check_outputs(new_code_cell("show()", outputs=[output]), ["/home/me"])


def test_a_cells_alt_text_is_put_beside_its_picture():
    picture = new_output("display_data", data={"image/png": "iVBORw0KGgo=", "text/plain": "figure"})
    cell = new_code_cell("show()", metadata={"alt": "A cloud."}, outputs=[picture])
    describe_pictures(cell)
    assert picture.metadata["image/png"] == {"alt": "A cloud."}


def test_of_a_progress_line_the_last_state_stays_as_a_terminal_would_show_it():
    def stream(text):
        return new_output("stream", name="stdout", text=text)

    figure = new_output("display_data", data={"text/plain": "figure"})
    joined = join_streams([stream("a\r"), stream("bb\rccc"), stream("\rdddd\nnext\n"), figure, stream("e\n\rf\n")])
    assert [output.get("text") for output in joined] == ["dddd\nnext\n", None, "e\nf\n"]
