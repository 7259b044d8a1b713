"""Reads images of digits from whatever form MNIST comes in, told by its first bytes; the name decides nothing."""

import gzip
import io
import lzma
import re
import struct
import zipfile
import zlib

import numpy as np

from dcgan_lib.data.digit_files import Damaged, NotDigits
from dcgan_lib.data.digit_table import looks_like_a_table, read_table
from dcgan_lib.data.file_kinds import HEAD_BYTES, describe_kind, describe_unfinished, opener_of
from dcgan_lib.data.value_range import scale_to_bytes

# The third byte of an idx file says the type of its numbers, the fourth how many axes it has.
IDX_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
# What people call the images in an .npz, the likeliest first; labels and test images come after all others.
_TRAIN = re.compile(r"(?<![a-z])(x|images?|data|digits|arr)?_?(train|training)", re.I)
_TEST = re.compile(r"test|valid|t10k", re.I)
_UNPACKED = 2**31
_CUT_OFF = (EOFError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)


def read_digits_file(file):
    """Reads the images of a `DigitFile`.

    Returns:
        `(images, remark)`: uint8 `(n, 28, 28)`, 0 to 255, and a word on what was taken of it, or an empty string.

    Raises:
        Damaged: If it is provably broken.
        NotDigits: If it holds something else; the message says what.
        OSError: If it cannot be read.
    """
    try:
        content = file.read_head()
        if _is_known(content):  # Anything else may be a film of gigabytes.
            with file.open() as stream:
                content = stream.read()
    except (zipfile.BadZipFile, *_CUT_OFF) as error:
        raise Damaged(f"its content is not what was packed: {_text(error)}") from None
    except RuntimeError:
        raise NotDigits("it is encrypted: unpack it with its password") from None
    except NotImplementedError:
        raise NotDigits("it is packed in a way that Python does not read: unpack it") from None
    try:
        images, remark = _read_content(content, file.name.lower())
    except (Damaged, NotDigits):
        unfinished = describe_unfinished(file.name)
        if unfinished:
            raise NotDigits(f"it is {unfinished}") from None
        raise
    if "emnist" in file.name.lower() and "kemnist" not in file.name.lower():
        if remark.startswith("array "):
            return images, remark + "; E-MNIST's own images lie on their side, so look at them first"
        images = np.ascontiguousarray(images.transpose(0, 2, 1))
        remark = "E-MNIST's images lie on their side and were turned upright"
    return images, remark


def _read_content(content, name, unpacked=0):
    head = content[:HEAD_BYTES]
    if not content:
        raise Damaged("it is empty, 0 bytes")
    if opener := opener_of(head):
        if unpacked > 1:
            raise NotDigits("it is packed three times over")
        return _read_content(_unpack(content, opener), re.sub(r"\.(gz|bz2|xz)$", "", name), unpacked + 1)
    if head[:2] == b"\0\0" and head[2:3] and head[2] in IDX_TYPES:
        return as_digits(_read_idx(content)), ""
    if head.startswith(b"\x93NUMPY"):
        return as_digits(_read_array(io.BytesIO(content))), f"array {name.rsplit('/', 1)[-1]}"
    if head.startswith(b"PK"):
        return _read_arrays(content)
    if looks_like_a_table(head):
        return as_digits(read_table(content)), ""
    raise _other_kind(head, name)


def _is_known(head):
    is_idx = head[:2] == b"\0\0" and len(head) > 3 and head[2] in IDX_TYPES
    return is_idx or opener_of(head) or head.startswith((b"\x93NUMPY", b"PK")) or looks_like_a_table(head)


def as_digits(images):
    """Returns images in the form of MNIST: uint8 `(n, 28, 28)`, 0 to 255.

    Args:
        images: A numeric array `(n, 28, 28)`, with an axis of one channel or without, or `(n, 784)`.

    Raises:
        NotDigits: If it has another shape, or values in no known range.
    """
    if images.dtype.kind not in "buif":
        raise NotDigits(f"it holds {images.dtype} {images.shape}, and no numbers")
    if not _fits(images.shape) or not len(images):
        raise NotDigits(f"it holds {images.dtype} {images.shape}, not images of 28x28 in one channel")
    images = images.reshape(len(images), 28, 28)
    lowest, highest = images.min(), images.max()
    if images.dtype.kind == "f" and (1.01 < highest < 64 or lowest < -1.01):  # Shifted and scaled for a network.
        raise NotDigits(f"its images have values from {lowest:g} to {highest:g}, not in 0 to 255, 0 to 1 or -1 to 1")
    try:
        return np.ascontiguousarray(scale_to_bytes(images.astype("uint8") if images.dtype == bool else images))
    except ValueError as error:
        raise NotDigits(f"its images have {error}") from None


def _fits(shape):
    return shape[1:] in ((28, 28), (28, 28, 1), (1, 28, 28), (784,), (784, 1))


def _unpack(content, opener):
    try:
        with opener(io.BytesIO(content)) as stream:
            unpacked = stream.read(_UNPACKED)
    except (OSError, *_CUT_OFF) as error:
        raise Damaged(f"it is cut off or altered: {_text(error)}") from None
    return unpacked


def _read_idx(content):
    if len(content) < 4:
        raise Damaged("it ends in its first line")
    dtype, axes = np.dtype(IDX_TYPES[content[2]]), content[3]
    if axes < 2:
        raise NotDigits("it holds labels, and no images")
    start = 4 + 4 * axes
    if len(content) < start:
        raise Damaged("it ends in its first line")
    shape = struct.unpack(f">{axes}I", content[4:start])
    needed = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if len(content) - start < needed:
        raise Damaged(f"it is cut off: {len(content):,} bytes instead of {start + needed:,}")
    return np.frombuffer(content, dtype, needed // dtype.itemsize, start).reshape(shape)


def _read_array(stream):
    try:
        return np.lib.format.read_array(stream, allow_pickle=False)
    except ValueError as error:
        if "allow_pickle" in str(error):
            raise NotDigits("it holds Python objects, which may run code and are not read") from None
        raise Damaged("it is cut off or altered") from None
    except Exception:
        raise Damaged("it is cut off or altered") from None


def _read_arrays(content):
    """Reads the array of an `.npz` that looks most like training images."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        names = [name for name in archive.namelist() if name.endswith(".npy")]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
        raise Damaged(f"it is cut off: {_text(error)}") from None
    if not names:
        raise NotDigits("it is a zip without a file of digits")
    problems = []
    for name in sorted(names, key=_array_order):
        try:
            shape, dtype = _read_header(archive, name)
            if not _fits(shape) or dtype.kind not in "buif":
                problems.append(f"{name[:-4]}: {dtype} {shape}")
                continue
            with archive.open(name) as stream:
                images = as_digits(_read_array(io.BytesIO(stream.read())))
            return images, "" if name == "x_train.npy" else f"array {name[:-4]}"
        except (zipfile.BadZipFile, *_CUT_OFF) as error:
            raise Damaged(f"its array {name[:-4]} is not what was written: {_text(error)}") from None
        except NotDigits as error:
            problems.append(f"{name[:-4]}: {error}")
    raise NotDigits(f"it has no array of images of 28x28 (it holds {'; '.join(problems[:4])})")


def _array_order(name):
    is_images = re.match(r"x|im|data|arr|train_im|train_x|train_data|digits", name, re.I)
    return bool(_TEST.search(name)), not _TRAIN.search(name), not is_images, name.startswith(("y", "Y")), name


def _read_header(archive, name):
    with archive.open(name) as stream:
        try:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, dtype = read(stream)
        except ValueError:
            raise Damaged(f"its array {name[:-4]} is not what was written") from None
    return shape, dtype


def _other_kind(head, name):
    """Says what a file is that is no form of digits. Under the name of such a form it is broken."""
    kind = (describe_kind(head) or "").split(":")[0]
    if head.startswith(b"\x80") or b"cnumpy" in head:
        return NotDigits("it holds Python objects, which may run code and are not read")
    if not kind and name.endswith((".npz", ".npy", "ubyte", ".gz")):
        kind = f"no such file: it begins with {head[:20]!r}"
    if name.endswith((".npz", ".npy", "ubyte", ".gz")):
        return Damaged(f"it is {kind}")
    return NotDigits(f"it is {kind or 'no known form of MNIST'}")


def _text(error):
    return str(error) or type(error).__name__
