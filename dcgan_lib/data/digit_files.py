"""Finds the files that may hold digits, in a folder with its sub-folders and in zips, the likeliest first."""

import io
import os
import re
import zipfile
from pathlib import Path

MOST_ENTRIES = 5_000  # Of one folder: digits are a few files, photos are thousands, and Drive is slow.
MOST_ZIPPED = 2**31  # Bytes of one file in a zip: all of E-MNIST as a table has 1.3 GB.
_DEPTH = 4
_PHOTOS = re.compile(r"\.(jpe?g|jpe|jfif|png|gif|bmp|webp|tiff?|heic|heif|avif|ppm|pgm|dng)$", re.I)
_OTHER_SET = re.compile(r"fashion|kmnist|kuzushiji|k49|emnist|qmnist|notmnist|medmnist", re.I)
_TEST = re.compile(r"(?<![a-z])(t10k|test|valid)", re.I)
_KNOWN = ("mnist.npz", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "train-images.idx3-ubyte")


class Damaged(ValueError):
    """The file is broken: it cannot be what it begins as."""


class NotDigits(ValueError):
    """The file may be sound, and holds something else."""


class DigitFile:
    """A file that may hold digits, on the disk or in a zip.

    Attributes:
        name: Its name in the folder or zip that was searched.
        path: The full name of the file, or of the zip that it is in.
        member: Its name in that zip, or None.
    """

    def __init__(self, name, path, member=None, open_file=None):
        self.name, self.path, self.member = name, Path(path), member
        self._open = open_file or (lambda: open(path, "rb"))

    def open(self):
        """Opens it for reading bytes."""
        return self._open()

    def __str__(self):
        return f"{self.member}' in '{self.path}" if self.member else str(self.path)

    def likelihood(self):
        """A key to sort by: MNIST before its relatives, training before test, what lies on top before what is deep."""
        base = os.path.basename(self.name).lower()
        known = _KNOWN.index(base) if base in _KNOWN else len(_KNOWN)
        other = bool(_OTHER_SET.search(self.name)) and "digits" not in base
        return other, bool(_TEST.search(self.name)), self.name.count("/"), known, self.name


def list_digit_files(path):
    """Lists what may hold digits under a folder, or of one file; returns `DigitFile`s and how many photos lie there.

    Raises:
        OSError: If the folder cannot be listed.
    """
    path = Path(path)
    if not path.is_dir():
        files = [DigitFile(path.name, path)]
        photos = 0
    else:
        names, photos = _walk(path)
        files = [DigitFile(name, path / name) for name in names]
    found = []
    for file in files:
        members, photos_in_zip = _list_zip(file)
        found += members
        photos += photos_in_zip
    return sorted(found, key=DigitFile.likelihood), photos


def _walk(root):
    names, photos, pending, seen = [], 0, [("", 0)], set()
    while pending:
        prefix, depth = pending.pop(0)
        real = os.path.realpath(root / prefix)
        if real in seen:  # A link to a folder above.
            continue
        seen.add(real)
        try:
            entries = _first_entries(root / prefix)
        except OSError:
            if not prefix:
                raise
            continue
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.startswith(".") or entry.name == "__MACOSX" or entry.name.lower().startswith("readme"):
                continue
            if _PHOTOS.search(entry.name) or entry.name.startswith("img_align_celeba"):  # On Drive hours to list.
                photos += 1
            elif not entry.is_dir():
                names.append(prefix + entry.name)
            elif depth < _DEPTH:
                pending.append((f"{prefix}{entry.name}/", depth + 1))
    return names, photos


def _first_entries(folder):
    with os.scandir(folder) as entries:
        return [entry for _, entry in zip(range(MOST_ENTRIES), entries, strict=False)]


def _list_zip(file, depth=0):
    """Returns the members of a zip, also of zips in it, and how many photos it has; any other file is itself."""
    try:
        with file.open() as stream:
            head = stream.read(12)
            if head[:2] != b"PK" or not zipfile.is_zipfile(stream):
                return ([], 1) if _is_photo(head) else ([file], 0)
        archive = zipfile.ZipFile(file.open())
        infos = [info for info in archive.infolist() if not info.is_dir() and "__MACOSX" not in info.filename]
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, RuntimeError):
        return [file], 0  # Reading it says what is wrong with it.
    if any(info.filename.endswith(".npy") for info in infos) or not infos:
        return [file], 0  # An .npz.
    members, photos = [], 0
    for info in infos:
        if _PHOTOS.search(info.filename):
            photos += 1
            continue
        member = DigitFile(
            f"{file.name}/{info.filename}",
            file.path,
            f"{file.member}/{info.filename}" if file.member else info.filename,
            lambda info=info: _open_member(archive, info),
        )
        inner, more = _list_zip(member, depth + 1) if depth < 2 and _may_be_zip(archive, info) else ([member], 0)
        members += inner
        photos += more
    return members, photos


def _may_be_zip(archive, info):
    try:
        with archive.open(info) as stream:
            return stream.read(2) == b"PK"
    except Exception:  # Encrypted, damaged, an unknown compression.
        return False


def _open_member(archive, info):
    if info.file_size > MOST_ZIPPED:
        raise NotDigits(f"it would have {info.file_size:,} bytes, which is no set of digits")
    return io.BytesIO(archive.read(info))


def _is_photo(head):
    marks = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*")
    return head.startswith(marks) or head[8:12] == b"WEBP" or head[4:8] == b"ftyp"
