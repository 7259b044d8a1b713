"""A student's feedback in a real browser: several mistakes, both languages, wide and narrow, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from graded_answer import EXERCISES, grade, publish_marks
from nbformat.v4 import new_code_cell
from submissions.case import solution

from dcgan_course.instructor.grading.pages.feedback import FeedbackOptions

pytestmark = pytest.mark.slow

WIDE, NARROW = 1400, 400
HOSTILE = "print('</code></pre><script>alert(1)</script>\u202e')"
MISTAKES = {
    "1.1": solution("1.1").replace("size // 2)", "1)") + f"\n{HOSTILE}",
    "1.2": "# EXERCISE 1.2 generator_shapes\ndef generator_shapes(image_shape):\n    shapes = [(1,)] * 9",
    "3.4": "# EXERCISE 3.4 count_parameters\ndef count_parameters(channels):\n    return channels.total, 5",
    "3.5": solution("3.5"),
}


def in_two_cells(notebook, cell):
    notebook.cells.insert(0, new_code_cell("HALF = 127.5\ndef to_float(images):\n    return images.astype('float32')"))
    cell.source = "# EXERCISE 2.2 scale_images\ndef scale_images(images):\n    return (to_float(images) - HALF) / 255"


@pytest.fixture(scope="module", params=["en", "ko"])
def page_of(request, tmp_path_factory):
    """The language and the path of a page with five exercises, four of them wrong."""
    folder = tmp_path_factory.mktemp(request.param)
    marks = {key: grade(key, source, folder) for key, source in MISTAKES.items()}
    marks["2.2"] = grade("2.2", "", folder, in_two_cells)
    publish_marks(folder, marks, FeedbackOptions(request.param, True), student="김민지 <b>")
    return request.param, next((folder / "feedback").iterdir())


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_page_is_readable_for_everybody(browser, screenshot, page_of, width, scheme):
    language, path = page_of
    problems = []
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        page.on("request", lambda asked: None if asked.url == path.as_uri() else problems.append(asked.url))
        page.on("dialog", lambda dialog: problems.append(dialog.message))
        page.goto(path.as_uri())
        screenshot(page, f"feedback_{language}_{width}_{scheme}", full_page=True)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.locator("html").get_attribute("lang") == language
        for found in Axe().run(page).response["violations"]:
            elements = [" ".join(map(str, node["target"])) for node in found["nodes"]]
            problems.append(f"{found['help']} ({found['id']}): {elements[:5]}")
    assert problems == []


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_own_answer_stands_beside_the_verdict_or_below_it(browser, page_of, width):
    _, path = page_of
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(path.as_uri())
    for key in (*MISTAKES, "2.2"):
        verdict, answer = page.locator(f'[id="exercise-{key}"] .verdict'), page.locator(f'[id="answer-{key}"]')
        left, right = verdict.bounding_box(), answer.bounding_box()
        if width == WIDE:
            assert left["x"] + left["width"] <= right["x"] and left["y"] == right["y"]
        else:
            assert left["y"] + left["height"] <= right["y"]
        assert f"# EXERCISE {key} {EXERCISES[key].title}" in answer.locator("code").inner_text()
    assert r"</code></pre><script>alert(1)</script>\u202e" in page.locator('[id="answer-1.1"] code').inner_text()
    page.goto(f"{path.as_uri()}#answer-2.2")
    assert page.locator('[id="answer-2.2"]').evaluate("each => each.matches(':target')")
    page.close()
