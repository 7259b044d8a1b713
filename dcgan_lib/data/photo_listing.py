"""Lists the photos of a folder, an archive, a list of files or an array, without decoding them."""

import os
import stat
import zipfile
from functools import partial

import numpy as np

from dcgan_lib.data.file_kinds import ARRAY, HEAD_BYTES, is_container
from dcgan_lib.data.listing import CONTAINER_SUFFIXES, Listing, is_called_photo, is_for_others, is_hidden, refuse
from dcgan_lib.data.photo_archives import MAX_BYTES, list_archive
from dcgan_lib.data.photo_arrays import array_entries, looks_like_digits, read_array
from dcgan_lib.data.photo_decoding import describe_error
from dcgan_lib.data.photo_parts import missing_parts, parts_of
from dcgan_lib.system.paths import find_path, shown_path

CACHE_SUFFIX = ".cache.npz"
ARRAY_SUFFIXES = (".npz", ".npy")
BESIDE_PHOTOS = "an archive or array beside the photos: name it as source to read it"
BESIDE_ARCHIVE = "another archive or array beside the one that is read: name it as source to read it"
BESIDE_IN_ARCHIVE = "an archive or array beside the one that is read: unpack both to read it"
NESTED = 2  # So many archives may be packed into each other.


def look_into(source, digits_too=True):
    """Lists what is in a source, in name order; hidden files are left out.

    The source is one of those of `load_faces`, or an array; a list of files keeps its order. Archives and arrays in a
    folder are its `containers`, see `look_into_container`. Without `digits_too`, no array of 28x28 in gray is taken.

    Returns:
        A `Listing`.

    Raises:
        ValueError: If it is a damaged archive or array.
    """
    if isinstance(source, (list, tuple)):
        return Listing(photos=[(str(path), partial(_read_file, find_path(path))) for path in source])
    if isinstance(source, np.ndarray):
        return Listing(photos=array_entries(source))
    if os.path.isdir(source):
        return _look_into_folder(os.path.realpath(source))
    parts = parts_of(source)
    if len(parts) > 1:
        return _look_into_parts(parts)
    return look_into_container(source, digits_too=digits_too) or _look_at_file(source)


def look_into_container(file, described=None, depth=NESTED, digits_too=True):
    """Lists an archive or an array; of an archive without photos, the first archive or array in it that has some.

    Args:
        file: A path, or an open file.
        described: How a message names it; `None`: the path.
        depth: So many archives may be packed into it.
        digits_too: Whether images of 28x28 in gray are taken, which may be MNIST's.

    Returns:
        A `Listing`, or `None` if the file is neither an archive nor an array.

    Raises:
        ValueError: If it is damaged.
    """
    described = shown_path(file) if described is None else described
    head, name = _read_head(file), described.lower()
    kind = is_container(head)
    if kind == ARRAY or name.endswith(ARRAY_SUFFIXES) or _is_npz(file, head):
        images, remark = read_array(file, described)
        if looks_like_digits(images) and not digits_too:
            return Listing(others=[f"{os.path.basename(described)} (28x28 in gray: digits?)"], looked_at=1)
        return Listing(photos=array_entries(images), looked_at=1, remark=remark)
    listing = list_archive(file, described) if kind or name.endswith(CONTAINER_SUFFIXES) else None
    if listing is None or listing.photos or not depth:
        return listing
    for index, (name, open_file) in enumerate(listing.containers):
        try:
            inner = look_into_container(open_file(), f"{described}/{name}", depth - 1, digits_too)
        except Exception as error:
            listing.unused.append((name, describe_error(error).removeprefix("load_faces: ")))
            continue
        if inner and inner.photos:
            photos = [(f"{name}/{photo}", read) for photo, read in inner.photos]
            remark = f"its {name}" + (f", {inner.remark}" if inner.remark else "")
            unused = listing.unused + inner.unused
            unused += [(other, BESIDE_IN_ARCHIVE) for other, _ in listing.containers[index + 1 :]]
            return Listing(photos, unused, inner.containers, looked_at=inner.looked_at, remark=remark)
        listing.others.append(name)
    return listing


def unused_beside_photos(listing):
    """Returns the archives and arrays in a folder that has photos too, as `(name, reason)`."""
    return [(name, BESIDE_PHOTOS) for name, _ in listing.containers if not is_for_others(name)]


def _look_into_parts(parts):
    """Lists the zips of one download as if they were one: Drive does not keep the order of the files."""
    whole = Listing(unused=missing_parts(parts), remark=f"{len(parts)} parts of one download")
    for part in parts:
        listing = look_into_container(part) or _look_at_file(part)
        whole.photos += listing.photos
        whole.unused += listing.unused
        whole.containers += listing.containers
        whole.others += listing.others
        whole.looked_at += listing.looked_at
    return whole.sort()


def _look_at_file(path):
    listing = Listing()
    listing.add(str(path), partial(_read_file, path), partial(_read_head, path), None)
    if listing.others or listing.containers:  # It was named, so it is tried, and what is wrong with it is said.
        return Listing([(str(path), partial(_read_file, path))], looked_at=1)
    return listing


def _look_into_folder(root):
    listing, pending = Listing(), [(root, "")]
    while pending:
        folder, prefix = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:  # For example: no permission.
            listing.photos.append((prefix or folder, partial(refuse, describe_error(error))))
            continue
        if prefix and not entries:
            listing.others.append(f"{prefix} (empty)")
        for entry in entries:
            name, problem, is_photo = prefix + entry.name, None, is_called_photo(entry.name)
            if is_hidden(entry.name) or entry.name.endswith(CACHE_SUFFIX):
                continue
            if entry.is_symlink() and os.path.commonpath([root, os.path.realpath(entry.path)]) != root:
                problem, is_photo = "a link out of the folder", is_photo or entry.is_dir()
                # An archive may be a link: Colab's first cell makes one to Drive.
                if not is_photo and entry.is_file() and is_container(_read_head(entry.path)):
                    problem = None
            elif entry.is_dir():
                problem = "a directory"
                # Do not follow a link to a folder inside the root: a link to a parent would be an endless loop.
                if not is_photo and not entry.is_symlink():
                    pending.append((entry.path, name + "/"))
            if not is_photo and (problem or not entry.is_file()):
                continue
            readable_name = os.fsencode(name).decode("utf-8", "backslashreplace")
            read = partial(_read_file, entry.path)
            if is_photo:
                problem = problem if readable_name == name else "its name is not UTF-8, rename it"
                listing.add_photo(readable_name, read, problem)
            else:
                listing.add(readable_name, read, partial(_read_head, entry.path), partial(str, entry.path))
    return listing.sort()


def _is_npz(file, head):
    """Says whether a zip is one of NumPy's: each file in it is an array."""
    # The first file's name stands at the beginning, so that a large zip is not listed twice.
    if not head.startswith(b"PK") or not head[30 : 30 + int.from_bytes(head[26:28], "little")].endswith(b".npy"):
        return False
    try:
        names = zipfile.ZipFile(file).namelist()
    except Exception:  # It is damaged; whoever reads it says so.
        return False
    return bool(names) and all("/" not in name and name.endswith(".npy") for name in names)


def _read_head(path):
    if hasattr(path, "read"):
        path.seek(0)
        head = path.read(HEAD_BYTES)
        path.seek(0)
        return head
    if not stat.S_ISREG(os.stat(path).st_mode):  # Opening a pipe would wait for ever.
        return b""
    with open(path, "rb") as file:
        return file.read(HEAD_BYTES)


def _read_file(path):
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("a directory" if stat.S_ISDIR(status.st_mode) else "not a file")
    if status.st_size > MAX_BYTES:
        raise ValueError(f"{status.st_size:,} bytes, too large")
    with open(path, "rb") as file:
        return file.read()
