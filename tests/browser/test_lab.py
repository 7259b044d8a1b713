"""A student opens each notebook in JupyterLab, runs all cells and looks: in a real browser, with short runs."""

import re
import time
from pathlib import Path

import nbformat
import pytest
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

MASTERS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))
PROGRESS = re.compile(r"(\d+)/\d+ \[.*(?:step/s|s/step)")  # The second where a step takes longer than a second.
OVERFLOWING = """
elements => elements.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.innerText.slice(0, 80))
"""

pytestmark = pytest.mark.slow


@pytest.fixture
def opened(browser, lab, tmp_path):
    """Opens a short copy of a master, without outputs, in a window 1,280 pixels wide."""
    address, folder = lab
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(60_000)

    def open_master(master, steps):
        injected = {"steps": steps, "saving_interval": 50, "output_dir": str(tmp_path / "FACES")}
        notebook = parameterize_notebook(load_notebook_node(str(master)), injected)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / master.name)
        page = context.new_page()
        page.goto(f"{address}/lab/tree/{master.name}?reset")
        page.get_by_text(re.compile(r"\| Idle$")).wait_for()  # The kernel, in the status bar.
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        return page

    yield open_master
    context.close()


def count_pictures(master):
    cells = nbformat.read(master, as_version=4).cells
    return sum("image/png" in output.get("data", {}) for cell in cells for output in cell.get("outputs", []))


def run_all(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()


def wait_for_the_end(page, seconds=480):
    """Waits until every code cell has its number; returns what the training's progress looked like on the way."""
    progress, until = set(), time.monotonic() + seconds
    training = page.locator(".jp-CodeCell", has_text="history = train(")
    while time.monotonic() < until:
        prompts = [prompt.strip() for prompt in page.locator(".jp-CodeCell .jp-InputPrompt").all_inner_texts()]
        shown = prompts[1:]  # The first cell is the folded set-up: JupyterLab draws no prompt for it.
        if all(re.fullmatch(r"\[\d+\]:", prompt) for prompt in shown):
            return progress
        outputs = training.locator(".jp-OutputArea-output").all_inner_texts()
        if training.locator(".jp-InputPrompt").inner_text().strip() == "[*]:" and outputs:
            progress.add("\n".join(outputs))
        time.sleep(0.4)
    raise AssertionError(f"not finished after {seconds} seconds: {prompts}")


def open_each_korean_text(page):
    # An exercise has hints beside it, which are folded too, in each language.
    texts = page.locator(".jp-RenderedMarkdown details", has=page.get_by_text(re.compile("^한국어")))
    assert texts.count() == page.locator(".jp-MarkdownCell").count()
    for text in (texts.nth(index) for index in range(texts.count())):
        body = text.locator("xpath=./*[not(self::summary)]")
        assert not body.first.is_visible()
        text.locator("xpath=./summary").click()
        assert body.first.is_visible() and re.search("[가-힣]", body.first.inner_text())
        assert "data-english" not in text.inner_text()


# Digits, and colour; the gray faces have the same cells, and are looked at in test_pages.py.
@pytest.mark.parametrize("master", MASTERS[::2], ids=lambda path: path.stem)
def test_a_student_opens_the_korean_runs_all_cells_and_sees_pictures_and_no_error(master, opened, screenshot):
    page = opened(master, steps=100)
    assert page.locator(".jp-Dialog").count() == 0  # Nothing to complain about.
    screenshot(page, f"{master.stem}_opened")
    open_each_korean_text(page)
    page.locator(".jp-MarkdownCell").first.scroll_into_view_if_needed()
    screenshot(page, f"{master.stem}_korean")
    run_all(page)
    progress = wait_for_the_end(page)

    assert page.locator('[data-mime-type="application/vnd.jupyter.error"]').all_inner_texts() == []
    assert page.locator('[data-mime-type="application/vnd.jupyter.stderr"]').all_inner_texts() == []
    pictures = page.locator(".jp-RenderedImage img")
    sizes = pictures.evaluate_all("images => images.map(i => [i.naturalWidth, i.clientWidth, i.clientHeight])")
    assert len(sizes) >= count_pictures(master) > 4
    assert all(natural > 100 and min(shown) > 50 for natural, *shown in sizes)

    counts = [int(found[1]) for text in progress if (found := PROGRESS.search(text))]
    assert len(set(counts)) >= 2, f"no progress was seen while it trained: {progress}"
    assert all(len(PROGRESS.findall(text)) <= 1 for text in progress)  # One line that grows, not a line for each.

    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for part in (".jp-WindowedPanel-outer", ".jp-RenderedMarkdown", ".jp-OutputArea-output"):
        assert page.locator(f".jp-Notebook {part}").evaluate_all(OVERFLOWING) == [], part
    page.locator('.jp-SideBar [data-id="filebrowser"]').click()  # Lines of 120 characters fit once it is closed.
    assert page.locator(".jp-Notebook .cm-scroller").evaluate_all(OVERFLOWING) == []
    for name in ("timeline", "losses"):
        page.locator(".jp-CodeCell", has_text=f"plot_{name}(").locator("img").first.scroll_into_view_if_needed()
        screenshot(page, f"{master.stem}_{name}")
