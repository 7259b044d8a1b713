"""Outputs of HTML that do something: each becomes a file of its own, which a lesson shows in a closed frame."""

import re

from dcgan_lib.play.page import translate_page

# No network and no way out; its scripts and pictures are those in the file.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data: blob:; media-src data: blob:; "
    "font-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
TOP = f"""<!doctype html>
<html%s>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<style>img, canvas, svg, video, table, input {{ max-width: 100%%; }}</style>
"""
# A frame cannot be measured from outside.
BOTTOM = """
<script>
new ResizeObserver(() => parent.postMessage({ height: document.documentElement.offsetHeight }, "*"))
  .observe(document.documentElement);
</script>
"""
# Where a document begins, and a policy of its own: that is for Jupyter, and knows only the document's own scripts.
REPLACED = re.compile(r"\A\s*<!doctype[^>]*>|<meta\s[^>]*Content-Security-Policy[^>]*>", re.IGNORECASE)
ACTIVE = ("script", "style", "link", "meta", "base", "iframe", "object", "embed", "form")
SMALL, LARGE = 40, 2_000  # Of a frame, in pixels.


def put_frames(notebook, name, language):
    """Takes active HTML out of a notebook's outputs, in place, and says in their metadata which file has it.

    The course's own pages speak the language of the lesson: "en" or "ko".

    Returns:
        A dict from each file's name to its text.
    """
    frames = {}
    for cell in notebook.cells:
        for index, output in enumerate(cell.get("outputs", [])):
            html = output.get("data", {}).get("text/html")
            if html is None or not is_active(html):
                continue
            html, frame = _unwrap(html)
            file, title = f"{name}_{cell.id}_{index}.html", frame.get("title")
            if (page := translate_page(html, language)) is not None:
                file, (html, title) = f"{name}_{cell.id}_{index}_{language}.html", page
            frames[file] = _make_document(html)
            sides = {side: _pixels(frame.get(side, "")) for side in ("height", "width")}
            output.metadata["frame"] = {"file": file, "title": title, **sides}
    return frames


def is_active(html):
    """Says whether a piece of HTML does or changes something where it stands, such as a script or a style."""
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    handlers = (name for tag in soup.find_all(True) for name in tag.attrs if name.lower().startswith("on"))
    return soup.find(ACTIVE) is not None or any(handlers)


def _unwrap(html):
    """Takes the frame off that Jupyter needs, and that would be a frame in a frame; returns the rest and the frame."""
    from bs4 import BeautifulSoup

    tags = BeautifulSoup(html, "html.parser").find_all(True)
    if len(tags) == 1 and tags[0].name == "iframe" and tags[0].get("srcdoc"):
        return tags[0]["srcdoc"], tags[0]
    return html, {}


def _pixels(side):
    """Returns what an attribute says of a frame's side in pixels; None if it does not."""
    return min(max(int(side), SMALL), LARGE) if re.fullmatch("[0-9]{1,6}", side) else None


def _make_document(html):
    from bs4 import BeautifulSoup

    spoken = BeautifulSoup(html, "html.parser").find("html", lang=True)
    return TOP % ("" if spoken else ' lang="en"') + REPLACED.sub("", html) + BOTTOM
