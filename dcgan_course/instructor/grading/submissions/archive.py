"""Files of a zip that strangers may have made: read entry by entry, never unpacked to where an entry says."""

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
class Found:
    """A file that was handed in.

    Attributes:
        parts: Its path inside what was handed in, a tuple of names in Unicode's composed form.
        path: Where it can be read; None if there is a problem with it, or it is not of interest.
        problem: A sentence, or None.
    """

    parts: tuple
    path: Path | None
    problem: str | None = None


def is_hidden(parts):
    """Says whether a file is a system's own and no hand-in."""
    return any(HIDDEN.match(part) for part in parts)


def compose(name):
    """Writes a name as Windows and Linux do: macOS takes Hangul apart."""
    return unicodedata.normalize("NFC", name)


def read_folder(folder):
    """Lists the files below a folder, as a list of `Found`; links are not followed."""
    found = []
    for path in sorted(Path(folder).rglob("*")):
        parts = tuple(compose(part) for part in path.relative_to(folder).parts)
        if is_hidden(parts):
            continue
        if path.is_symlink():
            found.append(Found(parts, None, "It is a link to another place, and is not followed."))
        elif path.is_file():
            found.append(Found(parts, path))
    return found


def read_zip(file, folder, most_bytes=MOST_BYTES):
    """Copies the notebooks and zips out of a zip.

    Args:
        file: The zip's path.
        folder: A folder of ours; the copies' names have nothing to do with the entries'.
        most_bytes: What all of them may have together.

    Returns:
        A list of `Found`.

    Raises:
        zipfile.BadZipFile: If it is not a zip, or has more entries than a class could hand in.
    """
    found = []
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        if len(entries) > MOST_ENTRIES:
            raise zipfile.BadZipFile(f"it has {len(entries):,} entries, more than {MOST_ENTRIES:,}")
        for number, entry in enumerate(entries):
            name = compose(_name(entry))
            parts = PurePosixPath(name.replace("\\", "/")).parts
            if entry.is_dir() or is_hidden([part for part in parts if part not in ("..", ".")]):
                continue
            problem = _problem(entry, parts)
            path = None
            if problem is None and (NOTEBOOK.search(name) or name.lower().endswith(".zip")):
                path = folder / str(number)
                problem = _copy(archive, entry, path, most_bytes)
                most_bytes -= path.stat().st_size if path.exists() else 0
            parts = tuple(part for part in parts if part not in ("/", "..", "."))
            found.append(Found(parts or (name,), None if problem else path, problem))
    return found


def _name(entry):
    """Returns an entry's name; Korean Windows writes CP949 and does not say so."""
    if entry.flag_bits & 0x800:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for codec in ("utf-8", "cp949"):
        try:
            return raw.decode(codec)
        except UnicodeDecodeError:
            continue
    return entry.filename


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
    # What the zip says of an entry's size may be a lie.
    most = min(LARGEST if not entry.filename.lower().endswith(".zip") else most_bytes, most_bytes)
    size = 0
    try:
        with archive.open(entry) as source, open(path, "wb") as copy:
            while piece := source.read(PIECE):
                size += len(piece)
                if size > most:
                    path.unlink()
                    return f"It unpacks to more than {most / 1e6:,.0f} MB. Hand in the notebook without its outputs."
                copy.write(piece)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError, RuntimeError) as error:
        path.unlink(missing_ok=True)
        return f"It cannot be unpacked ({error})."
    except Exception as error:  # zlib and lzma have errors of their own.
        path.unlink(missing_ok=True)
        return f"It cannot be unpacked ({type(error).__name__})."
    return None
