"""The files of a folder or zip. A zip is read entry by entry, and never unpacked to where an entry says."""

import contextlib
import errno
import os
import re
import stat
import unicodedata
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from dcgan_course.exercises.other_files import HEAD, kind_of_zip, other_kind
from dcgan_course.exercises.student_notebook import LARGEST, is_notebook
from dcgan_course.instructor.grading.submissions.arrival import Arrival, time_in_zip, time_of_file

MOST_ENTRIES = 20_000
MOST_BYTES = 8_000_000_000
PIECE = 1_000_000
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
NOTEBOOK = re.compile(r"\.ipynb(\.(txt|json|html?))?$", re.IGNORECASE)
METADATA = "submission_metadata.yml"  # Gradescope writes into it who has handed in what.
TIMESTAMP = "timestamp.txt"  # Sakai writes into it when a student has handed in.
PLATFORMS_OWN = (METADATA, TIMESTAMP)
HIDDEN = re.compile(r"^(\.|__MACOSX$|~\$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


@dataclass(frozen=True)
class FoundFile:
    """A file that was handed in, or a folder without one."""

    parts: tuple  # Its path inside what was handed in: names in Unicode's composed form.
    path: Path | None  # Where it can be read; None if there is a problem with it, or nobody needs what is in it.
    problem: str | None = None  # A sentence.
    is_folder: bool = False  # A folder with nothing in it that was handed in.
    hidden: bool = False  # Made by a system or an editor, and not handed in.
    spellings: tuple = ()  # How each name of the path is stored: "" for composed UTF-8.
    written: tuple = ()  # When it was last written, in seconds; inside of a zip, the zip's own time comes first.
    came: Arrival = Arrival()  # When it was handed in, as far as the platform, the zip or the file tells.
    kind: str = ""  # "notebook", "zip", what else it is, such as "PDF", or "" if that is not known.


def is_hidden(parts):
    """Says whether a file was made by a system or editor, and not handed in."""
    return any(HIDDEN.match(part) for part in parts)


def readable_name(raw):
    """Returns the name of a file from its bytes, in Unicode's composed form.

    A Korean Windows writes CP949 without saying so, and macOS splits Hangul syllables into their letters.
    """
    return unicodedata.normalize("NFC", _decode(raw)[0])


def _decode(raw):
    """Returns the text of a name's bytes, and its codec."""
    for codec in ("utf-8", "cp949", "cp437"):  # The last one has a letter for every byte.
        with contextlib.suppress(UnicodeDecodeError):
            return raw.decode(codec), codec


def _compose(text, codec):
    """Returns a name in Unicode's composed form, and how it is stored: "" for composed UTF-8.

    Two folders whose names look the same differ in how they are stored.
    """
    name = unicodedata.normalize("NFC", text)
    return name, " ".join(["letters taken apart"] * (name != text) + [codec.upper()] * (codec != "utf-8"))


def read_folder(folder):
    """Lists the files below a folder, and the folders without one, as `FoundFile`; links are not followed.

    Raises `OSError` if the folder itself cannot be opened.
    """
    found, unreadable = [], []
    for where, folders, files in os.walk(os.fsencode(folder), onerror=unreadable.append):
        folders.sort()
        for name in sorted([*files, *(name for name in folders if os.path.islink(os.path.join(where, name)))]):
            found.append(_look_at(Path(os.fsdecode(os.path.join(where, name))), folder))
        if not files and not folders and Path(os.fsdecode(where)) != folder:
            found.append(_look_at(Path(os.fsdecode(where)), folder))
    for error in unreadable:
        if Path(os.fsdecode(error.filename)) == folder:
            raise error
        place = _look_at(Path(os.fsdecode(error.filename)), folder)
        found.append(replace(place, problem=f"The folder cannot be opened ({error.strerror}).", is_folder=False))
    return with_empty_folders(found)


def _look_at(path, folder):
    """Describes what lies at a path below a folder."""
    names = [_compose(*_decode(os.fsencode(part))) for part in path.relative_to(folder).parts]
    parts, spellings = (tuple(column) for column in zip(*names, strict=True))
    found = FoundFile(parts, None, hidden=is_hidden(parts), spellings=spellings)
    if path.is_symlink():
        return replace(found, problem="It is a link to another place, and is not followed.")
    if path.is_dir():
        return replace(found, is_folder=True)
    if not path.is_file():
        return replace(found, problem="It is no file that can be opened.")
    kind = "" if found.hidden else _read_kind(path, parts[-1])
    written = path.stat().st_mtime
    return replace(found, path=path, written=(written,), came=time_of_file(written), kind=kind)


def _read_kind(path, name):
    """Says what a file is. Its content decides, and its name only where that is no help."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
            kind = _kind_of(head, name)
            if kind == "maybe a notebook":
                return "notebook" if is_notebook(head + file.read(LARGEST)) else ""
        if kind == "zip" and head.startswith(b"PK"):
            with (
                contextlib.suppress(Exception),
                zipfile.ZipFile(path) as archive,
            ):  # A damaged one is a zip all the same.
                return kind_of_zip(archive.namelist())
        return kind
    except OSError:  # Whoever needs it will meet the error again.
        return _kind_of(b"", name)


def _kind_of(head, name):
    """Says what a file is by its first bytes and its name; "maybe a notebook" if the rest must be read."""
    kind = other_kind(head)
    if kind == "zip":
        return kind
    if NOTEBOOK.search(name) and (kind is None or name.lower().endswith(".ipynb")):
        return "notebook"
    if kind is None and head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n").startswith(b"{"):
        return "maybe a notebook"
    return kind or ("zip" if name.lower().endswith(".zip") else "")


def with_empty_folders(found):
    """Adds the folders of which all files are hidden: somebody has handed in nothing, which must be said."""
    full = {file.parts[:length] for file in found if not file.hidden for length in range(1, len(file.parts) + 1)}
    added = {}
    for file in found:
        if file.hidden:
            parents = [file.parts[:length] for length in range(len(file.parts) - 1, 0, -1)]
            for parts in parents:
                if not is_hidden(parts) and parts not in full:
                    added[parts] = FoundFile(parts, None, is_folder=True, spellings=file.spellings[: len(parts)])
                    break
    return [*found, *added.values()]


def read_zip(file, folder, most_bytes=MOST_BYTES):
    """Copies the notebooks and zips out of a zip to `folder`, under names of our own; returns a list of `FoundFile`.

    What a file is, its content says, whatever it is called.

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
            raw = entry.filename.encode("utf-8" if marked else "cp437", "replace")
            name, codec = _decode(raw)
            parts = PurePosixPath(name.replace("\\", "/")).parts
            inside = [part for part in parts if part not in ("/", "..", ".")]
            if not name or (entry.is_dir() and not inside):
                continue
            inside, spellings = zip(*(_compose(part, codec) for part in inside or [name]), strict=True)
            hidden, written, came = is_hidden(inside), (_seconds(entry),), time_in_zip(entry.date_time)
            file = FoundFile(inside, None, hidden=hidden, spellings=spellings, written=written, came=came)
            if entry.is_dir():
                found.append(replace(file, is_folder=True))
                continue
            path, kind, problem = None, "", _problem(entry, parts)
            if problem is None and not file.hidden:
                kind = _kind_of(_head(archive, entry), inside[-1])
                if kind in ("notebook", "zip", "maybe a notebook") or inside[-1] in PLATFORMS_OWN:
                    path = folder / str(number)
                    problem = _copy(archive, entry, path, most_bytes)
                    most_bytes -= path.stat().st_size if path.exists() else 0
                    kind = kind if problem else _read_kind(path, inside[-1])
                    if kind == "" and inside[-1] not in PLATFORMS_OWN:
                        path, problem = None, None
            found.append(replace(file, path=None if problem else path, problem=problem, kind=kind))
    full = {file.parts[:length] for file in found if not file.is_folder for length in range(1, len(file.parts) + 1)}
    return with_empty_folders([file for file in found if not file.is_folder or file.parts not in full])


def _head(archive, entry):
    """Returns an entry's first bytes; none if it is damaged, which is found when it is copied."""
    try:
        with archive.open(entry) as file:
            return file.read(HEAD)
    except Exception:  # zlib and lzma raise errors of their own.
        return b""


def _seconds(entry):
    """Returns when a zip's entry was last written, for comparisons: the date in the zip may be impossible."""
    year, month, day, hour, minute, second = entry.date_time
    return float((((year * 12 + month) * 31 + day) * 24 + hour) * 3600 + minute * 60 + second)


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
    """Copies one entry; returns a sentence if that is not possible. Raises `OSError` if our disk is full."""
    # The size in the zip's table may be false, so the bytes are counted.
    is_zip = _head(archive, entry).startswith(b"PK")
    most = most_bytes if is_zip else min(LARGEST, most_bytes)
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
        if isinstance(error, OSError) and error.errno in FULL:
            raise  # Our disk is full: that is not the student's fault.
        known = (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError)
        return f"It cannot be unpacked ({error if isinstance(error, known) else type(error).__name__})."
    return None
