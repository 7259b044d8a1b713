"""What nbconvert makes of a text cell on a page of ours: what is wide scrolls, and formulas need no script."""

from urllib.parse import unquote

from nbconvert.filters.markdown_mistune import IPythonRenderer


class TextRenderer(IPythonRenderer):
    """Renders the text of one cell; `formula` says what becomes of its formulas.

    Args:
        attachments: The cell's attached pictures, as nbformat has them.
        **options: Other options of `IPythonRenderer`.
    """

    def __init__(self, attachments, **options):
        super().__init__(escape=False, attachments=attachments, **options)

    def formula(self, body, display):
        """Returns a formula, LaTeX, as HTML; `display` is "inline" or "block"."""
        raise NotImplementedError

    def image(self, text, url, title=None):
        """Renders a picture, also an attached one with a Korean name, which the parser has encoded as in an address."""
        return super().image(text, unquote(url) if url.startswith("attachment:") else url, title)

    def table(self, text):
        """Renders a table in a box that scrolls."""
        return f'<div class="wide" tabindex="0"><table>\n{text}</table></div>\n'

    def inline_math(self, body):
        """Renders a formula in a line."""
        return self.formula(body, "inline")

    def block_math(self, body):
        """Renders a formula on a line of its own."""
        return f'<div class="wide" tabindex="0">{self.formula(body, "block")}</div>'

    def latex_environment(self, name, body):
        """Renders a formula of several lines."""
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")
