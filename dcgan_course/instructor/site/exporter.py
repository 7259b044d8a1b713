"""nbconvert's exporter with a template of ours: it writes a notebook's cells, without a page around them."""

import io
from pathlib import Path

import jinja2
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from PIL import Image
from traitlets import Dict
from traitlets.config import Config

from dcgan_course.instructor.site.math import to_mathml

TEMPLATE = Path(__file__).parent / "pages" / "cells.html"


class CellsExporter(HTMLExporter):
    """Exports a notebook's cells as HTML; `resources["outputs"]` then has its pictures by file name."""

    words = Dict(help="the site's words in the page's language")

    def __init__(self, language, words):
        extract = {"enabled": True, "extract_output_types": {"image/svg+xml", "image/png", "image/jpeg"}}
        super().__init__(
            config=Config({"ExtractOutputPreprocessor": extract}),
            template_name="classic",
            template_file=str(TEMPLATE),
            language_code=language,
            filters={"picture_size": picture_size},
            words=words,
        )

    @jinja2.pass_context
    def markdown2html(self, context, source):
        """Renders a text cell: its headings can be linked to, and its formulas are MathML."""
        return MarkdownWithMath(renderer=TextRenderer(context["cell"])).render(source)

    def _init_resources(self, resources):
        return super()._init_resources(resources) | {"words": self.words}


class TextRenderer(IPythonRenderer):
    """Renders the text of one cell."""

    def __init__(self, cell):
        super().__init__(escape=False, attachments=cell.get("attachments", {}), exclude_anchor_links=True)
        self.cell_id = cell.id
        self.headings = 0

    def heading(self, text, level, **attrs):
        """Renders a heading; a link to the first leads to the cell, and others have an anchor of their own."""
        self.headings += 1
        anchor = "" if self.headings == 1 else f' id="{self.cell_id}.{self.headings}"'
        return f"<h{level}{anchor}>{text}</h{level}>\n"

    def table(self, text):
        """Renders a table in a box that scrolls."""
        return f'<div class="wide" tabindex="0"><table>\n{text}</table></div>\n'

    def inline_math(self, body):
        """Renders a formula in a line."""
        return to_mathml(body, "inline", f"Cell '{self.cell_id}'")

    def block_math(self, body):
        """Renders a formula on a line of its own."""
        return f'<div class="wide" tabindex="0">{to_mathml(body, "block", f"Cell {self.cell_id!r}")}</div>'

    def latex_environment(self, name, body):
        """Renders a formula of several lines."""
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")


def picture_size(picture):
    """Returns the attributes that keep a picture's place free until it is loaded; "" for an SVG."""
    if picture.lstrip()[:1] == b"<":
        return ""
    width, height = Image.open(io.BytesIO(picture)).size
    return f'width="{width}" height="{height}"'
