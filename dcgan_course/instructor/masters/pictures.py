"""Pictures that stand in a text cell itself.

Colab shows neither a cell's attachments nor a file beside the notebook nor an SVG, and a notebook that is handed on
alone must keep its figures. So a text names a picture, and its last line holds it, as PNG in base64:

    ![What a blind reader hears.][gan-digits-en]

    [gan-digits-en]: data:image/png;base64,iVBORw0...

In a new text `data:` is enough: `python -m dcgan_course notebooks --figures` draws what the name says.
"""

import base64
import re

DEFINITION = re.compile(r"^\[(?P<name>[\w-]+)\]: data:(?P<content>\S*)\n?", re.MULTILINE)
PNG = "image/png;base64,"


def without_pictures(source):
    """Returns a text cell's source without the lines that hold its pictures: what an author writes and translates."""
    return DEFINITION.sub("", source)


def read_pictures(source):
    """Returns the pictures of a text cell: a dict from each name to its bytes, which are empty until it is drawn."""
    return {
        match["name"]: base64.b64decode(match["content"].removeprefix(PNG)) for match in DEFINITION.finditer(source)
    }


def put_pictures(source, draw):
    """Returns a text cell's source with each of its pictures drawn again; `draw` takes a name and returns a PNG."""

    def define(match):
        content = base64.b64encode(draw(match["name"])).decode()
        return f"[{match['name']}]: data:{PNG}{content}\n"

    drawn = DEFINITION.sub(define, source)
    return drawn if source.endswith("\n") else drawn.removesuffix("\n")
