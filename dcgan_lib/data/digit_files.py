"""Finds the files that may hold digits, in a folder with its sub-folders and in archives, the likeliest first."""

import io
import os
import re
import tarfile
import zipfile
from functools import partial
from itertools import islice
from pathlib import Path

from dcgan_lib.data.file_kinds import ARCHIVE, HEAD_BYTES, is_container

MOST_ENTRIES = 5_000  # Of one folder or tar: digits are a few files, photos are thousands, and Drive is slow.
MOST_ZIPPED = 2**31  # Bytes of one file in an archive: all of E-MNIST as a table has 1.3 GB.
_DEPTH = 4
_NESTED = 2  # So many archives may be packed into another.
_PHOTOS = re.compile(r"\.(jpe?g|jpe|jfif|png|gif|bmp|webp|tiff?|heic|heif|avif|ppm|pgm|dng)$", re.I)
_OTHER_SET = re.compile(r"fashion|kmnist|kuzushiji|k49|emnist|qmnist|notmnist|medmnist", re.I)
_TEST = re.compile(r"(?<![a-z])(t10k|test|valid)", re.I)
_KNOWN = ("mnist.npz", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz", "train-images.idx3-ubyte")


class Damaged(ValueError):
    """The file is broken: it cannot be what it begins as."""


class NotDigits(ValueError):
    """The file may be sound, and holds something else."""


class DigitFile:
    """A file that may hold digits, on the disk or in a zip or tar.

    Attributes:
        name: Its name in the folder or archive that was searched.
        path: The full name of the file, or of the archive that it is in.
        member: Its name in that archive, or None.
    """

    def __init__(self, name, path, member=None, open_file=None):
        self.name, self.path, self.member = name, Path(path), member
        self._open = open_file or (lambda: open(path, "rb"))

    def open(self):
        """Opens it for reading bytes, from any place in it."""
        stream = self._open()
        if self.member is None:
            return stream
        with stream:
            content = stream.read(MOST_ZIPPED + 1)
        if len(content) > MOST_ZIPPED:
            raise NotDigits(f"it has more than {MOST_ZIPPED:,} bytes, which is no set of digits")
        return io.BytesIO(content)

    def read_head(self):
        """Reads its first bytes, without unpacking the rest."""
        with self._open() as stream:
            return stream.read(HEAD_BYTES)

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
        members, photos_inside = _list_members(file)
        found += members
        photos += photos_inside
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


def _list_members(file, depth=0):
    """Returns the members of an archive, also of archives in it, and how many photos it has; other files as they are.

    Reading a file that is neither says what is wrong with it.
    """
    try:
        head = file.read_head()
        if _is_photo(head):
            return [], 1
        kind = is_container(head) if depth <= _NESTED else None
        members = (_zip_members(file) if head.startswith(b"PK") else _tar_members(file)) if kind == ARCHIVE else None
    except Exception:  # Encrypted, damaged, an unknown compression.
        members = None
    if members is None:
        return [file], 0
    found, photos = [], 0
    for name, open_member in members:
        if "__MACOSX" in name:
            continue
        if _PHOTOS.search(name):
            photos += 1
            continue
        inside = f"{file.member}/{name}" if file.member else name
        inner, more = _list_members(DigitFile(f"{file.name}/{name}", file.path, inside, open_member), depth + 1)
        found += inner
        photos += more
    return found, photos


def _zip_members(file):
    """Returns `(name, open)` of each file in a zip; `None` for NumPy's own, or one with nothing in it."""
    archive = zipfile.ZipFile(file.open())
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if any(info.filename.endswith(".npy") for info in infos) or not infos:
        return None
    return [(info.filename, partial(archive.open, info)) for info in infos]


def _tar_members(file):
    """Returns `(name, open)` of each file in a tar, packed or not; `None` if it is none."""
    archive = tarfile.open(fileobj=file.open())  # noqa: SIM115
    infos = [info for info in islice(archive, MOST_ENTRIES) if info.isreg()]
    return [(info.name, partial(archive.extractfile, info)) for info in infos]


def _is_photo(head):
    marks = (b"\xff\xd8\xff", b"\x89PNG", b"GIF8", b"II*\0", b"MM\0*")
    return head.startswith(marks) or head[8:12] == b"WEBP" or head[4:8] == b"ftyp"
