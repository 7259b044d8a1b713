"""Lists the photos of a folder, a zip, a list of files or an array, without decoding them."""

import os
import stat
import zipfile
from functools import partial

import numpy as np

from dcgan_lib.data.photo_decoding import describe_error
from dcgan_lib.system.paths import find_path

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
MAX_BYTES = 256 * 2**20  # No photo is this large, but a zip bomb is, or a film renamed to .jpg.


def list_photos(source):
    """Lists the photos of a source in name order, without reading them; hidden files are left out.

    The source is one of those of `load_faces`, or an array; a list of files keeps its order. Returns a list of
    `(name, read)`. `read()` returns the bytes of the file, or an array; it raises an error if the entry cannot be a
    photo, for example a directory.
    """
    if isinstance(source, (list, tuple)):
        return [(str(path), partial(_read_file, find_path(path))) for path in source]
    name = str(source).lower()
    if isinstance(source, np.ndarray) or name.endswith((".npz", ".npy")):
        images = source if isinstance(source, np.ndarray) else _load_array(source)
        return [(f"image {index}", partial(np.asarray, image)) for index, image in enumerate(images)]
    if os.path.isdir(source):
        photos = _list_folder(os.path.realpath(source))
    else:
        photos = _list_zip(source) if name.endswith(".zip") else [(str(source), partial(_read_file, source))]
    return sorted(photos, key=lambda photo: photo[0])


def _list_folder(root):
    photos, pending = [], [(root, "")]
    while pending:
        folder, prefix = pending.pop()
        try:
            entries = list(os.scandir(folder))
        except OSError as error:  # For example: no permission.
            photos.append((prefix or folder, partial(_refuse, describe_error(error))))
            continue
        for entry in entries:
            name, problem, is_photo = prefix + entry.name, None, entry.name.lower().endswith(SUFFIXES)
            if _is_hidden(entry.name):
                continue
            if entry.is_symlink() and os.path.commonpath([root, os.path.realpath(entry.path)]) != root:
                problem, is_photo = "a link out of the folder", is_photo or entry.is_dir()
            elif entry.is_dir():
                problem = "a directory"
                # Do not follow a link to a folder inside the root: a link to a parent would be an endless loop.
                if not is_photo and not entry.is_symlink():
                    pending.append((entry.path, name + "/"))
            if is_photo:
                readable_name = os.fsencode(name).decode("utf-8", "backslashreplace")
                problem = problem if readable_name == name else "its name is not UTF-8, rename it"
                read = partial(_refuse, problem) if problem else partial(_read_file, entry.path)
                photos.append((readable_name, read))
    return photos


def _list_zip(path):
    try:
        archive = zipfile.ZipFile(path)  # It stays open: several threads read its members later.
    except (zipfile.BadZipFile, UnicodeDecodeError, NotImplementedError) as error:
        raise ValueError(f"load_faces: '{path}' is damaged or no zip ({error}). Put a good one in its place.") from None
    photos = []
    for info in archive.infolist():
        name = info.filename.rstrip("/")
        if name.lower().endswith(SUFFIXES) and not any(map(_is_hidden, name.split("/"))):
            problem = "a directory" if info.is_dir() else "encrypted" if info.flag_bits & 1 else None
            problem = f"{info.file_size:,} bytes, too large" if info.file_size > MAX_BYTES else problem
            photos.append((name, partial(_refuse, problem) if problem else partial(archive.read, info)))
    return photos


def _load_array(path):
    try:
        images = np.load(path, mmap_mode="r", allow_pickle=False)
        if not isinstance(images, np.ndarray):
            images = images["images" if "images" in images else images.files[0]]
        if images.dtype != np.uint8 or images.ndim not in (3, 4) or images.shape[3:] not in ((), (1,), (3,)):
            raise ValueError(f"it holds {images.dtype} {images.shape}")
        return images
    except Exception as error:
        raise ValueError(
            f"load_faces: '{path}' is damaged or not as needed, uint8 (n, height, width) or (n, height, width, "
            f"1 or 3): {describe_error(error)}. Put a good one in its place."
        ) from None


def _is_hidden(name):
    # When a Mac packs a folder it adds "__MACOSX/._000001.jpg" and the like for every file.
    return name == "__MACOSX" or (name.startswith(".") and name != "..")


def _refuse(problem):
    raise ValueError(problem)


def _read_file(path):
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("a directory" if stat.S_ISDIR(status.st_mode) else "not a file")
    if status.st_size > MAX_BYTES:
        raise ValueError(f"{status.st_size:,} bytes, too large")
    with open(path, "rb") as file:
        return file.read()
