"""The page of an executed notebook, in one file that needs no network and runs nothing."""

import functools
import re
from pathlib import Path

import jinja2

from dcgan_course.instructor.process.mathml import to_mathml
from dcgan_course.instructor.process.quick_imports import skip_address_grammars
from dcgan_course.instructor.running.safe_html import clean_html
from dcgan_course.refused import Refused
from dcgan_lib.system.files import atomic_write

with skip_address_grammars():
    import nbformat
    from nbconvert import HTMLExporter
    from nbconvert.filters.markdown_mistune import InvalidNotebook, MarkdownWithMath

    from dcgan_course.instructor.process.text_renderer import TextRenderer

TEMPLATE = Path(__file__).with_suffix(".html")
# Of an output that has several forms, the page shows the first of these.
FORMS = ("text/html", "text/markdown", "image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/plain")
EMBEDDED = re.compile(r"data:image/(?:gif|jpeg|png|webp);base64,[A-Za-z0-9+/=]+")
LAST_PICTURE = """<figure><img src="%s" alt="the last picture of an output that moves">
<figcaption>The last picture of this output. In Jupyter it moves: open the notebook.</figcaption></figure>"""
ONLY_IN_JUPYTER = "<p>This output is shown in Jupyter only: open the notebook.</p>"


def write_notebook_page(executed):
    """Writes the page of an executed notebook, if there is one, beside it."""
    if not executed.is_file():
        return
    try:
        notebook = nbformat.read(executed, as_version=4)
        put_one_form(notebook)
        text, _ = _exporter().from_notebook_node(notebook, resources={"metadata": {"name": executed.stem}})
        with atomic_write(executed.with_suffix(".html")) as file:
            file.write(text)
    except Exception as error:  # A half-made notebook can hold anything. The batch's page then has no link to it.
        print(f"{executed}: not shown as HTML ({type(error).__name__}: {error})")


def put_one_form(notebook):
    """Leaves of each output the one form that the page shows, in place."""
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "data" in output:
                output.data = _one_form(output.data)


def _one_form(data):
    """Chooses the form of an output that says most without a script."""
    forms = {form: data[form] for form in FORMS if isinstance(data.get(form), str)}
    html = forms.get("text/html")
    if html is not None and _is_empty(clean_html(html, "")):
        pictures = EMBEDDED.findall(html)
        forms = {form: forms[form] for form in forms if form.startswith("image/")}
        if pictures and not forms:
            forms = {"text/html": LAST_PICTURE % pictures[-1]}
    return dict(list(forms.items())[:1] or [("text/html", ONLY_IN_JUPYTER)])


def _is_empty(html):
    """Says whether nothing can be seen of a piece of HTML."""
    return "<img" not in html and not re.sub("<[^>]*>", "", html).strip()


class NotebookPageExporter(HTMLExporter):
    """nbconvert's exporter with a template and a filter of ours.

    Its own `sanitize_html` allows neither headings nor folded texts, and looks only at some of the places where a
    notebook can bring HTML: not at the size of a picture or the name of a language.
    """

    def __init__(self):
        super().__init__(
            template_name="classic",
            template_file=str(TEMPLATE),
            filters={"clean_html": clean_html},
        )

    @jinja2.pass_context
    def markdown2html(self, context, source):
        """Renders a text: its headings can be linked to, and its formulas are MathML."""
        return MarkdownWithMath(renderer=RunTextRenderer(context["cell"].get("attachments", {}))).render(source)


class RunTextRenderer(TextRenderer):
    """Renders the text of one cell, which may hold anything."""

    def image(self, text, url, title=None):
        """Renders a picture; of one that is not attached, what it would have shown."""
        try:
            return super().image(text, url, title)
        except InvalidNotebook:
            return super().image(text, "", title)

    def task_list_item(self, text, checked=False):
        """Renders a thing to do without a box that could be ticked."""
        return f"<li>{'&#9745;' if checked else '&#9744;'} {text}</li>\n"

    def formula(self, body, display):
        """Renders a formula as MathML, or as its author wrote it."""
        try:
            return to_mathml(body, display, "")
        except Refused:  # LaTeX that nobody can read is still what its author wrote.
            return f"<code>{self.escape_html(body)}</code>"


@functools.cache  # It reads and compiles its templates when it is first used.
def _exporter():
    return NotebookPageExporter()
