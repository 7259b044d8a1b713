"""Photos of any kind, from a folder, a zip, a list of files or an array, to one uint8 array of small squares."""

import contextlib
import io
import os
import pickle
import signal
import stat
import subprocess
import sys
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from PIL import Image, ImageOps
from tqdm import tqdm

from dcgan_lib.system.machine import usable_cores
from dcgan_lib.system.paths import INSTALLED_IN

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")
FORMATS = ("JPEG", "PNG", "BMP", "WEBP")
MAX_BYTES = 256 * 2**20  # No photo is as large; a zip bomb, or a film renamed to .jpg, is.
ORIENTATION = 0x0112
CHUNK = 64
WORKERS = min(8, usable_cores())
HELPERS_ABOVE = 2_000  # To start a process takes about as long as a thousand photos.


def list_photos(source):
    """Lists the photos of a source, in name order, without reading them.

    Args:
        source: A folder (with its sub-folders), a `.zip`, a `.npz` or `.npy` of uint8 `(n, height, width)`
            or `(n, height, width, 1 or 3)`, such an array, or a list of files (kept in its order).

    Returns:
        A list of `(name, read)`; `read()` returns the bytes of the file, or an array, or raises for
        what is seen to be no photo already from outside. Hidden files are not in it.

    Raises:
        ValueError: If the zip or the array file is damaged.
    """
    if isinstance(source, (list, tuple)):
        return [(str(path), partial(_read_file, path)) for path in source]
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
        except OSError as error:  # No right to look into it.
            photos.append((prefix or folder, partial(_refuse, describe(error))))
            continue
        for entry in entries:
            name, problem, is_photo = prefix + entry.name, None, entry.name.lower().endswith(SUFFIXES)
            if _is_hidden(entry.name):
                continue
            if entry.is_symlink() and os.path.commonpath([root, os.path.realpath(entry.path)]) != root:
                problem, is_photo = "a link out of the folder", is_photo or entry.is_dir()
            elif entry.is_dir():
                problem = "a directory"
                # What a link to a folder leads to is read where it is; so a link to a parent is no endless loop.
                if not is_photo and not entry.is_symlink():
                    pending.append((entry.path, name + "/"))
            if is_photo:
                shown = os.fsencode(name).decode("utf-8", "backslashreplace")
                problem = problem if shown == name else "its name is not UTF-8, rename it"
                photos.append((shown, partial(_refuse, problem) if problem else partial(_read_file, entry.path)))
    return photos


def _list_zip(path):
    try:
        archive = zipfile.ZipFile(path)  # Stays open: its members are read later, in place, by several threads.
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
            f"1 or 3): {describe(error)}. Put a good one in its place."
        ) from None


def _is_hidden(name):
    # "__MACOSX/._000001.jpg" and the like: what a Mac adds for every file when it packs a folder.
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


def describe(error):
    """Says in a few words why a photo could not be read."""
    if isinstance(error, Image.UnidentifiedImageError):
        return "not an image"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return "too many pixels, a decompression bomb"
    if isinstance(error, zipfile.BadZipFile):
        return "damaged in the zip"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return "truncated" if "truncated" in text.lower() else text


def open_photo(content, draft_size=None):
    """Opens the bytes of a photo, or an array, as a `PIL.Image` of mode L or RGB, upright, 8 bits a channel.

    What is transparent is laid on white. With `draft_size` a JPEG is decoded at a fraction of its size (fast),
    with no side below that many pixels. Raises what Pillow raises for a bad file; see `describe`.
    """
    if isinstance(content, np.ndarray):
        return Image.fromarray(content[..., 0] if content.shape[2:] == (1,) else content)
    if isinstance(content, str) or not content:
        raise ValueError(content or "0 bytes")
    photo = Image.open(io.BytesIO(content), formats=FORMATS)
    if draft_size:
        photo.draft(None, (draft_size, draft_size))
    if photo.getexif().get(ORIENTATION, 1) != 1:
        photo = ImageOps.exif_transpose(photo)
    if photo.mode.startswith("I"):  # 16 bits. Pillow's convert() would clip what is above 255 to white.
        return Image.fromarray(np.rint(np.asarray(photo, dtype="float32") / 257).astype("uint8"))
    if photo.mode in ("RGBA", "LA", "PA") or "transparency" in photo.info:
        photo = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", photo.size, "white"), photo).convert("RGB")
    photo.load()
    return photo if photo.mode in ("L", "RGB") else photo.convert("L" if photo.mode == "1" else "RGB")


def each_chunk(photos, work):
    """Reads photos and calls `work(start, contents)` for 64 at a time, in threads; a progress bar if it takes long.

    `contents` are what `open_photo` takes; for a photo that could not be read, the reason as a `str`.
    """

    def work_on(start):
        contents = []
        for _, read in photos[start : start + CHUNK]:
            try:
                contents.append(read())
            except Exception as error:
                contents.append(describe(error))
        work(start, contents)
        return len(contents)

    with ignored_warnings(), ThreadPoolExecutor(WORKERS) as pool:
        try:
            # Nothing is shown in the first two seconds; then a line of text at most every two.
            with tqdm(total=len(photos), unit=" photos", delay=2, mininterval=2) as progress:
                for count in pool.map(work_on, range(0, len(photos), CHUNK)):
                    progress.update(count)
        except BaseException:
            pool.shutdown(cancel_futures=True)  # Ctrl-C need not wait for the rest.
            raise


@contextlib.contextmanager
def ignored_warnings():
    """Keeps Pillow's "Corrupt EXIF data" and the like quiet, and makes its warning of a decompression bomb an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield


def shrink_chunk(contents, image_size, color_mode, channel, crop):
    """Makes small squares of what `each_chunk` reads; see `load_faces` for the other arguments.

    Returns:
        uint8 `(n, image_size, image_size, channels)`, and a dict, position to reason, of those that are no good.
    """
    images, bad = np.zeros((len(contents), image_size, image_size, 3 if color_mode == "rgb" else 1), "uint8"), {}
    for index, content in enumerate(contents):
        try:
            photo = open_photo(content, draft_size=2 * image_size)
            if color_mode == "rgb":
                photo = photo.convert("RGB") if photo.mode == "L" else photo
            elif photo.mode == "RGB":
                photo = photo.convert("L") if color_mode == "luminance" else photo.getchannel(channel)
            if crop == "square":
                side = min(photo.size)
                left, top = (photo.width - side) // 2, (photo.height - side) // 2
                photo = photo.crop((left, top, left + side, top + side))
            images[index] = np.asarray(photo.resize((image_size, image_size))).reshape(images.shape[1:])
        except Exception as error:  # One bad file never ends a run, whatever it makes a decoder raise.
            bad[index] = describe(error)
    return images, bad


def shrink_photos(photos, **options):
    """Reads photos into an array of small squares; `options` as for `shrink_chunk`.

    Many photos are decoded in helper processes. Threads alone wait for each other's turn at Python's lock
    several times a photo; and `multiprocessing` would start the notebook's imports, TensorFlow too, again.

    Returns:
        uint8 `(n, image_size, image_size, channels)` of the good ones, and a list of `(name, reason)` of the others.
    """
    channels, size, bad = 3 if options["color_mode"] == "rgb" else 1, options["image_size"], {}
    images = np.empty((len(photos), size, size, channels), dtype="uint8")

    def shrink(start, contents):
        result = None
        if idle:
            helper = idle.pop()
            with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError):
                pickle.dump((contents, options), helper.stdin)
                helper.stdin.flush()
                result = pickle.load(helper.stdout)
                idle.append(helper)
        # Here if there are few, and if a helper died: it is asked no more, and what it had is done here.
        images[start : start + len(contents)], wrong = result or shrink_chunk(contents, **options)
        bad.update({start + index: reason for index, reason in wrong.items()})

    with start_helpers(WORKERS if len(photos) > HELPERS_ABOVE else 0) as idle:
        each_chunk(photos, shrink)
    if bad:
        good = [index for index in range(len(photos)) if index not in bad]
        for place, index in enumerate(good):  # In place: all of CelebA need not be there twice.
            images[place] = images[index]
    return images[: len(photos) - len(bad)], [(photos[index][0], bad[index]) for index in sorted(bad)]


@contextlib.contextmanager
def start_helpers(count):
    """Starts processes that run `help_out`; yields a list of those that could be started, and ends them."""
    path = os.pathsep.join([str(INSTALLED_IN), os.environ.get("PYTHONPATH", "")])
    helpers = []
    with contextlib.suppress(OSError):
        for _ in range(count):
            command = [sys.executable, "-c", "from dcgan_lib.data.photos import help_out; help_out()"]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            helpers.append(subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, **pipes))
    try:
        yield list(helpers)
    finally:
        for helper in helpers:
            helper.kill()
            with contextlib.suppress(OSError):
                helper.communicate()


def help_out():
    """What a helper process does: chunks come in, small squares go out, until nothing comes any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C and the stop button are for the notebook, which ends this.
    with ignored_warnings(), contextlib.suppress(EOFError):
        while True:
            contents, options = pickle.load(sys.stdin.buffer)
            pickle.dump(shrink_chunk(contents, **options), sys.stdout.buffer)
            sys.stdout.buffer.flush()
