"""A notebook that was opened and saved on Colab is still the course's notebook: it runs, is released.

That it is graded is one of the cases in `tests/submissions/cells.py`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from colab.rewriting import as_colab_saves
from dcgan_course.exercises.exercise import read_exercises
from dcgan_course.instructor.masters.colab_format import restore_format
from dcgan_course.instructor.releasing.student_copy import make_student_copy

ROOT = Path(__file__).resolve().parents[2]
MASTERS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def save_on_colab(master, folder):
    path = folder / f"Copy of {master.name}"
    path.write_text(json.dumps(as_colab_saves(nbformat.read(master, as_version=4)), ensure_ascii=False), "utf-8")
    return path


def instructor(*arguments, folder):
    """Runs one of the instructor's commands; returns its exit status and what it printed."""
    command = [sys.executable, "-m", "dcgan_course", *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.stem)
def test_ids_and_kernel_come_back_and_colabs_own_words_go(master, tmp_path):
    before = nbformat.read(master, as_version=4)
    saved = nbformat.read(save_on_colab(master, tmp_path), as_version=4)
    assert saved.nbformat_minor == 0 and "kernelspec" not in saved.metadata
    restore_format(saved)
    nbformat.validate(saved)
    assert [(cell.id, cell.source, cell.metadata) for cell in saved.cells] == [
        (cell.id, cell.source, cell.metadata) for cell in before.cells
    ]
    assert [cell.get("outputs") for cell in saved.cells] == [cell.get("outputs") for cell in before.cells]
    assert saved.metadata.kernelspec == before.metadata.kernelspec


def test_cells_without_a_usable_id_or_with_the_same_one_get_their_own(tmp_path):
    saved = nbformat.read(save_on_colab(MASTERS[2], tmp_path), as_version=4)
    for cell in saved.cells[:3]:
        cell.metadata["id"] = "pasted"
    saved.cells[3].metadata["id"] = "not an id"
    del saved.cells[4].metadata["id"]
    restore_format(saved)
    nbformat.validate(saved)
    assert len({cell.id for cell in saved.cells}) == len(saved.cells)


@pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.stem)
def test_it_is_released_as_the_master_itself_is(master, tmp_path):
    released = nbformat.reads(make_student_copy(save_on_colab(master, tmp_path)), as_version=4)
    expected = nbformat.reads(make_student_copy(master), as_version=4)
    assert released.cells == expected.cells
    assert [exercise.key for exercise in read_exercises(nbformat.read(master, as_version=4))]


@pytest.mark.slow
def test_it_runs(tmp_path):
    saved = save_on_colab(MASTERS[2], tmp_path)
    parameters = ["-p", "steps", 5, "-p", "saving_interval", 2, "-p", "output_dir", tmp_path / "FACES_color"]
    status, printed = instructor("run", saved, *parameters, "--output", tmp_path / "runs", folder=tmp_path)
    assert status == 0, printed
    assert (tmp_path / "FACES_color" / "gan_faces_color_4.png").is_file()
