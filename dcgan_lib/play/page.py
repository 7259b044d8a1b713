"""What the pages share: a template, a script that no other may join, a file, and a frame in a notebook."""

import base64
import hashlib
import html
import json
import re
import string
from pathlib import Path

from dcgan_lib.system.files import atomic_write

_HERE = Path(__file__).parent
_DATA = re.compile(r'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)
LANGUAGES = ("en", "ko")


class Page:
    """One HTML file with all that it needs; a notebook shows it as the last value of a cell.

    Args:
        name: Of the page's own files in this folder: `<name>.html`, its script `<name>.js`, its texts `<name>.json`.
        path: The file that is written; its folder is made if it is not there.
        language: Of the texts, "en" or "ko".
        height: Of the frame in a notebook, in pixels; the page's script then fits it to the page.
        data: Dict for JSON, what the script reads as `data`; the texts come to it as `texts`.
        **values: What the texts leave open, such as a title.

    Raises:
        ValueError: If there is no such language.
        OSError: If the file cannot be written.
    """

    def __init__(self, name, path, language, height, data, **values):
        caller = type(self).__name__
        if language not in LANGUAGES:
            raise ValueError(f'{caller}: language must be "en" or "ko". Received: language={language!r}.')
        self.path = Path(path)
        self._height = height
        self._text, self._title = _render(name, language, data, values)
        self._write(caller)

    def __repr__(self):
        return f"<{type(self).__name__} {self.path.name}>"

    def _repr_html_(self):
        # In a frame of its own: a notebook's page keeps its styles, and Jupyter and Colab both run the script.
        return (
            f'<iframe srcdoc="{html.escape(self._text)}" title="{html.escape(self._title)}" width="100%" '
            f'height="{self._height}" style="border: 0; max-width: 720px"></iframe>'
        )

    def _write(self, caller):
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(self.path) as file:
                file.write(self._text)
        except OSError as error:
            raise OSError(
                f"{caller}: '{self.path}' cannot be written ({error.strerror}). Name another output_dir."
            ) from None


def translate_page(text, language):
    """Makes a page again with its texts in another language.

    Args:
        text: HTML, such as that of the frame in a notebook's output.
        language: "en" or "ko".

    Returns:
        The page's HTML and its title, a pair; None if `text` is not one of these pages.
    """
    try:
        data = json.loads(_DATA.search(text)[1])
        page, _ = data.pop("page"), data.pop("texts")
        name, values = page["name"], page["values"]
        if name not in {path.stem for path in _HERE.glob("*.json")}:
            return None
        return _render(name, language, data, values)
    # Another page, with data of its own or none; or one of another version, whose texts leave something else open.
    except (TypeError, ValueError, LookupError, AttributeError):
        return None


def _render(name, language, data, values):
    """Returns a page's HTML and its title."""
    texts = {**json.loads(_read(f"{name}.json"))[language], **values}
    script = _read("page.js") + _read(f"{name}.js")
    data = {**data, "texts": texts, "page": {"name": name, "values": values}}
    # Each template is filled in one pass: a value that looks like a part of it stays a value.
    text = string.Template(_read("page.html")).substitute(
        language=language,
        title=html.escape(texts["title"]),
        content=string.Template(_read(f"{name}.html")).substitute(
            {key: html.escape(text) for key, text in texts.items()}
        ),
        data=json.dumps(data).replace("<", "\\u003c"),  # "</script>" must not end the data.
        script=script,
        # Our own script, and no other, may run in the page.
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    )
    return text, texts["title"]


def _read(name):
    return (_HERE / name).read_text("utf-8")
