"""What may become of a notebook's cells."""

import copy

import nbformat
from colab.rewriting import as_colab_saves
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output

from dcgan_course.instructor.releasing.student_copy import make_student_copy
from submissions.case import (
    COLOUR,
    GRAY,
    NOTEBOOKS,
    STUBS,
    answer_cell,
    cell,
    check_cell,
    exercises,
    full,
    notebook_case,
    released,
    solution,
    solved,
)

WRONG = "# EXERCISE 2.2 scale_images\ndef scale_images(images):\n    return images / 255"


def changed(change, name=GRAY):
    """Returns a solved notebook after a change."""
    notebook = solved(name)
    change(notebook)
    return notebook


def delete_checks(notebook):
    notebook.cells = [cell for cell in notebook.cells if not cell.id.startswith("check")]


def edit_check(notebook):
    answer_cell(notebook, "2.2").source = WRONG
    check_cell(
        notebook, "2.2"
    ).source = "# CHECK 2.2 (100 points)\n# NBVAL_CHECK_OUTPUT\nprint('2.2 scale_images: right ✓')"


def delete_answer(notebook):
    notebook.cells.remove(answer_cell(notebook, "2.2"))


def copy_answer(notebook, first, last):
    """A first and a last version of 2.2, the last at the end of the notebook."""
    answer_cell(notebook, "2.2").source = first
    notebook.cells.append(new_code_cell(last))


def turn_into_text(notebook):
    place = notebook.cells.index(answer_cell(notebook, "2.2"))
    notebook.cells[place] = new_markdown_cell(notebook.cells[place].source)


def strip_ids_and_tags(notebook):
    for each in notebook.cells:
        del each["id"]
        each.metadata = {}
        each.source = each.source.replace("# EXERCISE", "# 연습문제")


def reorder(notebook):
    notebook.cells.reverse()


def new_cell(notebook):
    answer_cell(notebook, "2.2").source = STUBS["2.2"]
    notebook.cells.append(new_code_cell(solution("2.2").split("\n", 1)[1]))


def marker_deleted(notebook):
    answer = answer_cell(notebook, "2.2")
    answer.source = answer.source.split("\n", 1)[1]


def merged(notebook):
    """Colab's "merge cells": two answers, a check and a text in one."""
    notebook.cells.remove(check_cell(notebook, "2.1"))
    notebook.cells.remove(answer_cell(notebook, "2.2"))
    answer = answer_cell(notebook, "2.1")
    answer.source += f"\n\n{exercises(GRAY)['2.1'].check}\n\n{solution('2.2')}"


def helper_elsewhere(notebook):
    """A helper, a constant and an import in cells of their own, as one writes while trying."""
    notebook.cells.insert(3, new_code_cell("from functools import partial\nHALF = 127.5"))
    notebook.cells.insert(4, new_code_cell("def shift(images):\n    return partial(np.add, -HALF)(images) / HALF"))
    answer_cell(
        notebook, "2.2"
    ).source = "# EXERCISE 2.2 scale_images\ndef scale_images(images):\n    return shift(images * 1.0)"


def colab(notebook):
    """What Colab makes of a notebook that was run there, when it saves it."""
    for each in notebook.cells:
        if each.cell_type == "code":
            each.outputs = [new_output("display_data", data={"text/plain": "1"})]
    saved = as_colab_saves(notebook)
    for each in saved["cells"]:
        each["source"] = each["source"].splitlines(keepends=True)
    notebook.clear()
    notebook.update(nbformat.from_dict(saved))


def try_out(notebook):
    """Calls of one's own function below it, with things that only the student has."""
    tries = "\n\nprint(scale_images(images[:3]))\nplt.imshow(scale_images(my_photo))\nassert scale_images(images).min() == -1"
    answer_cell(notebook, "2.2").source += tries


def first_line(line):
    return changed(lambda notebook: setattr(answer_cell(notebook, "2.2"), "source", f"{line}\n{solution('2.2')}"))


def check_below(notebook):
    """The student has moved the call of the check into the cell of the answer."""
    answer_cell(notebook, "2.2").source += '\n\n\ncheck("2.2", scale_images, seed=22)'


def korean(notebook):
    """A notebook of the Korean release."""
    text = make_student_copy(NOTEBOOKS / f"{GRAY}.ipynb", language="ko")
    cells = nbformat.reads(text, as_version=4).cells
    for each in cells:
        if each.id.startswith("ex") and each.cell_type == "code":
            each.source = cell(notebook, each.id).source
    notebook.cells = cells


def stopped_before_the_end(notebook):
    last = notebook.cells.index(answer_cell(notebook, "2.2"))
    notebook.cells = copy.deepcopy(notebook.cells[: last + 1])


LOST_22 = full(ex22=0)

CASES = [
    notebook_case("all right", "the course's own solutions: full marks", solved(), full()),
    notebook_case("untouched", "the notebook as it was given out: 0, and graded", released(), dict.fromkeys(full(), 0)),
    notebook_case("checks deleted", "the student's checks are not needed", changed(delete_checks), full()),
    notebook_case("check edited", "an easier check of one's own does not count", changed(edit_check), LOST_22),
    notebook_case("answer deleted", "costs its own exercise", changed(delete_answer), LOST_22),
    notebook_case("two versions", "the last one counts", changed(lambda n: copy_answer(n, WRONG, solution("2.2"))), full()),
    notebook_case("two versions, last wrong", "the last one counts", changed(lambda n: copy_answer(n, solution("2.2"), WRONG)), LOST_22),
    notebook_case(
        "stub at the end", "a copy of the stub is no version",
        changed(lambda n: copy_answer(n, solution("2.2"), STUBS["2.2"])), full(),
    ),
    notebook_case("broken copy", "a copy that is no Python is none", changed(lambda n: copy_answer(n, solution("2.2"), WRONG + ")")), full()),
    notebook_case("text cell", "an answer turned into text by one wrong key", changed(turn_into_text), full()),
    notebook_case("all stripped", "no ids, no tags, no markers", changed(strip_ids_and_tags), full()),
    notebook_case("reordered", "from the last cell to the first", changed(reorder), full()),
    notebook_case("new cell", "the answer in a new cell, the stub left alone", changed(new_cell), full()),
    notebook_case("marker deleted", "found by the cell's id", changed(marker_deleted), full()),
    notebook_case("merged", "two answers and a check in one cell", changed(merged), full()),
    notebook_case("helpers elsewhere", "what the answer uses comes with it", changed(helper_elsewhere), full()),
    notebook_case("colab", "ids in the metadata, no kernelspec, other outputs", changed(colab), full()),
    notebook_case("tried out", "calls below the function fail here: no matter", changed(try_out), full()),
    notebook_case("syntax error", "costs its own exercise", changed(lambda n: setattr(answer_cell(n, "2.2"), "source", WRONG + ")")), LOST_22),
    notebook_case("mistyped magic", "%nosuch is passed over", first_line("%nosuch"), full()),
    notebook_case("cell magic", "%%time on top", first_line("%%time"), full()),
    notebook_case("pip", "nothing can be installed, and nothing need be", first_line("!pip install numpy==1.0"), full()),
    notebook_case("drive", "Colab's Drive is not there", first_line("from google.colab import drive\ndrive.mount('/content/gdrive')"), full()),
    notebook_case("colab path", "a file on the student's Drive", first_line("photo = Image.open('/content/gdrive/MyDrive/me.jpg')"), full()),
    notebook_case("only the generator", "the discriminator is still a stub", solved(ex24=STUBS["2.4"]), full(ex24=0)),
    notebook_case("only the discriminator", "the generator is still a stub", solved(ex23=STUBS["2.3"]), full(ex23=0)),
    notebook_case("check below", "the check is called below the answer too", changed(check_below), full()),
    notebook_case("korean release", "its checks answer in Korean, and its answers are graded", changed(korean), full()),
    notebook_case("stopped half-way", "the rest of the notebook is gone", changed(stopped_before_the_end), full(ex23=0, ex24=0, ex25=0)),
    notebook_case(
        "copied",
        "both networks copied from notebook 2, with their markers 2.3 and 2.4, as the text asks for",
        solved(
            COLOUR,
            ex32=solution("3.2").replace("# EXERCISE 3.2", "# EXERCISE 2.3"),
            ex33=solution("3.3").replace("# EXERCISE 3.3", "# EXERCISE 2.4"),
        ),
        full(COLOUR),
    ),
    notebook_case("setup deleted", "the setup is ours", changed(lambda n: n.cells.remove(cell(n, "imports"))), full()),
]  # fmt: skip
