"""What is on the page of an executed notebook; `tests/browser/test_notebook_page_used.py` opens it in a browser."""

import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, writes

from dcgan_course.instructor.masters.language import fold_korean
from dcgan_course.instructor.running.notebook_page import write_notebook_page
from dcgan_course.instructor.running.safe_html import clean_html


def page_of(folder, *cells):
    """Writes the page of a notebook of these cells; returns its `main` as a `BeautifulSoup`."""
    path = folder / "executed.ipynb"
    path.write_text(writes(new_notebook(cells=cells)), "utf-8")
    write_notebook_page(path)
    return BeautifulSoup(path.with_suffix(".html").read_text("utf-8"), "html.parser").main


def test_headings_folds_tables_and_code_of_a_text_are_real(tmp_path):
    text = "# Title\n\n<details><summary>more</summary>\n\n**bold**\n\n</details>\n\n|a|b|\n|-|-|\n|1|2|\n\n```python\nif x: y\n```"
    main = page_of(tmp_path, new_markdown_cell(text))
    assert main.h1.get_text() == "Title¶" and main.details.summary.get_text() == "more"
    assert main.details.strong.get_text() == "bold" and [cell.get_text() for cell in main("td")] == ["1", "2"]
    assert main.select_one(".highlight .k").get_text() == "if"
    assert "&lt;" not in main.decode()


@pytest.mark.parametrize(
    ("html", "left"),
    [
        ("a<script>x()</script>b", "ab"),
        ('<p onclick="x()">a</p>', "<p>a</p>"),
        ('<a href="javascript:x()">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<a href="https://e.org">a</a>', '<a href="https://e.org" rel="noopener noreferrer">a</a>'),
        ('<a href="//e.org">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<a href="http://[">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<a href="data:text/html,x">a</a>', '<a rel="noopener noreferrer">a</a>'),
        ('<img src="https://e.org/a.png" alt="a">', '<img alt="a">'),
        ('<img src="data:text/html,x" alt="a">', '<img alt="a">'),
        ('<img src="data:image/png;base64,AA">', '<img src="data:image/png;base64,AA">'),
        ('<img src="data:image/svg+xml;base64,AA" alt="a">', '<img alt="a">'),
        ('<img src="data:image/svg+xml,%3Csvg/%3E" alt="a">', '<img alt="a">'),
        (
            '<picture><source srcset="https://e.org/a"><img src="data:image/webp;base64,AA"></picture>',
            '<img src="data:image/webp;base64,AA">',
        ),
        ('<b style="color: red; font-weight: bold; background: url(x)">a</b>', '<b style="font-weight:bold">a</b>'),
        ("</div></main>a<b>", "a<b></b>"),
        ('<b id="x">a</b><a href="#x">b</a>', '<b id="in-x">a</b><a href="#in-x" rel="noopener noreferrer">b</a>'),
        ("<style>p {}</style><iframe srcdoc='x'>y</iframe><svg><text>z</text></svg>", ""),
    ],
)
def test_what_acts_or_loads_is_taken_out_and_the_rest_stays(html, left):
    assert clean_html(html, "in-") == left


def test_a_figure_in_a_text_stays_in_the_page_in_both_languages_and_attached_ones_too(tmp_path):
    text = fold_korean(
        "![A net][net-en]\n\n[net-en]: data:image/png;base64,AAAA\n\nAfter it. ![one](attachment:one.png)",
        "",
        "![신경망][net-ko]\n\n[net-ko]: data:image/png;base64,BBBB\n\n![하나](<attachment:하나 1.png>)",
    )
    attached = {"one.png": {"image/png": "CCCC"}, "하나 1.png": {"image/jpeg": "DDDD"}}
    section = page_of(tmp_path, new_markdown_cell(text, attachments=attached)).section
    images = [(image["alt"], image["src"]) for image in section.select("img")]
    assert images == [
        ("A net", "data:image/png;base64,AAAA"),
        ("one", "data:image/png;base64,CCCC"),
        ("신경망", "data:image/png;base64,BBBB"),
        ("하나", "data:image/jpeg;base64,DDDD"),
    ]
    assert "After it." in section.get_text() and "AAAA" not in section.get_text()
    assert len(section.details.select("img")) == 2


def test_of_several_forms_the_page_shows_the_one_that_needs_no_script(tmp_path):
    def output(**data):
        return new_output("display_data", data={name.replace("_", "/"): text for name, text in data.items()})

    script = "<script>draw()</script>"
    outputs = [
        output(text_html="<table><tr><td>1</td></tr></table>", text_plain="one"),
        output(text_html=script, image_png="AAAA", text_plain="chart"),
        output(text_html=f"{script}'data:image/png;base64,BB' 'data:image/png;base64,CC'", text_plain="slider"),
        output(text_html=f"<iframe srcdoc='&lt;img src=&quot;data:image/webp;base64,DD=&quot;&gt;'></iframe>{script}"),
        output(application_javascript="draw()"),
        output(text_latex=r"$\frac{1}{2}$", text_plain="half"),
        output(text_latex=r"$\nobody{knows}$", text_plain="half"),
    ]
    shown = page_of(tmp_path, new_code_cell("1", outputs=outputs)).select(".output")
    assert shown[0].td.get_text() == "1"
    assert shown[1].img["src"] == "data:image/png;base64,AAAA"
    assert "'data:image/png;base64,BB'" in shown[2].get_text()  # What can be read is shown as it is.
    assert shown[3].img["src"] == "data:image/webp;base64,DD="
    assert shown[4].get_text(strip=True).startswith("This output is shown in Jupyter only")
    assert shown[5].mfrac is not None
    assert shown[6].code.get_text() == r"\nobody{knows}"


def test_a_notebook_that_is_none_costs_its_page_only(tmp_path, capsys):
    (tmp_path / "broken.ipynb").write_text('{"cells": [')
    write_notebook_page(tmp_path / "broken.ipynb")
    write_notebook_page(tmp_path / "missing.ipynb")
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'broken.ipynb'}: not shown as HTML (NotJSONError")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.ipynb"]
