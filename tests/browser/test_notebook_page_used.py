"""The page of an executed notebook, in a real browser: its texts are texts, and nothing that is in it does anything."""

import base64
import json

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell
from test_pages import ROOT, look_at
from text_parts import LOSSES, figure

from dcgan_course.instructor.masters.language import fold_korean
from dcgan_course.instructor.running.notebook_page import write_notebook_page

pytestmark = pytest.mark.slow

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAMAAAADCAAAAABzQ+pjAAAADklEQVR4nGNgYGBgQCYAAAwAAR2lP4kAAAAASUVORK5CYII="
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="20" height="20" fill="#2f6ea5"/>%s</svg>'
ELSEWHERE = "http://127.0.0.1:1/elsewhere"

TEXT = f"""# A title

[to the losses](#The-losses), [손실](#손실), <a href="#The-losses">by hand</a>, [a page](https://example.org/), [next](02.ipynb)

<details><summary>한국어: 접힌 글</summary>

접힌 **글**입니다.

</details>

| step | loss |
|-----:|------|
| 1 | `0.7` |

1. one
2. two

- [x] done
- [ ] to do

```python
def build_generator(): return "text"
```

![a dot](data:image/png;base64,{PNG}) ![attached](attachment:dot.png) ![lost](attachment:lost.png)

The value $\\min_G \\max_D \\mathbb{{E}}[\\log D(x)]$ and

$$\\frac{{1}}{{2}} \\sum_{{i=1}}^n x_i$$

and $\\nobody{{knows}} < 3$.
"""
LONG = "\n\n".join(f"paragraph {number}" for number in range(60))

# Whatever of these is obeyed sets `done`, or asks for an address.
BAD = [
    "<script>done = 1</script>",
    f'<script src="{ELSEWHERE}.js"></script>',
    '<img src="x" onerror="done = 1">',
    f'<img src="{ELSEWHERE}.png" srcset="{ELSEWHERE}2.png 2x">',
    '<a class="bad" href="javascript:done = 1">link</a>',
    '<a class="bad" href=" &#1;java&#10;script:done = 1">link</a>',
    '<a class="bad" href="data:text/html,<script>done = 1</script>">link</a>',
    '<a class="bad" href="vbscript:done">link</a>',
    f'<a class="bad" href="//127.0.0.1:1/elsewhere" ping="{ELSEWHERE}">link</a>',
    f'<iframe src="{ELSEWHERE}"></iframe><iframe srcdoc="<script>parent.done = 1</script>"></iframe>',
    '<iframe src="javascript:parent.done = 1"></iframe>',
    f"<style>@import '{ELSEWHERE}.css'; body {{ background: url({ELSEWHERE}) }} main {{ display: none }}</style>",
    f'<p style="background: url({ELSEWHERE}); position: fixed; inset: 0; color: transparent">covers</p>',
    f'<link rel="stylesheet" href="{ELSEWHERE}.css"><link rel="prefetch" href="{ELSEWHERE}">',
    f'<form action="{ELSEWHERE}"><input name="body" autofocus onfocus="done = 1"><button>send</button></form>',
    f'<meta http-equiv="refresh" content="0; url={ELSEWHERE}"><base href="{ELSEWHERE}/">',
    '<svg onload="done = 1"><script>done = 1</script><a xlink:href="javascript:done = 1"><text>svg</text></a></svg>',
    f'<svg><image href="{ELSEWHERE}"/><animate onbegin="done = 1" attributeName="x" dur="1s"/></svg>',
    f'<object data="{ELSEWHERE}"></object><embed src="{ELSEWHERE}"><video src="{ELSEWHERE}" autoplay></video>',
    f'<table background="{ELSEWHERE}"><tr><td background="{ELSEWHERE}">cell</td></tr></table>',
    '<details open ontoggle="done = 1">folded</details><body onload="done = 1" onpageshow="done = 1">',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=done=1&gt;">',
    '<noscript><p title="</noscript><img src=x onerror=done=1>">',
    "<template><img src=x onerror=done=1></template><textarea></textarea><img src=x onerror=done=1>",
    '<h2 id="The-losses">not these</h2><a id="done" name="body"></a><img id="cookie" name="cookie" src="data:image/png;base64,">',
    "</div></section></main></body></html><p>outside</p>",
    "<!-- comment --><![CDATA[<img src=x onerror=done=1>]]><?php done ?>",
]
# What belongs to each place: in most, HTML as it is; in an address or a text, what would break out of it.
BREAKS_OUT = ['"><img src=x onerror="done = 1">', "' onerror='done = 1", "1 onerror=done=1 onload=done=1"]


def hostile_outputs(html):
    def shown(form, content, **metadata):
        return new_output("display_data", data={form: content}, metadata=metadata)

    return [
        shown("text/html", html),
        shown("text/html", f"<b>seen</b>{html}"),
        shown("text/markdown", f"seen {html}\n\n{html}"),
        shown("text/latex", f"$x$ {html} ${html}$"),
        shown("image/svg+xml", SVG % html),
        shown("text/plain", html),
        shown("application/javascript", "done = 1"),
        shown("text/vnd.mermaid", html),
        shown("application/x-unknown", html),
        shown("application/vnd.jupyter.widget-view+json", {"model_id": html}),
        new_output("stream", name="stdout", text=f"\x1b[31m{html}\x1b[0m"),
        new_output("stream", name="stderr", text=html),
        new_output("error", ename=html, evalue=html, traceback=[f"\x1b[38;5;28m{html}", html]),
    ]


def hostile_pictures(text):
    return [
        new_output(
            "display_data",
            data={form: PNG + text},
            metadata={form: {"alt": text, "width": text}, "filenames": {form: text}},
        )
        for form in ("image/png", "image/jpeg", "image/svg+xml")
    ]


def hostile_notebook():
    cells = [new_markdown_cell(f"# Texts\n\n{LONG}")]
    for html in BAD:
        cells += [new_markdown_cell(f"seen {html}"), new_markdown_cell(html), new_raw_cell(html)]
        cells.append(new_code_cell(f"# {html}", outputs=hostile_outputs(html), execution_count=1))
    for text in BREAKS_OUT:
        metadata = {"tags": [text], "alt": text, "magics_language": text}
        cells.append(new_code_cell("1", outputs=hostile_pictures(text), metadata=metadata))
        cells.append(new_markdown_cell(f"![{text}]({text}) [{text}]({text}) <{text}>\n\n# {text}"))
    cells.append(new_markdown_cell("## The losses\n\n[up](#The-losses)"))
    language = {"name": BREAKS_OUT[0], "pygments_lexer": BREAKS_OUT[0]}
    metadata = {"title": BREAKS_OUT[0], "widgets": BAD[0], "language_info": language}
    return new_notebook(cells=cells, metadata=metadata)


def write_page(folder, notebook, name="executed"):
    path = folder / f"{name}.ipynb"
    path.write_text(json.dumps(notebook), "utf-8")
    write_notebook_page(path)
    assert path.with_suffix(".html").is_file(), "no page was written"
    return path.with_suffix(".html")


@pytest.fixture
def visit(browser):
    """Opens a page; collects every address that it asks for but its own and `data:`, and what the browser held back."""
    contexts = []

    def open_page(path, bypass_csp=False):
        context = browser.new_context(viewport={"width": 1400, "height": 900}, bypass_csp=bypass_csp)
        contexts.append(context)
        page = context.new_page()
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda line: page.complaints.append(line.text))
        page.on("dialog", lambda dialog: page.asked.append("a dialog"))
        page.goto(path.as_uri())
        page.wait_for_load_state("load")
        page.wait_for_timeout(300)  # A refresh after 0 seconds would have come.
        page.asked = [url for url in page.asked if url != path.as_uri() and not url.startswith("data:image/")]
        return page

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def text_page(tmp_path_factory):
    text = new_markdown_cell(TEXT, attachments={"dot.png": {"image/png": PNG}})
    below = new_markdown_cell(f"{LONG}\n\n## The losses\n\n## 손실\n\n{LONG}")
    return write_page(tmp_path_factory.mktemp("texts"), new_notebook(cells=[text, below]))


def test_texts_are_shown_as_texts(visit, text_page):
    page = visit(text_page)
    seen = page.locator("main")
    assert not any(mark in seen.inner_text() for mark in ("<h", "<details", "<p>", "**", "|--", "$", "&lt;"))
    assert seen.locator("h1").inner_text().startswith("A title") and seen.locator("h2").count() == 2
    assert seen.locator("th").all_inner_texts() == ["step", "loss"] and seen.locator("td code").inner_text() == "0.7"
    assert seen.locator("td").first.evaluate("cell => getComputedStyle(cell).textAlign") == "right"
    assert seen.locator("ol li").count() == 2
    assert seen.locator("ul li").all_inner_texts() == ["☑ done", "☐ to do"]
    keyword, name = (seen.locator(f".highlight .{kind}").first for kind in ("k", "nf"))
    assert (keyword.inner_text(), name.inner_text()) == ("def", "build_generator")
    assert len({part.evaluate("part => getComputedStyle(part).color") for part in (keyword, name, seen)}) == 3
    assert page.asked == [] and page.complaints == []


def test_a_folded_text_opens_and_closes(visit, text_page):
    page = visit(text_page)
    folded = page.locator("details strong")
    assert not folded.is_visible()
    page.get_by_text("한국어: 접힌 글").click()
    assert folded.is_visible() and folded.inner_text() == "글"


def test_pictures_in_a_text_and_attached_to_it_are_seen(visit, text_page):
    page = visit(text_page)
    widths = page.locator("img").evaluate_all("images => images.map(image => [image.alt, image.naturalWidth])")
    assert widths == [["a dot", 3], ["attached", 3], ["lost", 0]]


def test_links_lead_to_headings_and_elsewhere(visit, text_page):
    page = visit(text_page)
    for name, heading in (("to the losses", "The losses"), ("손실", "손실"), ("by hand", "The losses")):
        page.evaluate("scrollTo(0, 0)")
        page.get_by_role("link", name=name, exact=True).click()
        assert page.locator(":target").inner_text().startswith(heading)
        assert page.evaluate("document.querySelector(':target').getBoundingClientRect().top") < 100
    assert page.get_by_role("link", name="a page").get_attribute("href") == "https://example.org/"
    assert page.get_by_role("link", name="next").get_attribute("href") == "02.ipynb"


def test_formulas_are_formulas_and_an_unreadable_one_is_its_text(visit, text_page):
    page = visit(text_page)
    assert page.locator("math").count() == 2 and page.locator("math mfrac").count() == 1
    fraction = page.locator("math mfrac").bounding_box()
    assert fraction["height"] > 1.5 * fraction["width"]  # It stands upright: the browser knows what it is.
    assert page.locator("p code").last.inner_text() == r"\nobody{knows} < 3"


@pytest.mark.parametrize("bypass_csp", [True, False], ids=["cleaning alone", "with the page's policy"])
def test_nothing_in_a_hostile_notebook_does_anything(visit, tmp_path, bypass_csp):
    page = visit(write_page(tmp_path, hostile_notebook()), bypass_csp)
    assert page.evaluate("typeof done") == "undefined"
    assert page.asked == []
    broken_pictures = "Failed to load resource: net::ERR_INVALID_URL"  # Of `data:` that is no base64.
    assert set(page.complaints) <= {broken_pictures}  # Not even the policy had anything to hold back.
    assert page.locator("a.bad").count() > 5 and page.locator("a.bad[href]").count() == 0
    forbidden = "script, iframe, object, embed, form, input, button, base, link, svg, template, video, body style"
    assert page.locator(forbidden).count() == 0
    assert page.locator("meta").count() == 4
    names = set(page.evaluate("[...document.querySelectorAll('main *')].flatMap(tag => tag.getAttributeNames())"))
    assert names <= {
        "alt",
        "class",
        "colspan",
        "display",
        "href",
        "id",
        "open",
        "rel",
        "src",
        "stretchy",
        "style",
        "tabindex",
        "xmlns",
    }


def test_a_hostile_notebook_keeps_to_its_place_and_its_names(visit, tmp_path):
    page = visit(write_page(tmp_path, hostile_notebook()))
    assert page.locator("body > *").count() == page.locator("body > main").count() == 1
    assert set(page.locator("main > *").evaluate_all("parts => parts.map(part => part.className.split(' ')[0])")) == {
        "text", "code", "output",
    }  # fmt: skip
    assert page.locator("main").is_visible() and page.get_by_text("seen").first.is_visible()
    assert page.evaluate("[...document.querySelectorAll('[id]')].every(tag => /^(text|output)-/.test(tag.id))")
    covering = (
        "[...document.querySelectorAll('main *')].filter(tag => getComputedStyle(tag).position == 'fixed').length"
    )
    assert page.evaluate(covering) == 0


def test_an_id_in_an_output_does_not_take_a_headings_place(visit, tmp_path):
    taken = new_output("display_data", data={"text/html": '<b id="The-losses">taken</b><a href="#The-losses">own</a>'})
    cells = [new_markdown_cell("[go](#The-losses)"), new_code_cell("1", outputs=[taken])]
    page = visit(write_page(tmp_path, new_notebook(cells=[*cells, new_markdown_cell("## The losses")])))
    page.get_by_role("link", name="go").click()
    assert page.locator(":target").evaluate("tag => tag.tagName") == "H2"
    page.get_by_role("link", name="own").click()
    assert page.locator(":target").inner_text() == "taken"


def test_a_script_in_an_svg_picture_does_nothing_and_the_picture_of_an_output_is_seen(visit, tmp_path):
    script = f"<script>done = 1; fetch('{ELSEWHERE}')</script><image href='{ELSEWHERE}'/>"
    picture = new_output("display_data", data={"image/svg+xml": SVG % script, "text/plain": "picture"})
    inline = f"data:image/svg+xml;base64,{base64.b64encode((SVG % script).encode()).decode()}"
    cells = [new_code_cell("1", outputs=[picture], metadata={"alt": "blue"}), new_markdown_cell(f"![text]({inline})")]
    page = visit(write_page(tmp_path, new_notebook(cells=cells)), bypass_csp=True)
    assert page.locator("img").evaluate_all("images => images.map(image => [image.alt, image.naturalWidth])") == [
        ["blue", 20], ["text", 0],
    ]  # fmt: skip
    assert page.evaluate("typeof done") == "undefined" and page.asked == []


def test_of_an_output_that_moves_the_last_picture_is_seen(visit, tmp_path):
    master = nbformat.read(ROOT / "notebooks" / "03_faces_colour.ipynb", as_version=4)
    (cell,) = (cell for cell in master.cells if cell.id == "good-timeline")
    program = new_output(
        "display_data", data={"text/html": "<canvas></canvas><script>draw()</script>", "text/plain": "x"}
    )
    static = new_output("display_data", data={"text/html": "<script>draw()</script>", "image/png": PNG})
    page = visit(write_page(tmp_path, new_notebook(cells=[cell, new_code_cell("2", outputs=[program, static])])))
    assert page.locator("figure img").evaluate("image => image.naturalWidth") > 100
    assert "In Jupyter it moves" in page.locator("figcaption").inner_text()
    frames = cell.outputs[0].data["text/html"]
    assert (
        page.locator("figure img").get_attribute("src") == frames[frames.rindex("data:image/") :].partition("&quot;")[0]
    )
    assert page.locator(".output").nth(1).inner_text() == "This output is shown in Jupyter only: open the notebook."
    assert page.locator(".output").nth(2).locator("img").get_attribute("src").startswith("data:image/png")


def test_figures_and_display_formulas_of_a_text_are_seen_and_readable_for_everybody(
    browser, visit, screenshot, tmp_path
):
    english, korean = figure("A net", "teal"), figure("신경망", "purple")
    text = fold_korean(f"# A net\n\n{english}\n\n{LOSSES}", "신경망", f"{korean}\n\n{LOSSES}")
    path = write_page(tmp_path, new_notebook(cells=[new_markdown_cell(text)]))
    page = visit(path)
    page.get_by_text("한국어: 신경망").click()
    seen = page.locator("img").evaluate_all(
        "images => images.map((i) => [i.alt, i.naturalWidth, i.clientWidth - i.parentElement.clientWidth])"
    )
    assert seen == [["A net", 2000, 0], ["신경망", 2000, 0]]  # As wide as the texts around them.
    assert page.asked == [] and page.complaints == []
    opened = path.with_name("opened.html")
    opened.write_text(path.read_text("utf-8").replace("<details ", "<details open "), "utf-8")
    assert look_at(browser, screenshot, opened, "notebook_figures") == []


@pytest.mark.parametrize("name", ["01_mnist", "03_faces_colour"])
def test_the_page_of_a_master_is_readable_for_everybody(browser, screenshot, tmp_path, name):
    master = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4)
    assert look_at(browser, screenshot, write_page(tmp_path, master, name), f"notebook_{name}") == []


def test_every_text_and_picture_of_a_master_is_on_its_page(visit, tmp_path):
    master = nbformat.read(ROOT / "notebooks" / "01_mnist.ipynb", as_version=4)
    page = visit(write_page(tmp_path, master))
    texts = [cell for cell in master.cells if cell.cell_type == "markdown"]
    assert page.locator("section.text").count() == len(texts) and page.locator("section.text details").count() >= len(
        texts
    )
    outputs = [output for cell in master.cells for output in cell.get("outputs", [])]
    drawn = sum("image/png" in output.get("data", {}) for output in outputs)
    stills = sum("<iframe" in output.get("data", {}).get("text/html", "") for output in outputs)
    in_texts = sum(cell.source.count("![") for cell in texts)
    assert min(drawn, stills, in_texts) > 0
    shown = page.locator("img").evaluate_all("images => images.filter(image => image.naturalWidth > 50).length")
    assert shown == drawn + stills + in_texts
    assert "┏━━" in page.locator("main").inner_text() and "100%|" in page.locator("main").inner_text()
    assert page.asked == [] and page.complaints == []
