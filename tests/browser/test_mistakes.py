"""A student makes ten typical mistakes, and sees in JupyterLab what each check says: in a real browser, in two languages."""

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell

from dcgan_course.exercises.exercise import read_exercises
from dcgan_course.instructor.releasing.student_copy import make_student_copy
from dcgan_lib.system.paths import course_root

GRAY = course_root() / "notebooks" / "02_faces_grayscale.ipynb"
# A mistake as an exercise, what is replaced in the solution, and by what.
MISTAKES = {
    "return is forgotten": ("2.2", "return (images", "scaled = (images"),
    "a range from 0 to 1": ("2.2", '(images.astype("float32") - 127.5) / 127.5', "images / 255"),
    "a name is misspelled": ("2.2", "return (images", "return (imges"),
    "not done": ("2.1", None, None),
    "no channel axis": ("2.1", "[:, :, :1]", "[:, :, 0]"),
    "the blue channel": ("2.1", "[:, :, :1]", "[:, :, 2:]"),
    "a wrong Reshape": ("2.3", "Reshape((7, 7, 128))", "Reshape((7, 7, 64))"),
    "ReLU": ("2.3", "LeakyReLU(negative_slope=0.2)", '"relu"'),
    "no Dropout": ("2.4", "Dropout(0.3),", ""),
    "labels swapped": ("2.5", "1.0), (generator(noise, training=False), 0.0)", "0.0), (generator(noise, training=False), 1.0)"),
}  # fmt: skip
SENTENCES = {
    "en": ("there a `return`", "range is 0 to 1", "NameError", "not done yet", "channels, is missing", "blue channel",
           "ValueError: The total size", "those of ReLU", "Dropout is missing", "labels are swapped"),
    "ko": ("`return`이 있습니까", "범위가 0~1", "NameError", "아직 작성되지", "채널 축이 없습니다", "파랑 채널",
           "ValueError: The total size", "ReLU의 값", "Dropout이 없습니다", "레이블이 바뀌었습니다"),
}  # fmt: skip

pytestmark = pytest.mark.slow


def write_mistakes(path, language):
    """Writes a notebook with the setup of notebook 2, each mistake with its check below it, and "Where am I?"."""
    exercises = {exercise.key: exercise for exercise in read_exercises(nbformat.read(GRAY, as_version=4))}
    released = nbformat.reads(make_student_copy(GRAY, language=language), as_version=4)
    cells = {cell.id: cell for cell in released.cells}
    notebook = nbformat.v4.new_notebook(cells=[cells[name] for name in ("setup", "imports", "parameters")])
    notebook.metadata = released.metadata
    for key, old, new in MISTAKES.values():
        exercise = exercises[key]
        source = exercise.stub if old is None else exercise.solution
        assert old is None or old in source, old
        source = re.sub(
            r"^ *### (?:BEGIN|END) SOLUTION\n?", "", source if old is None else source.replace(old, new), flags=re.M
        )
        notebook.cells += [new_code_cell(source), new_code_cell(cells[exercise.check_id].source)]
    notebook.cells.append(cells["progress"])
    nbformat.write(notebook, path)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_each_of_ten_mistakes_is_named_below_its_check_and_nothing_is_red(language, browser, lab, screenshot):
    address, folder = lab
    write_mistakes(folder / f"mistakes-{language}.ipynb", language)
    context = browser.new_context(viewport={"width": 1100, "height": 900})
    context.set_default_timeout(60_000)
    page = context.new_page()
    try:
        page.goto(f"{address}/lab/tree/mistakes-{language}.ipynb?reset")
        page.get_by_text(re.compile(r"\| Idle$")).wait_for()
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        cells = page.locator(".jp-CodeCell")
        cells.last.locator(".jp-OutputArea-output").wait_for(timeout=300_000)
        checks = page.locator(".jp-CodeCell", has_text="# CHECK")
        assert checks.count() == len(MISTAKES)
        for number, (name, sentence) in enumerate(zip(MISTAKES, SENTENCES[language], strict=True)):
            output = checks.nth(number).locator(".jp-OutputArea-output")
            assert sentence in output.inner_text()
            assert output.count() == 1  # One text, and no error beside it.
            assert "stderr" not in (output.get_attribute("data-mime-type") or "")
            checks.nth(number).scroll_into_view_if_needed()
            screenshot(checks.nth(number), f"mistake-{language}-{number:02d}-{name.replace(' ', '-')}")
        screenshot(cells.last, f"mistake-{language}-where-am-I")
    finally:
        context.close()
