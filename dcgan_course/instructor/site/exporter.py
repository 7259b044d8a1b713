"""nbconvert's exporter with a template of ours: it writes a notebook's cells, without a page around them."""

from pathlib import Path

import jinja2
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import InvalidNotebook, MarkdownWithMath
from traitlets import Dict

from dcgan_course.instructor.process.mathml import to_mathml
from dcgan_course.instructor.process.text_renderer import TextRenderer
from dcgan_course.refused import Refused

TEMPLATE = Path(__file__).parent / "pages" / "cells.html"


class CellsExporter(HTMLExporter):
    """Exports a notebook's cells as HTML that holds its pictures itself."""

    words = Dict(help="the site's words in the page's language")

    def __init__(self, language, words):
        super().__init__(
            template_name="classic",
            template_file=str(TEMPLATE),
            language_code=language,
            words=words,
        )

    @jinja2.pass_context
    def markdown2html(self, context, source):
        """Renders a text cell: its headings can be linked to, and its formulas are MathML."""
        return MarkdownWithMath(renderer=LessonTextRenderer(context["cell"])).render(source)

    def _init_resources(self, resources):
        return super()._init_resources(resources) | {"words": self.words}


class LessonTextRenderer(TextRenderer):
    """Renders the text of one cell, whose headings have anchors that both languages share."""

    def __init__(self, cell):
        super().__init__(cell.get("attachments", {}), exclude_anchor_links=True)
        self.cell_id = cell.id
        self.headings = 0

    def heading(self, text, level, **attrs):
        """Renders a heading; a link to the first leads to the cell, and others have an anchor of their own."""
        self.headings += 1
        anchor = "" if self.headings == 1 else f' id="{self.cell_id}.{self.headings}"'
        return f"<h{level}{anchor}>{text}</h{level}>\n"

    def image(self, text, url, title=None):
        """Renders a picture; one that is not attached is `Refused`."""
        try:
            return super().image(text, url, title)
        except InvalidNotebook:
            raise Refused(
                f"Cell '{self.cell_id}' shows {url}, which is not attached to it. Put the picture into the cell again."
            ) from None

    def formula(self, body, display):
        """Renders a formula as MathML; one that cannot be read is `Refused`."""
        return to_mathml(body, display, f"Cell '{self.cell_id}'")
