"""Digits as a table, as on Kaggle: a line for each image, 784 pixels, and a label before or after them."""

import re

import numpy as np

from dcgan_lib.data.digit_files import Damaged, NotDigits

_PIXELS = 784
_PIXEL_NAME = re.compile(r"(pixel|px?|x|v)?_?\d+([x_,]\d+)?$", re.I)
_LABEL_NAMES = ("", "label", "labels", "class", "target", "y", "digit", "id", "index", "imageid", "unnamed: 0", "split")


def looks_like_a_table(head):
    """Says whether a file begins with a line of many numbers or names: text with a separator between them."""
    text = _decode(head)
    return text is not None and max(map(text.count, ",;\t")) > 20


def read_table(content):
    """Reads the pixels of a table: float32 `(n, 784)`.

    Args:
        content: Its bytes: UTF-8 or UTF-16 with commas, semicolons or tabs; with a line of names or without.

    Raises:
        ValueError: If it has other columns, or something else than numbers.
    """
    lines = (_decode(content) or "").splitlines()
    lines = [line for line in lines if line.strip()]
    separator = max(",;\t", key=lines[0].count)
    first = [name.strip(" \"'") for name in lines[0].split(separator)]
    has_names = not all(map(_is_number, first))
    rows = lines[has_names:]
    if not rows:
        raise NotDigits("it is a table without a line of pixels")
    try:
        columns = _pixel_columns(first if has_names else None, rows, separator)
        if columns is None:
            raise NotDigits(f"it is a table of {len(first):,} columns, not of 784 pixels and a label")
        return np.loadtxt(rows, "float32", delimiter=separator, usecols=columns, quotechar='"', ndmin=2)
    except NotDigits:
        raise
    except ValueError:
        widths = [line.count(separator) for line in rows]
        if widths[-1] < widths[0] and len(set(widths[:-1])) <= 1:
            raise Damaged(f"it is cut off in line {len(lines):,}") from None
        raise NotDigits("it is a table in which not every pixel is a number") from None


def _pixel_columns(names, rows, separator):
    """Returns the indices of the 784 pixels, or None where there are not as many."""
    count = rows[0].count(separator) + 1
    if names:
        pixels = [index for index, name in enumerate(names) if _PIXEL_NAME.match(name)]
        if len(pixels) != _PIXELS:
            pixels = [index for index, name in enumerate(names) if name.lower() not in _LABEL_NAMES]
        return pixels if len(pixels) == _PIXELS else None
    if count == _PIXELS + 1:
        # The label stands first, but for a few tables. A corner is always black, and labels are not always 0.
        ends = np.loadtxt(rows[:200], "float32", delimiter=separator, usecols=(0, count - 1), quotechar='"', ndmin=2)
        is_last = not ends[:, 0].any() and ends[:, 1].any() and len(ends) > 5
        return range(_PIXELS) if is_last else range(1, count)
    return range(count - _PIXELS, count) if count in (_PIXELS, _PIXELS + 2) else None


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _decode(content):
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    if encoding == "utf-8-sig" and b"\0" in content[:512]:
        return None
    return content.decode(encoding, "replace")
