"""`python -m dcgan_course check`, run as a student runs it on released notebooks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dcgan_course.instructor.releasing.student_copy import make_student_copy

ROOT = Path(__file__).resolve().parents[2]
MASTER = ROOT / "notebooks" / "02_faces_grayscale.ipynb"


def check(path, *options, cwd=ROOT):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "dcgan_course", "check", str(path), *options]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture
def released():
    """The students' notebook 2 as a dict."""
    return json.loads(make_student_copy(MASTER))


def write(folder, notebook, name="my notebook (복사본).ipynb"):
    path = folder / name
    path.write_text(json.dumps(notebook, ensure_ascii=False), "utf-8")
    return path


def cell_of(notebook, cell_id):
    return next(cell for cell in notebook["cells"] if cell["id"] == cell_id)


def test_a_solved_notebook_can_be_graded_and_no_large_library_is_loaded():
    code = f"import sys; from dcgan_course.__main__ import main; main(['check', {str(MASTER)!r}]); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True).stdout.split()
    assert "dcgan_course.exercises.answers" in loaded and not {"tensorflow", "keras", "matplotlib"} & set(loaded)
    result = check(MASTER)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "This is 02_faces_grayscale.",
        "",
        "exercise  function             in the file",
        "2.1       load_face            answered",
        "2.2       scale_images         answered",
        "2.3       build_generator      answered",
        "2.4       build_discriminator  answered",
        "2.5       train_step           answered",
        "",
        "It can be graded: 5 of 5 exercises are answered. Nothing was run.",
    ]


def test_it_says_which_are_done_missing_doubled_and_not_python(released, tmp_path):
    cells = released["cells"]
    cell_of(released, "ex21")["source"] = "%%time\n# EXERCISE 2.1 load_face\ndef load_face(path):\n    return path"
    cells.append({**cell_of(released, "ex21"), "id": "copy"})
    cell_of(released, "ex22")["source"] = "# EXERCISE 2.2 scale_images\ndef scale_images(images:\n    return images"
    cells.remove(cell_of(released, "ex25"))
    result = check(write(tmp_path, released))
    assert (result.returncode, result.stderr) == (1, "")
    lines = result.stdout.splitlines()
    assert lines[3].split(maxsplit=2)[2] == "answered"
    assert "not Python (cell " in lines[4] and "line 2 of the answer: " in lines[4]
    assert lines[5].endswith("  not done yet")
    assert lines[6].endswith("  not done yet")
    assert lines[7].split(maxsplit=2)[2] == "missing"
    assert any(line.startswith("- 2.1: It is there more than once: cell ") for line in lines)
    assert "- 2.1: The line '%%time' is passed over: it is not Python." in lines
    assert lines[-1] == "It can be graded: 1 of 5 exercises are answered. Nothing was run."


def test_what_was_not_touched_and_what_cannot_be_graded_ends_with_status_1(released, tmp_path):
    untouched = check(write(tmp_path, released))
    assert (untouched.returncode, untouched.stdout.count("not done yet")) == (1, 5)
    page = tmp_path / "page.ipynb"
    page.write_text("<!doctype html><title>02_faces_grayscale</title>")
    other = write(tmp_path, {**released, "cells": [{**released["cells"][-1], "cell_type": "code"}]}, "other.ipynb")
    for path, sentence in (
        (page, "The file is a web page saved as .ipynb."),
        (other, "None of the course's exercises"),
    ):
        result = check(path)
        assert (result.returncode, result.stderr) == (1, "")
        assert result.stdout.startswith(f"It cannot be graded. {sentence}")
        assert len(result.stdout.splitlines()) == 1


def test_a_wrong_path_is_a_sentence_with_what_is_there(tmp_path, released):
    write(tmp_path, released, "mine.ipynb")
    missing, folder = check("mien.ipynb", cwd=tmp_path), check(tmp_path)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert missing.stderr.startswith("check: there is no file 'mien.ipynb'. There are: mine.ipynb.")
    assert (folder.returncode, len(folder.stderr.splitlines())) == (1, 1)
    assert "is a folder" in folder.stderr


def test_nothing_of_the_notebook_is_run_and_nothing_heavy_is_loaded(released, tmp_path):
    cell_of(released, "ex21")["source"] = f"open({str(tmp_path / 'ran')!r}, 'w')\n# EXERCISE 2.1 load_face"
    path = write(tmp_path, released)
    code = (
        "import sys\nfrom dcgan_course.__main__ import main\n"
        f"main(['check', {str(path)!r}])\n"
        "print([name for name in ('numpy', 'keras', 'tensorflow', 'IPython', 'nbformat') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8")
    assert result.stdout.splitlines()[-1] == "[]"
    assert not (tmp_path / "ran").exists()


def test_with_run_the_checks_say_which_answers_are_right(released, tmp_path):
    for key in ("21", "22", "23"):
        cell_of(released, f"ex{key}")["source"] = "".join(
            cell_of(json.loads(MASTER.read_text("utf-8")), f"ex{key}")["source"]
        )
    wrong = cell_of(released, "ex22")
    wrong["source"] = wrong["source"].replace("- 127.5) / 127.5", "/ misspelled)")
    path = write(tmp_path, released)
    result = check(path, "--run")
    assert result.returncode == 1, result.stderr
    assert "It can be graded: 3 of 5 exercises are answered. Their checks say:" in result.stdout
    lines = result.stdout.splitlines()
    assert "2.1 load_face: right ✓" in lines
    assert "2.3 build_generator: right ✓" in lines
    failed = lines.index("2.2 scale_images: not right yet ✗")
    assert lines[failed + 1].startswith("  This line of your answer ended with NameError: name 'misspelled'")
    assert "misspelled" in lines[failed + 2]
    assert "2 of 5 are right." in lines
    assert "own machine" in check("--help").stdout or "this machine" in check("--help").stdout
