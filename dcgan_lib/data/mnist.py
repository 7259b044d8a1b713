"""MNIST from a file or from the network, or drawn digits where there is neither."""

import contextlib
import hashlib
import io
import os
import re
from pathlib import Path

import numpy as np

from dcgan_lib.data.digit_files import Damaged, DigitFile, NotDigits, list_digit_files
from dcgan_lib.data.digit_reading import read_digits_file
from dcgan_lib.data.download import download
from dcgan_lib.data.drawn_digits import draw_digits
from dcgan_lib.data.images import Images
from dcgan_lib.system.defaults import numpy_defaults
from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.paths import course_path, home, named_path, shown_path

MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_URL_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
# Of the 60,000 images, whatever file holds them. It tells MNIST from Fashion-MNIST, whose files have the same names.
MNIST_IMAGES_SHA256 = "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"
MNIST_FILES = ("mnist.npz", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz")
DOWNLOAD_SECONDS = 10
# What is called so is meant to be digits: if it cannot be used, that is an error and not a remark.
_MEANT = re.compile(r"(mnist|digit).*\.(npz|npy|csv|gz|bz2|xz)$|images.*ubyte", re.I)


@numpy_defaults()
def load_mnist(data_dir=None):
    """Loads the 60,000 training images of MNIST, or draws digits where there is no MNIST.

    What a file is, its first bytes say: `mnist.npz` (as Keras writes it, or with other usual names in it), the idx
    files, plain or `.gz`, a table (CSV) of 784 pixels a line as on Kaggle, `.npy`, or a zip or tar of one of these.
    Fashion-MNIST, K-MNIST and E-MNIST in these forms work too.

    Args:
        data_dir: A folder (with its sub-folders) or a file. A relative one is looked for in the course's folder, then
            in the working folder. `None`: the folder that `DCGAN_DATA` names; or else `data/`, then what Keras
            downloaded before, then a download, tried once and for at most 10 seconds, then 10,000 drawn digits.
            A folder of photos only is passed over.

    Returns:
        `Images`, uint8 `(n, 28, 28, 1)`, 0 to 255; `source` says what was found, and `skipped` what was passed over.

    Raises:
        FileNotFoundError: If a folder is named and has neither MNIST nor photos in it.
        ValueError: If what is there cannot be used: it is damaged, or holds something else.
    """
    passed_over = []
    named = named_path("load_mnist", data_dir)
    images = _load_named(named, passed_over) if named else None
    if images is None:
        images = _load_from(course_path("data"), passed_over, must_be_good=True)
    if images is None:
        images = _load_from_keras(passed_over)
    return _load_from_network(passed_over) if images is None else images


def _load_named(path, passed_over):
    found, problems, photos = _search(path)
    if not found and not path.is_dir() and any("labels" in str(error) for _, error in problems):
        path = path.parent  # The file of the labels was named: the images lie beside it.
        found, problems, photos = _search(path)
    if found:
        return _describe(*found, passed_over + _list_problems(problems))
    _raise_first([problem for problem in problems if path.is_file() or _is_meant(problem)])
    if photos:
        passed_over.append((str(path), "it holds photos and no digits"))
        return None
    seen = [f"{file.name} ({error})" for file, error in problems]
    more = f" and {len(seen) - 3:,} more" if len(seen) > 3 else ""
    raise FileNotFoundError(
        f"load_mnist: no {', '.join(MNIST_FILES)}, no table of 784 pixels and no zip of one in '{path}' or "
        f"its folders. Seen there: {', '.join(seen[:3]) or 'nothing'}{more}.\nPut one of them there, or leave "
        f"data_dir=None for what the course finds by itself."
    )


def _load_from(folder, passed_over, must_be_good=False, of_keras=False):
    if not folder.is_dir():
        return None
    found, problems, _ = _search(folder, of_keras)
    if not found and must_be_good:
        _raise_first([problem for problem in problems if _is_meant(problem)])
    passed_over += _list_problems(problems)
    return _describe(*found, passed_over) if found else None


def _load_from_keras(passed_over):
    folder = os.environ.get("KERAS_HOME") or (home() and home() / ".keras")
    return _load_from(Path(folder) / "datasets", passed_over, of_keras=True) if folder else None


def _load_from_network(passed_over):
    content, problem = download(MNIST_URL, MNIST_URL_SHA256, DOWNLOAD_SECONDS)
    if content is None:
        digits = draw_digits(10_000)[0][..., np.newaxis]
        source = f"{len(digits):,} digits drawn by dcgan_lib (no MNIST in data/, and {problem})"
        return Images(digits, source + _remark(passed_over), passed_over)
    path = course_path("data/mnist.npz")
    with contextlib.suppress(OSError):  # The folder is read-only: it is downloaded again next time.
        path.parent.mkdir(exist_ok=True)
        with atomic_write(path, "wb") as file:
            file.write(content)
    file = DigitFile(path.name, path, open_file=lambda: io.BytesIO(content))
    return _describe(file, *read_digits_file(file), passed_over)


def _search(path, of_keras=False):
    """Reads the first good file: `(file, images, remark)` or None, the `(file, error)` before it, how many photos."""
    problems = []
    try:
        files, photos = list_digit_files(path)
    except OSError as error:
        return None, [(DigitFile(path.name, path), error)], 0
    if of_keras:  # Keras keeps Fashion-MNIST and others beside it, which nobody has asked for.
        files = [file for file in files if file.name.lower().startswith(("mnist", "train-images"))]
    for file in files:
        try:
            return (file, *read_digits_file(file)), problems, photos
        except (Damaged, NotDigits, OSError) as error:
            problems.append((file, error))
    return None, problems, photos


def _is_meant(problem):
    file, error = problem
    return isinstance(error, OSError) or bool(_MEANT.search(file.name))


def _raise_first(problems):
    for file, error in problems:
        if isinstance(error, OSError):
            raise OSError(
                f"load_mnist: '{file}' could not be read ({error.strerror or error}). Try again, or give the right to "
                f"read it."
            ) from None
        if isinstance(error, Damaged):
            raise ValueError(
                f"load_mnist: '{file}' is damaged: {error}. Delete it, or put a good one in its place."
            ) from None
        raise ValueError(
            f"load_mnist: '{file}' holds no digits as needed, images of 28x28: {error}. Name another file, or put "
            f"mnist.npz in its place."
        )


def _list_problems(problems):
    told = [
        (file, error) for file, error in problems if "labels" not in str(error) and "no known form" not in str(error)
    ]
    return [
        (str(file), f"it is damaged: {error}. Delete it" if isinstance(error, Damaged) else str(error))
        for file, error in told
    ]


def _remark(passed_over):
    return "".join(f"; passed over: '{name}' ({reason})" for name, reason in passed_over)


def _describe(file, images, remark, passed_over):
    where = shown_path(file.path) + (f": {file.member}" if file.member else "") + (f", {remark}" if remark else "")
    is_mnist = hashlib.sha256(images).hexdigest() == MNIST_IMAGES_SHA256
    what = f"MNIST: {len(images):,} digits" if is_mnist else f"{len(images):,} images"
    return Images(images[..., np.newaxis], f"{what} from {where}{_remark(passed_over)}", passed_over)
