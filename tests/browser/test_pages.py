"""The pages that an instructor and a student read, looked at in a real browser: wide and narrow, light and dark."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from dcgan_course.instructor.releasing.student_copy import make_student_copy

ROOT = Path(__file__).resolve().parents[2]
LOOKS = ((1400, "light"), (400, "dark"))  # Each width and each colour scheme.

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def batch_page(tmp_path_factory):
    """The page of a sweep of two runs that finish and one that fails."""
    folder = tmp_path_factory.mktemp("batch")
    command = [sys.executable, "-m", "dcgan_course", "run", "02", "-p", "saving_interval", "10"]
    arguments = ["--sweep", "steps=21,31,-1", "--output", str(folder)]
    done = subprocess.run([*command, *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    return folder / "index.html"


@pytest.fixture(scope="module")
def grades(tmp_path_factory):
    """The grades of three students: one who was right, one who has done nothing, and a file that is no notebook."""
    folder = tmp_path_factory.mktemp("class")
    handed_in = folder / "handed in"
    handed_in.mkdir()
    master = ROOT / "notebooks" / "03_faces_colour.ipynb"
    (handed_in / "김민수.ipynb").write_bytes(master.read_bytes())
    (handed_in / "stub.ipynb").write_text(make_student_copy(master), "utf-8")
    (handed_in / "page.ipynb").write_text("<!doctype html><title>Sign in</title>", "utf-8")
    # What is looked at is the page; isolation has tests of its own.
    command = [sys.executable, "-m", "dcgan_course", "grade", str(handed_in), "--output", str(folder / "grades")]
    done = subprocess.run([*command, "--isolation", "none"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr  # One needs a person.
    return folder / "grades"


def look_at(browser, screenshot, path, name):
    """Opens a page in both widths and colour schemes; collects what is wrong with it."""
    problems = []
    for width, scheme in LOOKS:
        with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
            page = context.new_page()
            page.on("pageerror", lambda error: problems.append(str(error)))
            page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
            page.goto(path.as_uri())
            screenshot(page, f"{name}_{width}_{scheme}", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                problems.append(f"{width} px: the page scrolls sideways")
            for found in Axe().run(page).response["violations"]:
                elements = [" ".join(map(str, node["target"])) for node in found["nodes"]]
                problems.append(f"{width} px, {scheme}: {found['help']} ({found['id']}): {elements[:5]}")
    return problems


def test_the_batch_page_is_readable_for_everybody(browser, batch_page, screenshot):
    assert look_at(browser, screenshot, batch_page, "batch") == []


def test_the_batch_page_leads_to_what_its_notebooks_say_and_show(browser, batch_page, screenshot):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(batch_page.as_uri())
    page.get_by_role("link", name="notebook").first.click()
    text = page.locator("main").inner_text()
    assert page.locator("h1").count() == 1 and page.locator("details summary").count() > 10
    assert not any(tag in text for tag in ("<h1", "<h2", "<p>", "<details"))
    assert text.count("100%|") == text.count("%|") == 1 and ", d_loss" in text
    executed = Path(unquote(urlsplit(page.url).path))
    page.close()
    assert look_at(browser, screenshot, executed, "batch_notebook") == []


def test_the_class_page_is_readable_for_everybody(browser, grades, screenshot):
    assert look_at(browser, screenshot, grades / "index.html", "class") == []


def test_a_feedback_page_is_readable_for_everybody(browser, grades, screenshot):
    page = next((grades / "feedback").glob("stub*.html"))
    assert look_at(browser, screenshot, page, "feedback") == []


def test_the_batch_pages_sliders_boxes_and_errors_work(browser, batch_page, screenshot):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(batch_page.as_uri())
    cards = page.locator(".card")
    assert cards.count() == 2
    before = cards.first.locator("img").get_attribute("src")
    page.get_by_role("slider", name="all runs").fill("0")
    assert [text for text in cards.locator(".step").all_inner_texts()] == ["0", "0"]
    assert cards.first.locator("img").get_attribute("src") != before
    page.locator("tr[data-run] input").first.uncheck()
    assert page.locator("polyline:visible").count() == 2 and page.locator(".card:visible").count() == 1
    page.locator("tr.error summary").click()
    assert page.locator("tr.error pre").is_visible()
    screenshot(page, "batch_used", full_page=True)
    page.close()
