"""What a file is that is no notebook: known by its first bytes, and said with what to do."""

import io
import re
import zipfile

DOWNLOAD = "In Jupyter or Colab choose File, Download, Download .ipynb, and hand that file in."
OFFICE = "document of Word, Excel or Hangul"
HEAD = 4096  # Bytes. So much of a file is enough to know what it is.

# The first bytes of a file, and what it is then.
BEGINNINGS = (
    (rb"%PDF-", "PDF"),
    (
        rb"\x89PNG|\xff\xd8\xff|GIF8|BM.{4}\0\0\0\0|RIFF.{4}WEBP|.{4}ftyp(?:heic|heix|mif1|avif)|II\*\0|MM\0\*",
        "picture",
    ),
    (rb"L\0\0\0\x01\x14\x02\0|\[InternetShortcut\]|\[Desktop Entry\]|bplist00", "link"),
    (rb"\s*(?:https?://\S+\s*)+\Z", "link"),
    (rb"version https://git-lfs", "pointer of Git LFS"),
    (rb"Rar!|7z\xbc\xaf|\x1f\x8b|BZh|\xfd7zXZ|.{257}ustar", "archive"),
    (rb"\xd0\xcf\x11\xe0", OFFICE),
    (rb"\{\\rtf", OFFICE),
    (rb"\x89HDF", "file of weights"),
    (rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<!DOCTYPE plist", "link"),
    (rb"\s*(?:<!--.*?-->\s*)*(?:<!doctype|<html|<head|<\?xml|<table|<meta)", "web page"),
)
# A line that only a Python program has. Colab's "Download .py" begins with the first of them.
PYTHON = re.compile(
    rb"^(?:# -\*- coding|#!.*python|# %%|#+ *EXERCISE |import \w|from [\w.]+ import |def \w+\(|class \w+)", re.M
)
DRIVE = re.compile(rb'^\s*\{[^{}\[\]]*"(?:doc_id|resource_id|url)"\s*:')
INSIDE = (  # Names in a zip that say what made it.
    (
        r"^word/|^xl/|^ppt/|^Contents/section|^META-INF/manifest\.xml$|^mimetype$|^Index/",
        OFFICE,
    ),
    (r"^config\.json$|\.weights\.h5$|\.npy$", "file of weights"),
)
ADVICE = {
    "PDF": f"A PDF has the looks of a notebook and not its cells. {DOWNLOAD}",
    "picture": f"A picture has the looks of a notebook and not its cells. {DOWNLOAD}",
    "web page": "Download the notebook itself (in Colab: File, Download, Download .ipynb), and hand that in.",
    "Python program": f"It has the code, but not the cells by which answers are known. {DOWNLOAD}",
    "link": "The notebook itself is not in it. Open what it leads to, then: File, Download, Download .ipynb. "
    "Hand that file in.",
    "pointer of Git LFS": "The notebook itself is not in it. Run `git lfs pull`, and hand in what is there then.",
    "archive": "Unpack it, and hand in the .ipynb file that is in it.",
    "zip": "Unpack it, and hand in the .ipynb file that is in it.",
    OFFICE: DOWNLOAD,
    "file of weights": f"It is what a network has learnt, and not the code. {DOWNLOAD}",
}


def other_kind(content):
    """Says what a file is, if it is surely no notebook.

    `content` is the file's bytes, or its first `HEAD` bytes. Returns a key of `ADVICE`, or None if it may be a notebook
    or is nothing that we know.
    """
    start = content[:HEAD].lstrip(b"\xef\xbb\xbf")
    for pattern, kind in BEGINNINGS:
        if re.match(pattern, start, re.DOTALL | re.IGNORECASE):
            return kind
    if start.startswith(b"PK"):
        return _kind_of_zip(content)
    if DRIVE.match(start) and b"cell" not in start:
        return "link"
    return "Python program" if not start.lstrip().startswith(b"{") and PYTHON.search(start) else None


def describe_other(content, name="The file"):
    """Says in two sentences what a file is instead of a notebook, and what to do; None if that is not known."""
    kind = other_kind(content)
    if kind is None:
        return None
    saved = " saved as .ipynb" if kind == "web page" and name == "The file" else ", and not a notebook"
    return f"{name} is {with_article(kind)}{saved}. {ADVICE[kind]}"


def with_article(kind):
    """Returns a kind with "a" or "an" before it."""
    return f"an {kind}" if kind == "archive" else f"a {kind}"


def kind_of_zip(names):
    """Says what made a zip, by the names of its entries: a key of `ADVICE`, "zip" if it was a person."""
    if any(".ipynb" in name for name in names):
        return "zip"
    return next((kind for pattern, kind in INSIDE if any(re.search(pattern, name) for name in names)), "zip")


def _kind_of_zip(content):
    try:
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    except Exception:  # Only its beginning is here, or it is damaged: the name of its first entry has to be enough.
        size = int.from_bytes(content[26:28], "little")
        names = [content[30 : 30 + size].decode("utf-8", "replace")]
        names += ["word/"] * (b"[Content_Types].xml" in content[:HEAD])
    return kind_of_zip(names)
