"""What may become of a file on its way."""

import io
import json
import stat
import unicodedata
import zipfile

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from submissions.case import COLOUR, GRAY, MNIST, Case, full, notebook_case, solved, to_bytes

FILE = "02_faces_grayscale.ipynb"
UNGRADABLE = "could not be graded"


def ungradable(name, intent, content, file=FILE):
    return Case(name, intent, {file: content}, None, UNGRADABLE)


def readable(name, intent, content, file=FILE):
    return Case(name, intent, {file: content}, full())


def zipped(*entries):
    """Packs names with bytes; an entry may be a `ZipInfo`."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return file.getvalue()


def link(name):
    """Returns a zip entry that is a symbolic link."""
    entry = zipfile.ZipInfo(name)
    entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    return entry


def old_format():
    notebook = solved()
    for cell in notebook.cells:
        cell.pop("attachments", None)
    return json.dumps(nbformat.convert(notebook, 3)).encode()


def with_large_outputs():
    notebook = solved()
    picture = new_output("display_data", data={"image/png": "A" * 2_000_000})
    notebook.cells[-2]["outputs"] = [picture] * 100
    return to_bytes(notebook)


RIGHT = to_bytes(solved())
TEXT = RIGHT.decode()
OTHER_COURSE = new_notebook(
    cells=[new_markdown_cell("# Linear regression"), new_code_cell("import numpy as np\nnp.pi")]
)
CONFLICT = TEXT.replace('"cells": [', '<<<<<<< HEAD\n"cells": [\n=======\n"cells": [\n>>>>>>> mine\n', 1)

CASES = [
    ungradable("empty", "an upload that broke off before its first byte", b""),
    ungradable("web page", "the page of the notebook instead of the notebook", b"<!DOCTYPE html>\n<html><body>" + RIGHT),
    ungradable("merge conflict", "git's marks are still in the file", CONFLICT.encode()),
    Case(
        "truncated", "a download that broke off: what came before counts", points=full(ex24=0, ex25=0),
        files={FILE: RIGHT[: RIGHT.index(b"# EXERCISE 2.4")]},
    ),
    ungradable("truncated early", "a download that broke off before any answer", RIGHT[: RIGHT.index(b"# EXERCISE 2.1")]),
    ungradable("format 5", "a notebook of the future", to_bytes({**solved(), "nbformat": 5})),
    ungradable("no code", "all cells are text", to_bytes(new_notebook(cells=[new_markdown_cell("I did it at home.")]))),
    ungradable("other course", "a notebook of another course", to_bytes(OTHER_COURSE)),
    ungradable("nested", "JSON a hundred thousand levels deep", b"[" * 100_000 + b"]" * 100_000),
    ungradable("not a text", "a photo called .ipynb", b"\x89PNG\r\n\x1a\n\xff\xfe\xfd" * 100),
    ungradable("only a pdf", "a printed notebook, and no notebook", b"%PDF-1.7", file="exercise.pdf"),
    Case("nothing", "a folder without a submission", {}, None, "no submission"),
    readable("byte order mark", "saved by an editor of Windows", b"\xef\xbb\xbf" + RIGHT),
    readable("utf-16", "saved as Unicode by an editor of Windows", TEXT.encode("utf-16")),
    readable("cp949", "saved by a Korean Windows", TEXT.encode("cp949", "ignore")),
    readable("format 3", "from a Jupyter of 2014", old_format()),
    readable("copy of", "Colab's name for a copy", RIGHT, file="Copy of 02_faces_grayscale.ipynb"),
    readable("사본", "Colab's name for a copy, in Korean", RIGHT, file="02_faces_grayscale.ipynb의 사본.ipynb"),
    readable("renamed", "a name of the student's own, with blanks and brackets", RIGHT, file="my final (2) [new].ipynb"),
    readable("braces", "braces, which papermill takes for a template", RIGHT, file="{name}_{0}.ipynb"),
    readable(unicodedata.normalize("NFD", "김민지"), "a name whose Hangul a Mac took apart", RIGHT),
    readable("double ending", "a browser has added .txt", RIGHT, file="02_faces_grayscale.ipynb.txt"),
    readable("200 MB", "every picture that was ever drawn is still in it", with_large_outputs),
    Case("wrong name", "notebook 3 in a file called 02", {FILE: to_bytes(solved(COLOUR))}, full(COLOUR)),
    Case(
        "checkpoint beside", "Jupyter's own older copy lies beside it", points=full(),
        files={FILE: RIGHT, ".ipynb_checkpoints/02-checkpoint.ipynb": to_bytes(new_notebook())},
    ),
    Case(
        "two notebooks", "notebooks 1 and 3 in one folder", points={**full(MNIST), **full(COLOUR)},
        files={"a.ipynb": to_bytes(solved(MNIST)), "b.ipynb": to_bytes(solved(COLOUR))},
    ),
    Case(
        "zip of two", "notebooks 1 and 2 in a zip", points={**full(MNIST), **full(GRAY)},
        files={"hand in.zip": zipped(("x/01.ipynb", to_bytes(solved(MNIST))), ("x/02.ipynb", RIGHT))},
    ),
    ungradable("zip leads outside", "an entry ../../x.ipynb", zipped(("../../x.ipynb", RIGHT)), file="a.zip"),
    ungradable("zip of a link", "an entry that links to /etc/passwd", zipped((link("02.ipynb"), "/etc/passwd")), file="a.zip"),
    ungradable("zip bomb", "400 MB of zeros in half a megabyte", lambda: zipped(("02.ipynb", bytes(400_000_000))), file="a.zip"),
    ungradable("broken zip", "half a zip", zipped(("02.ipynb", RIGHT))[:-200], file="a.zip"),
    notebook_case("=cmd()", "a name that a spreadsheet would run", solved(), full()),
]  # fmt: skip
