"""Images that somebody saved as an array: which one of a file it is, which axis is what, and how far values reach."""

import re
from functools import partial

import numpy as np

from dcgan_lib.data.listing import BadSource
from dcgan_lib.data.photo_decoding import describe_error
from dcgan_lib.data.value_range import scale_to_bytes

SMALLEST = 8  # An axis of fewer pixels is none of an image: landmarks are (n, 68, 2).
CHANNELS = (1, 3, 4)
EXPECTED = (
    "uint8 or float (n, height, width), or (n, height, width, channels) or (n, channels, height, width) with 1, 3 or "
    "4 channels"
)


def read_array(file, described):
    """Finds the images in a `.npy` or `.npz`; nothing in it is ever run.

    Args:
        file: A path, or an open file.
        described: How a message names it.

    Returns:
        The array, `(n, height, width)` or `(n, height, width, 1, 3 or 4)`, of any numeric type; and a remark which
        one of several arrays it is, or `""`.

    Raises:
        ValueError: If the file is damaged, or no array in it looks like images.
    """
    try:
        is_path = not hasattr(file, "read")
        loaded = np.load(file, mmap_mode="r" if is_path else None, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            images = as_images(loaded)
            if images is None:
                raise ValueError(f"it holds {loaded.dtype} {loaded.shape}")
            return images, ""
        seen = []
        for name in sorted(loaded.files, key=_rank):
            try:
                array = loaded[name]
            except ValueError:  # Objects of Python, which could run anything when they are read.
                seen.append(f"{name}: objects of Python")
                continue
            images = as_images(array)
            if images is not None:
                return images, f"its array {name}" if len(loaded.files) > 1 else ""
            seen.append(f"{name}: {array.dtype} {array.shape}")
        raise ValueError(f"it holds {', '.join(seen[:5]) or 'no arrays'}")
    except Exception as error:
        is_object = "allow_pickle" in str(error) or "Python objects" in str(error)
        reason = "it holds objects of Python" if is_object else describe_error(error)
        raise BadSource(
            f"load_faces: '{described}' is damaged or not as needed, {EXPECTED}: {reason}. Put a good one in its place."
        ) from None


def as_images(array):
    """Returns an array as `(n, height, width)` or `(n, height, width, channels)`, or `None` if it is no images."""
    if array.dtype.kind not in "uif" or array.size == 0:
        return None
    if array.ndim == 4 and array.shape[3] not in CHANNELS and array.shape[1] in CHANNELS:
        array = np.moveaxis(array, 1, 3)
    elif array.ndim == 3 and array.shape[2] in CHANNELS:  # One photo.
        array = array[np.newaxis]
    is_shaped = array.ndim == 3 or (array.ndim == 4 and array.shape[3] in CHANNELS)
    return array if is_shaped and min(array.shape[1:3]) >= SMALLEST else None


def looks_like_digits(images):
    """Says whether images have the form of MNIST's: what lies in `data/` in that form is not for faces."""
    return images.shape[1:3] == (28, 28) and images.shape[3:] in ((), (1,))


def array_entries(images):
    """Lists the images of an array as `(name, read)`; `read()` returns uint8, scaled by the range of all of them."""
    lowest, highest = np.fmin.reduce(images, axis=None), np.fmax.reduce(images, axis=None)
    return [(f"image {index}", partial(_as_bytes, image, lowest, highest)) for index, image in enumerate(images)]


def _as_bytes(image, lowest, highest):
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        raise ValueError("a value is not a number")
    return scale_to_bytes(image, lowest, highest)


def _rank(name):
    """What is said to be training data comes first, tests and what is no image last; then what is said to be images."""
    words = re.findall(r"[a-z]+", name.lower())
    is_other = any(word in ("y", "label", "labels", "mask", "masks", "target", "targets") for word in words)
    is_test = any(word.startswith(("test", "val")) or word.endswith("test") for word in words if word != "values")
    is_train = any(word.startswith("train") or word.endswith("train") for word in words)
    is_said = any(word in ("image", "images", "img", "imgs", "face", "faces", "photo", "photos", "x") for word in words)
    return is_other, is_test, not is_train, not is_said
