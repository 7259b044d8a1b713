"""The files of a folder or zip. A zip is read entry by entry, and never unpacked to where an entry says."""

import contextlib
import os
import re
import stat
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from dcgan_course.exercises.student_notebook import LARGEST

MOST_ENTRIES = 20_000
MOST_BYTES = 8_000_000_000
PIECE = 1_000_000
NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json|html?))?$", re.IGNORECASE)
HIDDEN = re.compile(r"^(\.|__MACOSX$|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


@dataclass(frozen=True)
class FoundFile:
    """A file that was handed in."""

    parts: tuple  # Its path inside what was handed in: names in Unicode's composed form.
    path: Path | None  # Where it can be read; None if there is a problem with it, or it is neither notebook nor zip.
    problem: str | None = None  # A sentence.


def is_hidden(parts):
    """Says whether a file was made by a system or editor, and not handed in."""
    return any(HIDDEN.match(part) for part in parts)


def readable_name(raw):
    """Returns the name of a file from its bytes, in Unicode's composed form.

    A Korean Windows writes CP949 without saying so, and macOS splits Hangul syllables into their letters.
    """
    for codec in ("utf-8", "cp949", "cp437"):  # The last one has a letter for every byte.
        with contextlib.suppress(UnicodeDecodeError):
            return unicodedata.normalize("NFC", raw.decode(codec))


def read_folder(folder):
    """Lists the files below a folder, then the empty folders in it, as `FoundFile`; links are not followed."""
    found = []
    for path in sorted(folder.rglob("*")):
        parts = tuple(readable_name(os.fsencode(part)) for part in path.relative_to(folder).parts)
        if is_hidden(parts):
            continue
        if path.is_symlink():
            found.append(FoundFile(parts, None, "It is a link to another place, and is not followed."))
        elif path.is_file():
            found.append(FoundFile(parts, path))
    for path in sorted(folder.iterdir()):
        name = readable_name(os.fsencode(path.name))
        if path.is_dir() and not name.startswith(".") and not any(inner.is_file() for inner in path.rglob("*")):
            found.append(FoundFile((name,), None))
    return found


def read_zip(file, folder, most_bytes=MOST_BYTES):
    """Copies the notebooks and zips out of a zip to `folder`, under names of our own; returns a list of `FoundFile`.

    All copies together may have `most_bytes`. Raises `zipfile.BadZipFile` if it is not a zip, or has more entries than
    a class could hand in.
    """
    found = []
    folder.mkdir(parents=True, exist_ok=True)
    with _open_zip(file) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise zipfile.BadZipFile(f"it has {len(entries):,} entries, more than {MOST_ENTRIES:,}")
        for number, entry in enumerate(entries):
            # zipfile reads what is not marked as UTF-8 as CP437.
            marked = entry.flag_bits & 0x800
            name = readable_name(entry.filename.encode("utf-8" if marked else "cp437", "replace"))
            parts = PurePosixPath(name.replace("\\", "/")).parts
            inside = tuple(part for part in parts if part not in ("/", "..", "."))
            if not name or entry.is_dir() or is_hidden(inside):
                continue
            problem = _problem(entry, parts)
            path = None
            if problem is None and (NOTEBOOK.search(name) or name.lower().endswith(".zip")):
                path = folder / str(number)
                problem = _copy(archive, entry, path, most_bytes)
                most_bytes -= path.stat().st_size if path.exists() else 0
            found.append(FoundFile(inside or (name,), None if problem else path, problem))
    return found


def _open_zip(file):
    try:
        return zipfile.ZipFile(file)
    except (UnicodeDecodeError, NotImplementedError) as error:  # From a damaged list of entries.
        raise zipfile.BadZipFile(str(error)) from None


def _problem(entry, parts):
    if ".." in parts or parts[:1] == ("/",) or re.match(r"^[A-Za-z]:", entry.filename):
        return "Its path inside the zip leads outside, so it was not unpacked."
    if stat.S_ISLNK(entry.external_attr >> 16):
        return "It is a link inside the zip, and is not followed."
    if entry.flag_bits & 1:
        return "It is locked with a password. Hand in the notebook itself."
    return None


def _copy(archive, entry, path, most_bytes):
    """Copies one entry; returns a sentence if it is larger than it may be."""
    # The size in the zip's table may be false, so the bytes are counted.
    most = most_bytes if entry.filename.lower().endswith(".zip") else min(LARGEST, most_bytes)
    size = 0
    try:
        with archive.open(entry) as source, open(path, "wb") as copy:
            while piece := source.read(PIECE):
                size += len(piece)
                if size > most:
                    path.unlink()
                    return f"It unpacks to more than {most / 1e6:,.0f} MB. Hand in the notebook without its outputs."
                copy.write(piece)
    except Exception as error:  # zlib and lzma raise errors of their own.
        path.unlink(missing_ok=True)
        known = (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError)
        return f"It cannot be unpacked ({error if isinstance(error, known) else type(error).__name__})."
    return None
