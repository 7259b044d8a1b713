"""The images to train on: MNIST, and faces from wherever there are any."""

import gzip
import hashlib
import io
import os
import struct
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np

from dcgan_lib.atomic import atomic_write
from dcgan_lib.photo_cache import PhotoCache
from dcgan_lib.photos import SUFFIXES, list_photos, shrink_photos

COURSE = Path(__file__).resolve().parent.parent
MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_URL_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
# Of the 60,000 images themselves, in whatever file they come: Fashion-MNIST comes in files of the same names.
MNIST_IMAGES_SHA256 = "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"
MNIST_FILES = ("mnist.npz", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz")
DOWNLOAD_SECONDS = 10
COLOR_MODES = ("grayscale", "luminance", "rgb")
CACHE_ABOVE = 2_000  # Fewer photos are read again in a second or two: not worth a file that somebody wonders about.


class Images:
    """Images in memory, and where they came from. `np.asarray(images)`, `len(images)`, `images[:25]` are the array's.

    Args:
        array: uint8 `(n, height, width, channels)`, 0 to 255.
        source: One line: what they are, how many, and from where.
        skipped: List of `(name, reason)` of the files that could not be used.
    """

    def __init__(self, array, source, skipped=()):
        self._array = array
        self.shape = array.shape
        self.source = source
        self.skipped = list(skipped)

    def __len__(self):
        return len(self._array)

    def __getitem__(self, index):
        return self._array[index]

    def __array__(self, dtype=None, copy=None):
        return np.array(self._array, dtype=dtype, copy=copy)

    def __repr__(self):
        return f"Images{self.shape}: {self.source}"


def course_path(path):
    """Says where a path of the course is, wherever the notebook's kernel was started.

    `None` stays `None`, and an absolute path as it is. A relative one starts at the course's root, the folder
    that holds `dcgan_lib/` and `notebooks/`; without such a folder at the working folder.
    """
    return None if path is None else _course_root() / Path(path).expanduser()


def _course_root():
    if (COURSE / "notebooks").is_dir():
        return COURSE
    here = Path.cwd()
    above = (at for at in (here, *here.parents) if (at / "dcgan_lib").is_dir() and (at / "notebooks").is_dir())
    return next(above, here)


def _shown(path):
    """Names a file as outputs may show it: with nothing of the machine that they were made on."""
    path, root = Path(os.path.abspath(path)), _course_root()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])


def named_path(caller, path):
    """Returns what the argument or `DCGAN_DATA` names, or `None` if neither does."""
    path, who = (os.environ.get("DCGAN_DATA") or None, "DCGAN_DATA names ") if path is None else (path, "")
    if path is None:
        return None
    for found in (Path(path).expanduser(), course_path(path)):
        if found.exists():
            return found
    raise FileNotFoundError(
        f"{caller}: {who}'{path}', and there is no such file or folder. Correct the name, or leave it out (None) "
        f"for what the course finds by itself."
    )


def load_mnist(data_dir=None):
    """Loads the 60,000 training images of MNIST, or digits that this project draws where there is no MNIST.

    Args:
        data_dir: A folder with `mnist.npz` (as Keras writes it) or the idx files, plain or `.gz`
            (Fashion-MNIST in these forms works too). `None`: the folder that `DCGAN_DATA` names; or
            else `data/`, then what Keras downloaded before, then the download of that file, tried
            once and for 10 seconds at most, then 10,000 drawn digits.

    Returns:
        `Images`, uint8 `(n, 28, 28, 1)`, 0 to 255; `source` says what was found.

    Raises:
        FileNotFoundError: If a folder is named and has no MNIST.
        ValueError: If the file is damaged.
    """
    named = named_path("load_mnist", data_dir)
    keras_home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    for folder in [named] if named else [course_path("data"), keras_home / "datasets"]:
        for path in (folder / name for name in MNIST_FILES):
            if path.is_file():
                return _read_mnist(path)
    if named:
        raise FileNotFoundError(
            f"load_mnist: no {', '.join(MNIST_FILES)} in '{named}'. Put one of them there, or leave "
            f"data_dir=None for what the course finds by itself."
        )
    content, problem = _download(MNIST_URL, MNIST_URL_SHA256, DOWNLOAD_SECONDS)
    if content is None:
        from dcgan_lib.samples import draw_digits

        digits = draw_digits(10_000)[0][..., np.newaxis]
        return Images(digits, f"{len(digits):,} digits drawn by dcgan_lib.samples (no MNIST in data/, and {problem})")
    path = course_path("data/mnist.npz")
    try:
        path.parent.mkdir(exist_ok=True)
        with atomic_write(path, "wb") as file:
            file.write(content)
    except OSError:
        pass  # No right to write there: it is downloaded again next time.
    return _read_mnist(path, io.BytesIO(content))


def _read_mnist(path, file=None):
    try:
        if path.suffix == ".npz":
            with np.load(file or path, allow_pickle=False) as arrays:
                images = arrays["x_train"]
        else:
            with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
                magic, *shape = struct.unpack(">4i", stream.read(16))
                images = np.frombuffer(stream.read(), "uint8").reshape(shape)
            if magic != 0x803:
                raise ValueError("it does not begin like an idx file of images")
        if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or not len(images):
            raise ValueError(f"it holds {images.dtype} {images.shape}")
    except Exception as error:
        raise ValueError(
            f"load_mnist: '{_shown(path)}' is damaged or no MNIST, uint8 (n, 28, 28): {error or type(error).__name__}. "
            f"Delete it, or put a good one in its place."
        ) from None
    if hashlib.sha256(images.tobytes()).hexdigest() == MNIST_IMAGES_SHA256:
        source = f"MNIST: {len(images):,} digits from {_shown(path)}"
    else:
        source = f"{len(images):,} images from {_shown(path)}"
    return Images(images[..., np.newaxis], source)


def _download(url, sha256, seconds):
    """Returns the bytes behind a URL (or `None`) and what went wrong. It takes `seconds` at most, all in all."""
    result, deadline = {"problem": f"its download took over {seconds} seconds"}, time.monotonic() + seconds

    def fetch():
        try:
            content = bytearray()
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                while time.monotonic() < deadline:
                    block = answer.read1(2**16)
                    content += block
                    if not block:
                        good = hashlib.sha256(content).hexdigest() == sha256
                        result.update({"content": bytes(content)} if good else {"problem": "another file was sent"})
                        break
        except urllib.error.HTTPError as error:
            result["problem"] = f"the server answered {error.code}"
        except Exception:
            result["problem"] = "no network"

    # A thread that may be left behind: the look-up of the server's name cannot be given a time limit.
    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(seconds)
    return result.get("content"), result["problem"]


def load_faces(source=None, color_mode="grayscale", channel=0, image_size=28, limit=None, crop=None):
    """Loads photos as small squares, or faces that this project draws where there are no photos.

    The defaults are the lecture's: CelebA's 178x218 portraits, squeezed into 28x28, in one colour channel.

    Args:
        source: A folder (with its sub-folders), a `.zip` (read in place), a `.npz` or `.npy` of uint8
            images, or a list of files (kept in its order; else it is name order). A folder that
            holds `img_align_celeba_small/`, `img_align_celeba/` or `img_align_celeba*.zip` stands for the
            first of these. `None`: the folder that `DCGAN_DATA` names; or else `data/`, then 100 drawn faces.
        color_mode: `"grayscale"`: the one `channel` of the colour photo, as in the lecture;
            `"luminance"`: its brightness, 0.299 R + 0.587 G + 0.114 B; `"rgb"`: all three.
        channel: What `"grayscale"` takes: 0 red, 1 green, 2 blue.
        image_size: Height and width, a multiple of 4.
        limit: Takes only the first so many files.
        crop: `None` squeezes the whole photo into the square: a 178x218 face gets wider by a fifth.
            `"square"` first cuts out the largest square in the middle (178x178, without the 20 rows
            at the top and the 20 at the bottom): the face keeps its proportions.

    Returns:
        `Images`, uint8 `(n, image_size, image_size, channels)`, 0 to 255; 3 channels for `"rgb"`, else 1.
        `skipped` says which files could not be read and why. Of more than 2,000 photos a cache is
        written beside the source, or into `data/`; when the source changes it is made anew.

    Raises:
        FileNotFoundError: If `source` is not there, or holds no photos.
        ValueError: If an argument is not as above, or more than half of the photos cannot be read.
    """
    for name, value, good, expected in (
        ("color_mode", color_mode, color_mode in COLOR_MODES, f"one of {', '.join(COLOR_MODES)}"),
        ("channel", channel, channel in (0, 1, 2), "0 (red), 1 (green) or 2 (blue)"),
        ("image_size", image_size, _is_count(image_size) and image_size % 4 == 0, "a multiple of 4, as 28 or 64"),
        ("limit", limit, limit is None or _is_count(limit), "None (all), or a whole number of at least 1"),
        ("crop", crop, crop in (None, "square"), "None or 'square'"),
    ):
        if not good:
            raise ValueError(f"load_faces: {name} must be {expected}. Received: {name}={value!r}.")
    options = {"image_size": image_size, "color_mode": color_mode, "channel": channel, "crop": crop}
    if isinstance(source, (list, tuple)):
        return _load_photos(source, limit, options)
    named = named_path("load_faces", source)
    try:
        return _load_photos(_find_faces(named or course_path("data")), limit, options)
    except FileNotFoundError:
        if named:
            raise
    from dcgan_lib.samples import draw_faces

    faces, _ = shrink_photos(list_photos(draw_faces(100))[:limit], **options)
    return Images(faces, f"{len(faces):,} faces drawn by dcgan_lib.samples (no photos in data/)")


def _is_count(value):
    return isinstance(value, (int, np.integer)) and value >= 1


def _find_faces(path):
    folders = [path / "img_align_celeba_small", path / "img_align_celeba"]
    return next((at for at in (*folders, *sorted(path.glob("img_align_celeba*.zip"))) if at.exists()), path)


def _load_photos(source, limit, options):
    is_list = isinstance(source, (list, tuple))
    where = f"a list of {len(source):,} files" if is_list else _shown(source)
    is_many = not is_list and (source.is_dir() or source.suffix.lower() == ".zip")
    cache = PhotoCache(source, course_path("data"), limit=limit, **options) if is_many else None
    if cache and (found := cache.read()):
        (images, skipped), remark = found, ", from its cache"
    else:
        photos = list_photos(source)[:limit]
        if not photos:
            looked = sum(path.is_file() for path in source.rglob("*")) if is_many and source.is_dir() else 1
            raise FileNotFoundError(
                f"load_faces: no {', '.join(SUFFIXES)} under '{where}' (looked at {looked:,} files). Put photos "
                f"there, or leave source=None for the drawn sample faces."
            )
        images, skipped = shrink_photos(photos, **options)
        if len(skipped) > len(images):
            reasons = Counter(reason for _, reason in skipped).most_common(3)
            raise ValueError(
                f"load_faces: {len(skipped):,} of {len(photos):,} photos in '{where}' could not be read "
                f"({', '.join(f'{count:,} {reason}' for reason, count in reasons)}; first: {skipped[0][0]}). "
                f"Look at that one; name another source, or remove the bad ones."
            )
        remark = ", its damaged cache was made anew" if cache and cache.was_damaged else ""
        if cache and len(photos) > CACHE_ABOVE:
            cache.write(images, skipped)
    if skipped:
        remark += f", {len(skipped):,} skipped, first: {skipped[0][0]} ({skipped[0][1]})"
    return Images(images, f"{len(images):,} photos from {where}{remark}", skipped)
