"""The course as a site in a real browser, opened as files: read, searched, switched, moved, wide and narrow."""

import functools
import http.server
import shutil
import threading

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image
from text_parts import LOSSES, figure

from dcgan_course.__main__ import main
from dcgan_course.instructor.masters.language import fold_korean
from dcgan_course.instructor.site.writing import write_site

NAMES = ("01_mnist", "02_faces_grayscale", "03_faces_colour")
WIDTHS = (1400, 400)
# Each width and each colour scheme; in the two languages, which share their styles, all four together. A lesson takes
# half a minute to look through: the first look of each language is both widths and both schemes, too.
LOOKS = {"en": ((1400, "light"), (400, "dark")), "ko": ((400, "dark"), (1400, "light"))}
# axe would fetch the style sheet again, which the pages do not allow.
AXE = {"preload": False}

pytestmark = pytest.mark.slow


def wait_until(page, script):
    """Waits until a script gives something true; `wait_for_function` asks again by `eval`, which the pages forbid."""
    for _ in range(600):
        if page.evaluate(script):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never so: {script}")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "site"
    assert main(["site", "--output", str(folder), "--solutions", "--repository", "https://github.com/a/b"]) == 0
    return folder


@pytest.fixture
def open_page(browser):
    """Opens pages; whatever goes wrong in one, or leaves the site, fails the test."""
    contexts, problems = [], []

    def look(page, allowed):
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
        page.on("request", lambda request: request.url.startswith(allowed) or problems.append(request.url))

    def open_it(address, width=1400, scheme="light", **options):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        contexts.append(context)
        page = context.new_page()
        look(page, (address.rpartition("/site/")[0], "data:"))
        page.goto(address)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert problems == []


def place_of(page):
    """Returns the id of the cell that is at the top of the window."""
    return page.evaluate("""() => {
      const line = document.querySelector("header").getBoundingClientRect().bottom + 32;
      return [...document.querySelectorAll(".cell")].findLast((c) => c.getBoundingClientRect().top <= line)?.id;
    }""")


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("name", ["index", *NAMES])
def test_a_page_is_readable_for_everybody_wide_and_narrow_light_and_dark(site, open_page, screenshot, language, name):
    problems = []
    for width, scheme in LOOKS[language] if name == "index" else LOOKS[language][:1]:
        page = open_page((site / language / f"{name}.html").as_uri(), width, scheme)
        for other in WIDTHS:
            page.set_viewport_size({"width": other, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                problems.append(f"{other} px: the page scrolls sideways")
        page.set_viewport_size({"width": width, "height": 900})
        for found in Axe().run(page, options=AXE).response["violations"]:
            elements = [" ".join(map(str, node["target"])) for node in found["nodes"]]
            problems.append(f"{width} px, {scheme}: {found['help']} ({found['id']}): {elements[:5]}")
        page.evaluate("document.querySelectorAll('[loading]').forEach((e) => (e.loading = 'eager'))")
        page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
        screenshot(page, f"site_{language}_{name}_{width}_{scheme}", full_page=True)
    assert problems == []


def test_the_choice_of_the_language_is_readable_and_leads_to_both(site, open_page):
    page = open_page((site / "index.html").as_uri(), 400, "dark")
    assert Axe().run(page, options=AXE).response["violations"] == []
    page.get_by_role("link", name="한국어").click()
    assert page.locator("html").get_attribute("lang") == "ko"
    page.get_by_role("link", name="DCGAN 2").first.click()
    assert page.url.endswith("/ko/02_faces_grayscale.html")


def test_each_box_that_is_wider_than_its_place_scrolls_in_itself_and_can_be_reached_by_keyboard(site, open_page):
    page = open_page((site / "ko" / "01_mnist.html").as_uri(), 400)
    page.evaluate("document.querySelectorAll('details').forEach((e) => (e.open = true))")
    wait_until(page, "document.querySelectorAll('.solution pre[tabindex]').length > 0")
    wide = page.locator("pre, .wide").evaluate_all(
        "boxes => boxes.filter(b => b.scrollWidth > b.clientWidth).map(b => [getComputedStyle(b).overflowX, b.tabIndex])"
    )
    assert len(wide) > 20 and all(box == ["auto", 0] for box in wide)
    assert page.evaluate("document.documentElement.scrollWidth") == 400
    assert page.locator("img").evaluate_all("images => images.every(i => i.clientWidth <= 376)")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_switch_of_language_keeps_the_place_there_and_back(site, open_page, width):
    page = open_page((site / "en" / "01_mnist.html").as_uri(), width)
    assert page.locator("a.language").get_attribute("href") == "../ko/01_mnist.html"  # From the top to the top.
    for cell in ("gan", "filter-live", "step", "trap-run", "step-text", "losses", "check12", "hand-in"):
        page.goto(f"{(site / 'en' / '01_mnist.html').as_uri()}#{cell}")
        for language in ("ko", "en", "ko"):
            page.locator("a.language").click()
            page.wait_for_url(f"**/{language}/01_mnist.html#{cell}")
            assert page.locator("html").get_attribute("lang") == language
            top = page.locator(f"#{cell}").evaluate("cell => cell.getBoundingClientRect().top")
            # The last cell cannot come to the top of the window.
            assert 50 < top < (900 if cell == "hand-in" else 90), (cell, language)


def test_the_switch_follows_the_reader_and_the_contents_show_the_section(site, open_page):
    page = open_page((site / "ko" / "02_faces_grayscale.html").as_uri())
    for cell, section in (("ex23", "models"), ("losses-plot", "losses"), ("load-all", "load")):
        page.locator(f"#{cell}").evaluate("cell => scrollTo(0, cell.offsetTop - 60)")
        wait_until(page, f"document.querySelector('a.language').hash === '#{cell}'")
        current = page.locator(".contents [aria-current]")
        assert current.evaluate_all("links => links.map((link) => link.hash)") == [f"#{section}"]


def test_without_javascript_the_page_is_whole_and_the_switch_leads_to_the_other_page(site, open_page):
    page = open_page((site / "en" / "03_faces_colour.html").as_uri(), 400, java_script_enabled=False)
    assert page.locator(".search").is_hidden()
    page.get_by_text("Contents").click()
    page.get_by_role("link", name="5. Training").click()
    assert page.url.endswith("#train")
    page.locator("a.language").click()
    assert page.url.endswith("/ko/03_faces_colour.html")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_search_finds_parts_of_words_in_all_lessons_and_leads_to_the_section(site, open_page, screenshot, width):
    page = open_page((site / "ko" / "03_faces_colour.html").as_uri(), width)
    field, results = page.get_by_role("searchbox"), page.locator(".results li a")
    assert not results.first.is_visible()
    field.fill("위조지")  # A part of 위조지폐범, which only the first lesson has.
    assert results.count() == 1 and results.locator("mark").all_inner_texts()[0] == "위조지"
    assert Axe().run(page, options=AXE).response["violations"] == []
    assert page.get_by_role("status").inner_text() == "찾은 절: 1개."
    screenshot(page, f"site_search_{width}")
    results.first.click()
    page.wait_for_url("**/ko/01_mnist.html#gan")
    assert place_of(page) == "gan" and page.locator("#gan h2").is_visible()
    field.fill("LEAKYRELU  dropout")  # Two words, in code, whatever their case.
    assert results.count() >= 3
    field.fill("판별")
    titles = page.locator(".results strong").all_inner_texts()
    assert "판별자" in titles[0]  # A title counts most.
    field.fill("판별ㅈ")  # While the next syllable is being typed.
    assert page.locator(".results strong").all_inner_texts() == titles
    field.fill("그런말은없다")
    assert page.get_by_role("status").inner_text() == "찾은 것이 없습니다." and results.count() == 0
    field.fill("<img src=x onerror=alert(1)>")
    assert page.locator(".results img").count() == 0


def test_the_search_is_used_by_keyboard_alone(site, open_page):
    page = open_page((site / "en" / "index.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("viridis")
    page.keyboard.press("ArrowDown")
    assert "viridis" in page.evaluate("document.activeElement.innerText")
    page.keyboard.press("Escape")
    assert page.locator(".results").is_hidden()
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type(" red")
    page.keyboard.press("Enter")
    page.wait_for_url("**/en/03_faces_colour.html#viridis*")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_slider_moves_and_its_frame_is_as_high_as_what_it_shows(site, open_page, screenshot, width):
    page = open_page((site / "ko" / "03_faces_colour.html").as_uri(), width, "dark")
    frame = page.locator("#good-timeline iframe")
    frame.scroll_into_view_if_needed()
    inside = frame.content_frame
    slider, picture = inside.get_by_role("slider"), inside.locator("img")
    last = picture.get_attribute("src")
    slider.fill("0")
    assert picture.get_attribute("src") != last
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.input_value() == "1"
    wait_until(page, "document.querySelector('#good-timeline iframe').height > 300")
    overflow = inside.locator("html").evaluate("e => [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight]")
    assert overflow == [0, 0]
    screenshot(page, f"site_slider_{width}")


def test_solutions_and_hints_open(site, open_page, screenshot):
    page = open_page((site / "en" / "02_faces_grayscale.html").as_uri(), 400)
    cell = page.locator("#ex22")
    assert not cell.locator(".solution pre").is_visible()
    cell.locator("summary").click()
    assert cell.locator(".solution pre").is_visible() and "127.5" in cell.locator(".solution pre").inner_text()
    cell.scroll_into_view_if_needed()
    screenshot(page, "site_solution_400")


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def serve(tmp_path):
    """Puts a copy of a site below a folder of a server; returns its address."""
    servers = []

    def start(site):
        shutil.copytree(site, tmp_path / "some" / "course" / "site")
        handler = functools.partial(Quiet, directory=tmp_path)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/some/course/site"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_it_works_on_a_server_below_a_folder(site, serve, open_page):
    page = open_page(f"{serve(site)}/en/03_faces_colour.html")
    page.locator("#good-timeline iframe").scroll_into_view_if_needed()
    page.locator("#good-timeline iframe").content_frame.get_by_role("slider").fill("0")
    page.get_by_role("searchbox").fill("padding")
    page.locator(".results li a").first.click()
    page.wait_for_url("**/some/course/site/en/01_mnist.html#*")
    page.locator("a.language").click()
    page.wait_for_url("**/some/course/site/ko/01_mnist.html#*")


# Figures and formulas in a text

COLOURS = {
    ("en", "light"): (255, 0, 0), ("en", "dark"): (128, 0, 0), ("ko", "light"): (0, 0, 255), ("ko", "dark"): (0, 0, 128)
}  # fmt: skip
TALL = r"$$\sqrt{\frac{\frac{a}{b}}{\frac{c}{d}}} \qquad \begin{pmatrix} a & b \\ c & d \end{pmatrix}$$"

PRINTED = "all that Keras says: The model does not have any trainable weights." + "█" * 60


@pytest.fixture(scope="module")
def small_site(tmp_path_factory):
    """A lesson whose texts have a figure in each language, twice, and formulas on lines of their own."""
    english, korean = figure("A net", "red", "maroon"), figure("신경망", "blue", "navy")
    cells = [
        new_markdown_cell(fold_korean(f"# A net\n\n{english}", "신경망", korean), id="title"),
        new_markdown_cell(fold_korean(f"## Again\n\n{english}", "다시", korean), id="again"),
        new_markdown_cell(fold_korean(f"## Losses\n\n{LOSSES}", "손실", LOSSES), id="losses"),
        new_markdown_cell(fold_korean(f"## Tall\n\n{TALL}", "높은 식", TALL), id="tall"),
        new_code_cell("1", id="printed", outputs=[new_output("stream", name="stdout", text=PRINTED)]),
    ]
    folder = tmp_path_factory.mktemp("small") / "site"
    folder.mkdir()
    master = folder.parent / "01_net.ipynb"
    master.write_text(nbformat.writes(new_notebook(cells=cells)), "utf-8")
    write_site([master], folder)
    return folder


@pytest.mark.parametrize("served", [False, True], ids=["as files", "on a server below a folder"])
def test_a_figure_in_a_text_is_seen_in_its_language_light_and_dark(small_site, serve, open_page, served):
    address = serve(small_site) if served else small_site.as_uri()
    for (language, scheme), colour in COLOURS.items():
        page = open_page(f"{address}/{language}/01_net.html", 400, scheme)
        images = page.locator(".cell img")
        page.evaluate("document.querySelectorAll('[loading]').forEach((e) => (e.loading = 'eager'))")
        page.evaluate("Promise.all([...document.images].map((image) => image.decode()))")
        first, second = images.evaluate_all("images => images.map((i) => [i.currentSrc, i.alt, i.clientWidth])")
        assert first == second and first[1:] == [{"en": "A net", "ko": "신경망"}[language], 376]
        with Image.open(small_site / "pictures" / first[0].rpartition("/")[2]) as picture:
            assert picture.convert("RGB").getpixel((0, 0)) == colour
    assert len(list((small_site / "pictures").iterdir())) == len(COLOURS)


@pytest.mark.parametrize("language", ["en", "ko"])
def test_figures_and_display_formulas_are_readable_for_everybody(small_site, open_page, screenshot, language):
    problems = []
    for width, scheme in LOOKS[language]:
        page = open_page((small_site / language / "01_net.html").as_uri(), width, scheme)
        boxes = page.locator(".wide")
        assert boxes.count() == 2
        # It may be too wide for its place, but nothing of it is out of sight above or below.
        assert boxes.evaluate_all("boxes => boxes.every((box) => box.scrollHeight === box.clientHeight)")
        assert page.evaluate("document.documentElement.scrollWidth") == width
        for found in Axe().run(page, options=AXE).response["violations"]:
            problems.append(f"{width} px, {scheme}: {found['id']}: {[node['target'] for node in found['nodes']]}")
        screenshot(page, f"site_formulas_{language}_{width}_{scheme}", full_page=True)
    assert problems == []


def test_what_was_printed_is_whole_where_it_is_narrow(small_site, open_page):
    page = open_page((small_site / "en" / "01_net.html").as_uri(), 400)
    printed = page.locator("#printed .output pre")
    assert printed.evaluate("box => box.scrollWidth === box.clientWidth") and printed.inner_text() == PRINTED


def test_a_formula_that_is_too_wide_is_scrolled_by_keys_and_one_that_fits_is_no_stop(small_site, open_page):
    page = open_page((small_site / "ko" / "01_net.html").as_uri(), 400)
    losses = page.locator("#losses .wide")
    assert page.locator("#tall .wide").get_attribute("tabindex") is None
    page.locator(".contents summary").focus()
    page.keyboard.press("Tab")  # The contents are folded.
    assert losses.evaluate("box => box === document.activeElement")
    page.keyboard.press("ArrowRight")
    wait_until(page, "document.activeElement.scrollLeft > 20")
    wide_page = open_page((small_site / "ko" / "01_net.html").as_uri(), 1400)
    assert wide_page.locator(".wide").count() == 2 and wide_page.locator(".wide[tabindex]").count() == 0


OWN_POLICY = (
    "<!doctype html><html lang='en'><meta http-equiv='Content-Security-Policy' content='default-src &quot;none&quot;'>"
    "<h1>Own</h1><p style='height: 700px'>tall</p></html>"
)
OUTPUTS = {
    "button": "<button onclick=\"this.textContent = 'pressed'\">press</button>",
    "thief": "<p>thief</p><script>try { parent.document.title = 'stolen' } catch { document.body.append(' kept out') }"
    "</script>",
    "tall": f'<iframe srcdoc="{OWN_POLICY.replace("&", "&amp;").replace(chr(34), "&quot;")}" height="100"></iframe>',
}


def test_whatever_html_an_output_holds_works_in_its_frame_and_reaches_nothing_else(tmp_path, browser):
    picture = figure("A net", "red").replace("<img ", "<img onload=\"document.title = 'run'\" ")
    hostile = f"# Title\n\n<script>document.title = 'run'</script>{picture}"
    cells = [new_markdown_cell(hostile, id="title")]
    for name, text in OUTPUTS.items():
        cells.append(new_code_cell(name, id=name, outputs=[new_output("display_data", {"text/html": text})]))
    folder = tmp_path / "site"
    folder.mkdir()
    master = tmp_path / "01_hostile.ipynb"
    master.write_text(nbformat.writes(new_notebook(cells=cells)), "utf-8")
    write_site([master], folder)
    page = browser.new_page()
    page.goto((folder / "en" / "01_hostile.html").as_uri())
    inside = {name: page.frame_locator(f"#{name} iframe") for name in OUTPUTS}
    inside["button"].get_by_role("button").click()
    assert inside["button"].get_by_role("button", name="pressed").is_visible()
    inside["thief"].get_by_text("thief kept out").wait_for()
    page.locator("#tall iframe").scroll_into_view_if_needed()  # A frame out of sight is not laid out, and says nothing.
    wait_until(page, "document.querySelector('#tall iframe').height > 700")
    assert page.title() == "Title"
    page.close()
