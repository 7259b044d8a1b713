"""Each figure of the texts, seen in JupyterLab: light and dark, in a wide and a narrow window, in both languages."""

import json

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from dcgan_course.instructor.masters.colab_format import KERNEL
from dcgan_course.instructor.masters.figures.canvas import DOTS, WIDTH
from dcgan_course.instructor.masters.figures.gallery import DRAWINGS, draw_figure
from dcgan_course.instructor.masters.language import fold_korean
from dcgan_course.instructor.masters.pictures import put_pictures
from dcgan_course.refused import Refused

pytestmark = pytest.mark.slow


def text_with(drawing):
    english, korean = (f"![{drawing}][{drawing}-{tag}]\n\n[{drawing}-{tag}]: data:" for tag in ("en", "ko"))
    return put_pictures(fold_korean(english, "", korean), draw_figure)


@pytest.fixture(scope="module")
def figures(lab):
    """A notebook with a text cell for each figure, which JupyterLab can open; yields its address."""
    address, folder = lab
    try:
        cells = [new_markdown_cell(text_with(drawing)) for drawing in DRAWINGS]
    except Refused as refusal:
        pytest.skip(str(refusal))
    nbformat.write(new_notebook(cells=cells, metadata={"kernelspec": KERNEL}), folder / "figures.ipynb")
    return f"{address}/lab/tree/figures.ipynb?reset"


@pytest.mark.parametrize("width", [1400, 700])
@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_each_figure_is_seen_whole_with_its_alt_text(browser, lab, figures, screenshot, theme, width):
    _, folder = lab
    settings = folder.parent / "settings" / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    settings.parent.mkdir(exist_ok=True)
    settings.write_text(json.dumps({"theme": f"JupyterLab {theme}"}), "utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(figures)
    page.locator(f'body[data-jp-theme-light="{str(theme == "Light").lower()}"]').wait_for(state="attached")
    texts = page.locator(".jp-MarkdownCell .jp-RenderedMarkdown")
    page.locator(".jp-RenderedMarkdown img").nth(2 * len(DRAWINGS) - 1).wait_for(state="attached")
    for index, drawing in enumerate(DRAWINGS):
        text = texts.nth(index)
        text.locator("summary").click()
        images = text.locator("img").evaluate_all("all => all.map(i => [i.alt, i.naturalWidth, i.clientWidth])")
        assert [image[:2] for image in images] == [[drawing, WIDTH * DOTS]] * 2
        assert all(shown <= text.bounding_box()["width"] for *_, shown in images)
        screenshot(text, f"figure_{drawing}_{theme}_{width}")
    page.close()
    settings.unlink()
