"""The masters' outputs are rewritten from an executed copy, and nothing else of them changes."""

import json
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from test_run import PARAMETERS, TRAINING

from dcgan_course.__main__ import main
from dcgan_course.exercises.checks.expected import FILE, read_expected
from dcgan_course.exercises.checks.explanation import list_differences
from dcgan_course.exercises.checks.messages import say
from dcgan_course.instructor.grading.marks.assembly import read_masters, seed_of
from dcgan_course.instructor.masters.expected_values import make_expected_values
from dcgan_course.instructor.masters.mistakes import MISTAKES
from dcgan_course.instructor.masters.outputs import check_outputs, clean_output, describe_pictures
from dcgan_course.refused import Refused

MASTERS = Path(__file__).resolve().parents[2] / "notebooks"
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


def test_a_masters_expected_values_are_written_before_it_runs(tmp_path, monkeypatch, capsys):
    course, values = tmp_path / "course", tmp_path / "expected.json"
    (exercise,) = [e for each in read_masters(MASTERS) for e in each.exercises if e.key == "2.2"]
    cells = [
        "import numpy as np\nfrom dcgan_course.exercises import check",
        exercise.solution,
        exercise.check,
        TRAINING,
    ]
    (course / "notebooks").mkdir(parents=True)
    path = write_master(course / "notebooks" / "02_short.ipynb", *cells)
    monkeypatch.setattr("dcgan_lib.system.paths.INSTALLED_IN", course)
    monkeypatch.setattr("dcgan_course.instructor.masters.expected_values.FILE", values)
    monkeypatch.setenv("PYTHONPATH", str(MASTERS.parent))
    assert rewrite(monkeypatch, path, "-p", "steps", 2) == 0
    assert capsys.readouterr().out.splitlines()[0] == "The expected values of the checks: written"
    written = json.loads(values.read_text("utf-8"))
    assert list(written) == ["2.2"]
    assert written["2.2"]["right"] == read_expected("2.2", 22).right
    assert list(written["2.2"]["mistakes"]) == list(MISTAKES["2.2"])
    assert values.stat().st_mtime_ns < path.stat().st_mtime_ns
    assert "2.2 scale_images: right ✓" in path.read_text("utf-8")


def test_a_notebook_that_is_no_master_leaves_the_expected_values_alone(tmp_path, monkeypatch):
    path, before = write_master(tmp_path / "mine.ipynb", SHOW, TRAINING), FILE.stat().st_mtime_ns
    assert rewrite(monkeypatch, path, "-p", "steps", 2) == 0
    assert FILE.stat().st_mtime_ns == before


def test_the_expected_values_are_of_these_masters_and_of_all_known_mistakes():
    """Quick: `test_the_expected_values_are_what_solutions_and_mistakes_give` measures all of them."""
    exercises = [exercise for master in read_masters(MASTERS) for exercise in master.exercises]
    values = json.loads(FILE.read_text("utf-8"))
    assert list(values) == [exercise.key for exercise in exercises] == list(MISTAKES)
    for exercise in exercises:
        assert values[exercise.key]["seed"] == seed_of(exercise.check)
        assert list(values[exercise.key]["mistakes"]) == list(MISTAKES[exercise.key])
        for language in ("en", "ko"):
            assert all(say(name, language) for name in MISTAKES[exercise.key])


# A batch is normalized by what Dropout has left of it, which is another part each time.
RANDOM = {("normalization added", "outputs with Dropout")}


@pytest.mark.slow  # Half a minute. That the solutions' values are right, nbval shows in `make test`.
def test_the_expected_values_are_what_solutions_and_mistakes_give():
    stale = "python -m dcgan_course notebooks makes the file again"
    stored, made = json.loads(FILE.read_text("utf-8")), make_expected_values(MASTERS)
    assert list(stored) == list(made)
    for key, values in made.items():
        assert stored[key]["seed"] == values["seed"]
        pairs = {"right": (stored[key]["right"], values["right"])}
        assert list(stored[key]["mistakes"]) == list(values["mistakes"])
        pairs |= {name: (stored[key]["mistakes"][name], wrong) for name, wrong in values["mistakes"].items()}
        for name, (old, new) in pairs.items():
            differences = [*list_differences(old, new), *list_differences(new, old)]
            assert [found for found in differences if (name, found[1]) not in RANDOM] == [], f"{key}, {name}: {stale}"


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


def test_a_return_that_nothing_follows_is_cut_off():
    assert clean_output(new_output("stream", name="stdout", text="100%\r")).text == "100%"
