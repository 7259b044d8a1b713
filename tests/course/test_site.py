"""`python -m dcgan_course site`: the masters as pages, whole in both languages, without a network and without leaks."""

import base64
import html
import io
import json
import re
import shutil
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from PIL import Image

from dcgan_course.__main__ import main
from dcgan_course.exercises.exercise import read_exercises
from dcgan_course.instructor.masters.language import fold_korean, korean_text, split_languages
from dcgan_course.instructor.masters.pictures import read_pictures
from dcgan_course.instructor.site.words import WORDS

ROOT = Path(__file__).resolve().parents[2]
MASTERS = {path.stem: nbformat.read(path, as_version=4) for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))}
ADDRESS = "https://github.com/a-school/gan.course"
MARKER = re.compile(r"^\s*(?:-|\d+\.)\s+")  # Of a list.
PAGES = [(language, name) for language in ("en", "ko") for name in MASTERS]

each_page = pytest.mark.parametrize(("language", "name"), PAGES)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain") / "site"
    assert main(["site", "--output", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory):
    """The site with solutions and with links to Colab."""
    folder = tmp_path_factory.mktemp("whole") / "site"
    assert main(["site", "--output", str(folder), "--solutions", "--repository", f"{ADDRESS}.git"]) == 0
    return folder


def read(path):
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def read_index(site, language):
    text = (site / language / "search_index.js").read_text("utf-8")
    return json.loads(text.removeprefix("const searchIndex = ").strip().removesuffix(";"))


def pages_of(site):
    return sorted(path for path in site.rglob("*.html") if path.parent.name != "frames")


# What is there


def test_each_language_has_its_lessons_and_an_index_and_github_takes_the_files_as_they_are(site):
    found = {path.relative_to(site).as_posix() for path in pages_of(site)}
    pages = {f"{language}/{name}.html" for language in ("en", "ko") for name in (*MASTERS, "index")}
    assert found == pages | {"index.html"}
    assert (site / ".nojekyll").read_bytes() == b""


@each_page
def test_a_page_has_all_cells_of_its_master_under_their_names_in_its_language(site, language, name):
    page = read(site / language / f"{name}.html")
    assert page.html["lang"] == language
    cells = page.select(".cell")
    assert [cell["id"] for cell in cells] == [cell.id for cell in MASTERS[name].cells]
    for shown, cell in zip(cells, MASTERS[name].cells, strict=True):
        if cell.cell_type == "code":
            assert shown["lang"] == "en"  # Comments and outputs are English on a Korean page too.
            continue
        assert shown["lang"] == language, cell.id
        english, _, korean, _ = split_languages(cell.source)
        mine, other = (english, korean) if language == "en" else (korean, english)
        text = shown.get_text()
        # The longest line without any Markdown: it stands there as it is, and the other language's does not.
        for source, is_shown in ((mine, True), (other, False)):
            lines = [line for line in source.splitlines() if not re.search(r"[*`#<>|\[\]$&_\\]", line)]
            longest = max(lines, key=len, default="")
            assert len(longest) < 20 or (MARKER.sub("", longest) in text) == is_shown, (cell.id, longest)


@each_page
def test_a_page_has_one_title_landmarks_a_list_of_contents_and_a_link_to_the_other_language(site, language, name):
    page = read(site / language / f"{name}.html")
    (title,) = page.select("h1")
    assert page.title.text == title.text
    assert len(page.select("main")) == len(page.select("header")) == 1
    assert all(nav["aria-label"] for nav in page.select("nav")) and len(page.select("nav")) == 2
    headings = [" ".join(heading.get_text().split()) for heading in page.select(".cell > :is(h1, h2, h3)")]
    assert [link.get_text() for link in page.select(".contents a")] == headings
    other = "ko" if language == "en" else "en"
    switch = page.select_one("header a.language")
    assert (switch["href"], switch["lang"], switch["hreflang"]) == (f"../{other}/{name}.html", other, other)


def test_lessons_lead_to_the_one_before_and_the_next(site):
    for language in ("en", "ko"):
        pages = [read(site / language / f"{name}.html") for name in MASTERS]
        for rel, places in (("prev", [None, *MASTERS][:-1]), ("next", [*MASTERS, None][1:])):
            links = [page.select_one(f".neighbours a[rel={rel}]") for page in pages]
            assert [link and link["href"] for link in links] == [place and f"{place}.html" for place in places]


def test_each_picture_is_a_file_once_with_its_size_and_its_alternative_text(site):
    outputs, figures = {}, {}
    for language, name in PAGES:
        page = read(site / language / f"{name}.html")
        for cell in MASTERS[name].cells:
            images = page.find(id=cell.id).select("img")
            if cell.cell_type == "code":
                drawn = [output for output in cell.outputs if "image/png" in output.get("data", {})]
                shown, held = outputs, [base64.b64decode(output.data["image/png"]) for output in drawn]
                alts = [output.metadata.get("image/png", {}).get("alt") or cell.metadata.alt for output in drawn]
                assert [image["alt"] for image in images] == alts
            else:
                text = split_languages(cell.source)[0] if language == "en" else korean_text(cell.source)
                shown, held = figures, list(read_pictures(text).values())
                assert len(images) == len(held) and all(f"![{image['alt']}]" in text for image in images)
            for image in images:
                file = (site / language / image["src"]).resolve()
                assert file.read_bytes() in held
                with Image.open(file) as picture:
                    assert picture.size == (int(image["width"]), int(image["height"]))
                shown.setdefault(file, set()).add(language)
    assert len(outputs) >= 15 and all(languages == {"en", "ko"} for languages in outputs.values())
    assert all(len(languages) == 1 for languages in figures.values())  # Their words are of one language.
    assert set((site / "pictures").iterdir()) == set(outputs) | set(figures)
    assert len({path.read_bytes() for path in (site / "pictures").iterdir()}) == len(set(outputs) | set(figures))


def test_pages_are_small(site):
    assert all(path.stat().st_size < 200_000 for path in pages_of(site))


# Where links lead to


def test_each_link_leads_to_a_file_and_a_place_of_the_site_whatever_address_it_has(whole_site):
    pages = {path: read(path) for path in pages_of(whole_site)}
    places = {path: {tag["id"] for tag in page.select("[id]")} for path, page in pages.items()}
    used = set()
    for path, page in pages.items():
        for tag in page.select("[href], [src]"):
            parts = urlsplit(tag.get("href") or tag.get("src"))
            if parts.scheme and tag.get("rel") != ["icon"]:
                assert parts.scheme in ("http", "https") and tag.name == "a", tag
            if parts.scheme:
                continue
            assert not parts.netloc and not parts.path.startswith("/"), tag
            file = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert file.is_file() and file.is_relative_to(whole_site), tag
            assert not parts.fragment or unquote(parts.fragment) in places[file], tag
            used.add(file)
    for folder in ("pictures", "frames", "assets"):
        assert set((whole_site / folder).iterdir()) <= used


def test_no_page_may_load_anything_from_elsewhere_or_run_a_script_that_stands_in_it(site):
    for path in pages_of(site):
        page = read(path)
        (policy,) = page.select("meta[http-equiv=Content-Security-Policy]")
        rules = dict(rule.strip().split(" ", 1) for rule in policy["content"].split(";"))
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        assert rules["script-src"] == rules["frame-src"] == "'self' file:" and rules["img-src"] == "'self' file: data:"
        assert not re.search(r"https?:", policy["content"])
        assert not [script for script in page.select("script") if not script.get("src")]
    for path in (*site.glob("assets/*"), *site.glob("*/search_index.js")):
        assert not re.search(r"@import|url\(|fetch\(|XMLHttp|import\(|sourceMapping", path.read_text("utf-8")), path


def test_links_to_colab_are_there_only_with_a_repository_and_open_its_notebooks(site, whole_site):
    for language, name in PAGES:
        expected = f"https://colab.research.google.com/github/a-school/gan.course/blob/main/notebooks/{name}.ipynb"
        (link,) = read(whole_site / language / f"{name}.html").select("a[href*=colab]")
        assert (link["href"], link.text) == (expected, WORDS["colab"][language])
        assert "colab.research.google.com" not in (site / language / f"{name}.html").read_text("utf-8")


def test_all_words_of_the_site_are_in_both_languages():
    for name, word in WORDS.items():
        assert set(word) == {"en", "ko"}, name
        assert re.findall(r"\{\w+\}", word["en"]) == re.findall(r"\{\w+\}", word["ko"])
        assert name in ("short", "language") or re.search("[가-힣]", word["ko"]), name


# Exercises


def solution_lines():
    """Yields the lines of the solutions that stand nowhere else in the masters."""
    exercises = [exercise for master in MASTERS.values() for exercise in read_exercises(master)]
    answers = {exercise.answer_id for exercise in exercises}
    elsewhere = "\n".join(
        [exercise.stub for exercise in exercises]
        + [cell.source for master in MASTERS.values() for cell in master.cells if cell.id not in answers]
    )
    for exercise in exercises:
        for line in exercise.solution.splitlines():
            if len(line.strip()) > 15 and line.strip() not in elsewhere and "SOLUTION" not in line:
                yield line.strip()


def all_text(site):
    """Returns all that a reader of the site's files can see, without tags and with a blank for each gap."""
    texts = []
    for path in site.rglob("*"):
        if path.suffix in (".html", ".js"):
            text = path.read_text("utf-8")
            texts.append(re.sub(r"<[^>]*>", "", text))
            texts.append(text.replace('\\"', '"'))
    return " ".join(html.unescape(" ".join(texts)).split())


def test_no_line_of_a_solution_is_in_the_site_without_solutions(site, whole_site):
    lines = [" ".join(line.split()) for line in solution_lines()]
    assert len(lines) > 25
    without, with_solutions = all_text(site), all_text(whole_site)
    assert [line for line in lines if line in without] == []
    assert [line for line in lines if line not in with_solutions] == []
    assert "BEGIN SOLUTION" not in without + with_solutions


@each_page
def test_an_exercise_is_its_stub_with_its_points_and_no_verdict_on_our_solution_stands_below(site, language, name):
    page = read(site / language / f"{name}.html")
    for exercise in read_exercises(MASTERS[name]):
        cell = page.find(id=exercise.answer_id)
        assert [code.get_text().strip() for code in cell.select("pre")] == [exercise.stub.strip()]
        label = cell.select_one(".label")
        points = WORDS["point" if exercise.points == 1 else "points"][language].format(points=exercise.points)
        assert label["lang"] == language
        assert label.get_text() == f"{WORDS['exercise'][language].format(key=exercise.key)} {points}"
        assert not page.find(id=exercise.check_id).select(".output")
    assert not page.select(".solution") and "✓" not in page.get_text()


@each_page
def test_with_solutions_each_is_folded_below_its_stub(whole_site, language, name):
    page = read(whole_site / language / f"{name}.html")
    for exercise in read_exercises(MASTERS[name]):
        cell = page.find(id=exercise.answer_id)
        (solution,) = cell.select("details.solution")
        assert not solution.has_attr("open") and solution.summary["lang"] == language
        expected = [line for line in exercise.solution.splitlines() if "SOLUTION" not in line]
        assert solution.pre.get_text().strip() == "\n".join(expected).strip()
        assert cell.pre.get_text().strip() == exercise.stub.strip()
        assert "✓" in page.find(id=exercise.check_id).get_text()


# Search


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_search_knows_each_section_and_all_text_and_code_of_it(site, language):
    entries = read_index(site, language)
    for name in MASTERS:
        page = read(site / language / f"{name}.html")
        mine = [entry for entry in entries if entry["page"] == f"{name}.html"]
        titles = [" ".join(heading.get_text().split()) for heading in page.select(".cell > :is(h1, h2, h3)")]
        assert [entry["title"] for entry in mine] == titles
        texts = " ".join(text for entry in mine for _, text in entry["texts"])
        for part in page.select(".cell > :not(:is(h1, h2, h3, .output))"):
            assert " ".join(part.get_text().split()) in texts
        places = {tag["id"] for tag in page.select("[id]")}
        assert {entry["anchor"] for entry in mine} | {place for entry in mine for place, _ in entry["texts"]} <= places


# Whatever a master holds


@pytest.fixture
def write_master(empty_course):
    """Writes a notebook with these cells below its title into a course of its own."""

    def write(*cells, name="01_small"):
        title = new_markdown_cell(fold_korean("# A title", "제목", "글입니다."), id="title")
        notebook = json.dumps({**new_notebook(), "cells": [title, *cells]})  # nbformat itself would mend it.
        (empty_course / "notebooks" / f"{name}.ipynb").write_text(notebook, "utf-8")

    return write


@pytest.fixture
def course(write_master, tmp_path):
    """Makes a site of such a notebook; returns the folder."""

    def make(*cells, **name):
        write_master(*cells, **name)
        assert main(["site", "--output", str(tmp_path / "site")]) == 0
        return tmp_path / "site"

    return make


def refused(capsys, *arguments):
    assert main(["site", *map(str, arguments)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("site: ") and "Traceback" not in error and error.count("\n") <= 2
    return error


def shown_html(text, cell_id="shown", **metadata):
    output = new_output("display_data", {"text/html": text, "text/plain": "<object>"})
    return new_code_cell("show()", id=cell_id, outputs=[output], metadata=metadata)


def png(size=(3, 2), colour="black"):
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def figure(alt, *colours):
    """Returns a figure of a text cell, light and dark."""
    light, dark = (f"data:image/png;base64,{png((30, 20), colour)}" for colour in colours)
    return f'<picture><source media="(prefers-color-scheme: dark)" srcset="{dark}"><img src="{light}" alt="{alt}"></picture>'


def files_of(site, image):
    """Returns the colours of the files that an image shows, light and dark."""
    addresses = [image["src"]] + [source["srcset"] for source in image.parent.select("source")]
    return [Image.open(site / "en" / address).convert("RGB").getpixel((0, 0)) for address in addresses]


def test_a_formula_is_mathml_and_needs_no_script(course):
    text = "So $\\log 2 \\approx 0.69$, and\n\n$$\\frac{1}{2} \\mathbb{E}[D(x)]$$\n\ncosts \\$5."
    page = read(course(new_markdown_cell(text, id="math")) / "en" / "01_small.html")
    inline, block = page.select("#math math")
    assert (inline["display"], block["display"]) == ("inline", "block")
    assert block.select("mfrac") and "≈" in inline.get_text() and "costs $5." in page.find(id="math").get_text()


@pytest.mark.parametrize("formula", [r"\frac{1}{", r"\unheard of", "a_"])
def test_a_formula_that_cannot_be_read_is_named(write_master, tmp_path, capsys, formula):
    write_master(new_markdown_cell(f"So ${formula}$ it is.", id="math"))
    error = refused(capsys, "--output", tmp_path / "site")
    assert "01_small: Cell 'math'" in error and formula.split()[0] in error


def test_html_that_does_nothing_stands_in_the_page_and_html_with_a_script_in_a_closed_frame(course):
    still = shown_html("<table><tr><td>7</td></tr></table>", "still")
    active = [
        "<p>a</p><script>document.title = 'here'</script>",
        "<button onclick='go()'>go</button>",
        "<style>h1 { display: none }</style>",
        '<iframe src="data:text/html,hello"></iframe>',
    ]
    cells = [shown_html(text, f"active{number}") for number, text in enumerate(active)]
    site = course(still, *cells)
    for language in ("en", "ko"):
        page = read(site / language / "01_small.html")
        assert page.select_one("#still .output td").text == "7"
        for cell, text in zip(cells, active, strict=True):
            (frame,) = page.select(f"#{cell.id} iframe")
            assert frame["sandbox"] == ["allow-scripts"] and frame["title"] == WORDS["frame"][language]
            written = (site / language / frame["src"]).read_text("utf-8")
            assert text in written
            policy = BeautifulSoup(written, "html.parser").select_one("meta[http-equiv=Content-Security-Policy]")
            assert policy["content"].startswith("default-src 'none';") and "http" not in policy["content"]
    assert len(list((site / "frames").iterdir())) == len(active)  # Both languages share them.


def test_a_page_in_a_frame_of_jupyters_is_taken_out_with_its_title_height_and_language(course):
    inner = (
        '<!doctype html>\n<html lang="ko">\n<meta http-equiv="Content-Security-Policy" content="script-src \'none\'">'
        "<title>Walk</title><p>걷기 &amp; more</p><script>const a = 1 < 2;</script></html>"
    )
    site = course(
        shown_html(f'<iframe srcdoc="{html.escape(inner)}" title="A walk" width="400" height="520"></iframe>')
    )
    (frame,) = read(site / "en" / "01_small.html").select("iframe")
    assert (frame["title"], frame["height"], frame["style"]) == ("A walk", "520", "max-width: 400px")
    written = (site / "en" / frame["src"]).read_text("utf-8")
    assert "<p>걷기 &amp; more</p><script>const a = 1 < 2;</script>" in written
    assert written.lower().count("<!doctype") == written.count("Content-Security-Policy") == 1  # Ours.
    assert BeautifulSoup(written, "html.parser").select("html[lang=ko]")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_the_masters_slider_and_games_are_in_frames_and_speak_the_lessons_language(site, language):
    frames = [frame for name in MASTERS for frame in read(site / language / f"{name}.html").select("iframe")]
    pages = [(site / language / frame["src"]).read_text("utf-8") for frame in frames]
    assert len(pages) == 5 and sum('type="range"' in page for page in pages) == 1
    for frame, page in zip(frames, pages, strict=True):
        assert f'<html lang="{language}">' in page and f"<title>{frame['title']}</title>" in page
        assert page.count("<!doctype") == page.count("Content-Security-Policy") == 1
    assert sum(bool(re.search("[가-힣]", frame["title"])) for frame in frames) == (4 if language == "ko" else 0)


def test_of_an_output_in_several_forms_one_is_shown(course):
    data = {"image/png": png(), "image/jpeg": "AAAA", "text/plain": "a picture"}
    cell = new_code_cell("draw()", id="drawn", outputs=[new_output("display_data", data)])
    site = course(cell)
    (image,) = read(site / "ko" / "01_small.html").select("#drawn img")
    assert (image["alt"], image["lang"], image["width"]) == (WORDS["picture"]["ko"], "ko", "3")
    assert [path.suffix for path in (site / "pictures").iterdir()] == [".png"]


def test_what_a_solution_printed_goes_with_it_and_an_output_without_any_known_form_is_nothing(course):
    stub = "# EXERCISE 1.1 a\ndef a():\n    ### BEGIN SOLUTION\n    return 7\n    ### END SOLUTION"
    answer = new_code_cell(stub, id="answer", outputs=[new_output("stream", name="stdout", text="secret 7")])
    check = new_code_cell("# CHECK 1.1 (1 point)\ncheck('1.1', a)", id="check")
    odd = new_code_cell("odd()", id="odd", outputs=[new_output("display_data", {"application/json": {"a": "secret"}})])
    site = course(answer, check, odd)
    assert "secret" not in all_text(site)
    assert not read(site / "ko" / "01_small.html").select(".output")


def test_an_svg_is_a_file_so_that_no_script_in_it_runs(course):
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    site = course(new_code_cell("draw()", id="drawn", outputs=[new_output("display_data", {"image/svg+xml": svg})]))
    page = read(site / "en" / "01_small.html")
    assert page.select_one("#drawn img")["src"].endswith(".svg") and not page.select("svg")


def test_a_figure_in_a_text_is_a_file_in_its_language_light_and_dark_however_often_it_is_shown(course):
    english, korean = figure("A net", "red", "maroon"), figure("신경망", "blue", "navy")
    cells = [
        new_markdown_cell(fold_korean(f"## Net\n\n{english}", "신경망", korean), id="first"),
        new_markdown_cell(fold_korean(f"As above: {english}", "", f"위와 같이 {korean}"), id="second"),
    ]
    site = course(*cells)
    for language, alt, colours in (
        ("en", "A net", [(255, 0, 0), (128, 0, 0)]),
        ("ko", "신경망", [(0, 0, 255), (0, 0, 128)]),
    ):
        page = read(site / language / "01_small.html")
        images = page.select("#first picture > img, #second picture > img")
        assert len(images) == 2
        for image in images:
            assert (image["alt"], image["width"], image["height"]) == (alt, "30", "20")
            assert files_of(site, image) == colours
            assert image.find_previous_sibling("source")["media"] == "(prefers-color-scheme: dark)"
        assert not page.select("[src^=data], [srcset^=data]")
    assert len(list((site / "pictures").iterdir())) == 4


def test_a_figure_that_two_lessons_and_an_output_show_is_one_file(course):
    text = f"![A net][net-en]\n\n[net-en]: data:image/png;base64,{png()}\n\nAfter it."
    output = new_code_cell("draw()", id="drawn", outputs=[new_output("display_data", {"image/png": png()})])
    course(new_markdown_cell(text, id="net"), name="01_one")
    site = course(new_markdown_cell(text, id="net"), output, name="02_two")
    images = [read(site / "en" / f"{name}.html").select_one("#net img") for name in ("01_one", "02_two")]
    images.append(read(site / "en" / "02_two.html").select_one("#drawn img"))
    (file,) = (site / "pictures").iterdir()
    assert {image["src"] for image in images} == {f"../pictures/{file.name}"}
    assert "After it." in read(site / "en" / "02_two.html").find(id="net").get_text()
    assert "data:image" not in (site / "en" / "search_index.js").read_text("utf-8")


def test_forms_for_other_screens_and_the_size_that_an_author_gave_stay(course):
    small, large = (f"data:image/png;base64,{png(size)}" for size in ((30, 20), (60, 40)))
    text = f'<img src="{small}" srcset="{small} 1x,{large}  2x" alt="A net" width="15">'
    site = course(new_markdown_cell(text, id="net"))
    image = read(site / "en" / "01_small.html").select_one("#net img")
    one, two = (part.split() for part in image["srcset"].split(","))
    assert (one, two[1]) == ([image["src"], "1x"], "2x")
    assert [Image.open(site / "en" / address).size for address in (one[0], two[0])] == [(30, 20), (60, 40)]
    assert image["width"] == "15" and not image.has_attr("height")


@pytest.mark.parametrize(("form", "extension"), [("JPEG", ".jpg"), ("WEBP", ".webp"), ("GIF", ".gif")])
def test_a_figure_is_a_file_of_the_kind_that_it_is_whatever_its_address_says(course, form, extension):
    file = io.BytesIO()
    Image.new("RGB", (3, 2)).save(file, form)
    address = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    site = course(new_markdown_cell(f"![A net]({address})", id="net"))
    assert [path.suffix for path in (site / "pictures").iterdir()] == [extension]


def test_a_figure_drawn_as_svg_is_a_file_as_it_is(course):
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"/>'
    coded = f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"
    plain = f"data:image/svg+xml;charset=utf-8,{quote(svg)}"
    site = course(new_markdown_cell(f"![one]({coded}) ![two]({plain})", id="net"))
    one, two = read(site / "en" / "01_small.html").select("#net img")
    assert one["src"] == two["src"] and (site / "en" / one["src"]).read_text() == svg


def test_an_attached_picture_is_a_file_also_under_a_korean_name(course):
    attached = {"net.png": {"image/png": png()}, "신경망 1.png": {"image/png": png((5, 4))}}
    text = "![A net](attachment:net.png) ![신경망](<attachment:신경망 1.png>)"
    cell = new_markdown_cell(fold_korean(f"Net: {text}", "", f"그림: {text}"), id="net", attachments=attached)
    site = course(cell)
    for language in ("en", "ko"):
        images = read(site / language / "01_small.html").select("#net img")
        assert [(image["alt"], image["width"]) for image in images] == [("A net", "3"), ("신경망", "5")]
        assert all((site / language / image["src"]).is_file() for image in images)


def test_code_that_jupyter_folds_is_folded_under_its_title(course):
    form = new_code_cell("#@title Setup { display-mode: 'form' }\nprepare()", id="form", metadata={"cellView": "form"})
    hidden = new_code_cell("# Prepares\nprepare()", id="hidden", metadata={"jupyter": {"source_hidden": True}})
    page = read(course(form, hidden) / "en" / "01_small.html")
    for cell_id, title in (("form", "Setup"), ("hidden", "# Prepares")):
        (folded,) = page.select(f"#{cell_id} details")
        assert folded.summary.text.strip() == title and "prepare()" in folded.pre.text


def test_a_korean_page_has_the_headings_of_the_english_one_though_its_text_holds_bold_lines_for_them(course):
    english = "## Step\n\nOne.\n\n### The trap\n\n**Not** a heading.\n\n```\n# no heading\n```"
    below = "First.\n\n### Written out\n\nText."
    cells = [
        new_markdown_cell(fold_korean(english, "단계", "하나.\n\n**함정**\n\n**제목이** 아닙니다."), id="step"),
        new_markdown_cell(fold_korean(below, "", "먼저.\n\n**직접 작성**\n\n글."), id="below"),
        new_markdown_cell(fold_korean("No heading.", "", "**굵은 줄**\n\n글."), id="bold"),
    ]
    site = course(*cells)
    headings = {
        language: read(site / language / "01_small.html").select(".cell > :is(h2, h3)") for language in ("en", "ko")
    }
    assert [heading.get_text() for heading in headings["ko"]] == ["단계", "함정", "직접 작성"]
    for english, korean in zip(headings["en"], headings["ko"], strict=True):
        assert (english.name, english.get("id")) == (korean.name, korean.get("id"))
    assert read(site / "ko" / "01_small.html").select_one("#bold strong").get_text() == "굵은 줄"


def test_text_without_korean_stands_in_english_and_says_so(course):
    page = read(course(new_markdown_cell("Only English.", id="text")) / "ko" / "01_small.html")
    assert page.find(id="text")["lang"] == "en" and "Only English." in page.find(id="text").text
    assert page.h1.text == "제목"


def test_a_code_cell_shows_what_looks_like_html_as_it_is(course):
    cell = new_code_cell('print("<script>alert(1)</script>")', id="code")
    cell.outputs = [new_output("stream", name="stdout", text="<script>alert(1)</script>\n")]
    page = read(course(cell) / "en" / "01_small.html")
    assert page.find(id="code").get_text().count("<script>alert(1)</script>") == 2
    assert not page.select("#code script")


def test_wide_tables_have_a_box_of_their_own_and_links_to_notebooks_lead_to_their_pages(course):
    text = "| a | b |\n|---|---|\n| 1 | 2 |\n\n[next](01_small.ipynb#title) [web](https://example.org/)"
    page = read(course(new_markdown_cell(text, id="text")) / "en" / "01_small.html")
    assert page.select_one("#text > .wide > table td").text == "1"
    assert [link["href"] for link in page.select("#text a")] == ["01_small.html#title", "https://example.org/"]


def test_a_notebook_may_have_any_name(course):
    drawn = new_code_cell("draw()", id="drawn", outputs=[new_output("display_data", {"image/png": png()})])
    link = new_markdown_cell("[self](<04 내 노트북 50%.ipynb>)", id="link")
    site = course(drawn, shown_html("<script></script>"), link, name="04 내 노트북 50%")
    page = read(site / "ko" / "04 내 노트북 50%.html")
    addresses = [page.select_one(one)["href"] for one in ("#link a", "a.language")]
    addresses += [page.select_one(one)["src"] for one in ("img", "iframe")]
    assert all((site / "ko" / unquote(address)).is_file() for address in addresses), addresses
    assert (site / "ko" / unquote(read_index(site, "ko")[0]["page"])).is_file()


# What is refused


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (new_markdown_cell("[gone](04_more.ipynb)", id="bad"), "cell 'bad' links to '04_more.ipynb'"),
        (new_markdown_cell("[file](../docs/quality.md)", id="bad"), "cell 'bad' links to '../docs/quality.md'"),
        (new_markdown_cell("[go](javascript:alert(1))", id="bad"), "cell 'bad' links to 'javascript:alert(1)'"),
        (new_markdown_cell("![x](https://example.org/x.png)", id="bad"), "cell 'bad' shows https://example.org/x.png"),
        (new_markdown_cell('<img src="//example.org/x.png">', id="bad"), "cell 'bad' shows //example.org/x.png"),
        (shown_html('<img src="http://example.org/x.png">', "bad"), "cell 'bad' shows http://example.org/x.png"),
        (
            new_markdown_cell(f'<img srcset="data:image/png;base64,{png()}, //example.org/x.png 2x">', id="bad"),
            "cell 'bad' shows //example.org/x.png",
        ),
        (new_markdown_cell("![x](../pictures/x.png)", id="bad"), "cell 'bad' shows ../pictures/x.png"),
        (
            new_code_cell("draw()", id="bad", outputs=[new_output("display_data", {"image/png": "bm8gcGljdHVyZQ=="})]),
            "01_small: cell 'bad' has a picture that is empty, cut off",
        ),
        (new_markdown_cell("![x][net-en]\n\n[net-en]: data:", id="bad"), "notebooks --figures"),
        (new_markdown_cell("![x](data:text/html,hello)", id="bad"), "cell 'bad' has a picture that is"),
        (new_markdown_cell(f"![x](data:image/png;base64,{png((99, 99))[:-40]})", id="bad"), "cell 'bad' has a picture"),
        (
            new_markdown_cell('<picture><source srcset="data:,x"></picture>', id="bad"),
            "cell 'bad' has a picture that is",
        ),
        (
            new_markdown_cell("![x](attachment:gone.png)", id="bad"),
            "Cell 'bad' shows attachment:gone.png, which is not",
        ),
        (new_code_cell("# EXERCISE 1.1 a\ndef a():\n    pass", id="bad"), "01_small: Cell 'bad'"),
        (new_code_cell("same id", id="title"), "01_small.ipynb is no valid notebook (Non-unique cell id 'title'"),
    ],
)
def test_what_cannot_be_shown_is_named_and_nothing_is_written(write_master, tmp_path, capsys, cell, said):
    write_master(cell)
    assert said in refused(capsys, "--output", tmp_path / "site")
    assert not (tmp_path / "site").exists() and not list(tmp_path.glob(".site*"))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"nbformat": 4}', b"<!doctype html>", b"\xff\xfe\x00"])
def test_a_file_that_is_no_notebook_is_named(empty_course, tmp_path, capsys, content):
    (empty_course / "notebooks" / "01_broken.ipynb").write_bytes(content)
    assert "01_broken.ipynb is no valid notebook" in refused(capsys, "--output", tmp_path / "site")


def test_a_notebook_without_a_heading_and_a_course_without_notebooks_are_named(empty_course, tmp_path, capsys):
    assert "There is no notebook in" in refused(capsys, "--output", tmp_path / "site")
    nbformat.write(new_notebook(cells=[new_markdown_cell("text")]), empty_course / "notebooks" / "01_bare.ipynb")
    assert "01_bare: it has no heading" in refused(capsys, "--output", tmp_path / "site")


@pytest.mark.parametrize("address", ["", "github.com/a/b", "https://gitlab.com/a/b", "https://github.com/a/b/c", "a/b"])
def test_another_address_than_a_repositorys_is_refused(tmp_path, capsys, address):
    assert "--repository must be https://github.com/OWNER/NAME." in refused(
        capsys, "--output", tmp_path / "site", "--repository", address
    )


def test_a_folder_with_anything_else_in_it_is_left_alone(course, write_master, tmp_path, capsys):
    write_master()
    output = tmp_path / "site"
    output.mkdir()
    (output / "notes.txt").write_text("mine")
    assert "has files and is no earlier site, so it is left alone" in refused(capsys, "--output", output)
    assert [path.name for path in output.iterdir()] == ["notes.txt"]
    (output / "notes.txt").unlink()
    site = course()
    for name, content in (("mine.html", "mine"), ("en/index.html", "changed")):
        before = (site / name).read_bytes() if (site / name).exists() else None
        (site / name).write_text(content)
        assert f"what the site did not write: {name}" in refused(capsys, "--output", site)
        assert (site / name).read_text() == content
        (site / name).unlink() if before is None else (site / name).write_bytes(before)
    file = tmp_path / "file"
    file.write_text("mine")
    assert "is not a folder" in refused(capsys, "--output", file)


def test_the_next_site_takes_the_place_of_the_earlier_and_what_is_no_longer_made_is_gone(
    course, empty_course, tmp_path
):
    drawn = new_code_cell("draw()", id="drawn", outputs=[new_output("display_data", {"image/png": png()})])
    course(drawn, name="02_more")
    site = course(name="01_small")
    assert (site / "ko" / "02_more.html").is_file() and len(list((site / "pictures").iterdir())) == 1
    (empty_course / "notebooks" / "02_more.ipynb").unlink()
    assert course(name="01_small") == site
    assert not list(site.rglob("02_more*")) and (site / "ko" / "01_small.html").is_file()
    files = {path: path.read_bytes() for path in site.rglob("*") if path.is_file()}
    course(name="01_small")
    assert {path: path.read_bytes() for path in site.rglob("*") if path.is_file()} == files
    shutil.rmtree(site)
