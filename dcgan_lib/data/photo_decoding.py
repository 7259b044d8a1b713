"""Decodes one photo: from the bytes of a file to an upright `PIL.Image`."""

import contextlib
import io
import warnings
import zipfile

import numpy as np
from PIL import Image

FORMATS = ("JPEG", "PNG", "BMP", "WEBP")
ORIENTATION = 0x0112
# What turns a photo upright, for each value of its EXIF orientation. ImageOps.exif_transpose would also write the EXIF
# data anew, and fails where a value in it is odd.
TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def open_photo(content, draft_size=None):
    """Opens a photo as a `PIL.Image` of mode L or RGB, upright, 8 bits a channel, with white for transparent pixels.

    For a bad file it raises whatever Pillow raises; see `describe_error`.

    Args:
        content: The bytes of a file; or an array, uint8 `(height, width)` or `(height, width, 1 or 3)`; or a string,
            the reason why the file could not be read.
        draft_size: Decodes a JPEG at a fraction of its size, which is fast, with no side below this many pixels.
    """
    if isinstance(content, np.ndarray):
        return Image.fromarray(content[..., 0] if content.shape[2:] == (1,) else content)
    if isinstance(content, str) or not content:
        raise ValueError(content or "0 bytes")
    photo = Image.open(io.BytesIO(content), formats=FORMATS)
    if draft_size:
        photo.draft(None, (draft_size, draft_size))
    orientation = photo.getexif().get(ORIENTATION)
    if orientation in TRANSPOSE:
        photo = photo.transpose(TRANSPOSE[orientation])
    if photo.mode.startswith("I"):  # 16 bits. Pillow's convert() would turn everything above 255 into white.
        return Image.fromarray(np.rint(np.asarray(photo, dtype="float32") / 257).astype("uint8"))
    if photo.mode in ("RGBA", "LA", "PA") or "transparency" in photo.info:
        photo = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", photo.size, "white"), photo).convert("RGB")
    photo.load()
    return photo if photo.mode in ("L", "RGB") else photo.convert("L" if photo.mode == "1" else "RGB")


def describe_error(error):
    """Says in a few words why a photo could not be read."""
    if isinstance(error, Image.UnidentifiedImageError):
        return "not an image"
    if isinstance(error, (Image.DecompressionBombError, Image.DecompressionBombWarning)):
        return "too many pixels, a decompression bomb"
    if isinstance(error, zipfile.BadZipFile):
        return "damaged in the zip"
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return "truncated" if "truncated" in text.lower() else text


@contextlib.contextmanager
def quiet_pillow():
    """Hides Pillow's warnings, such as "Corrupt EXIF data"; its warning of a decompression bomb becomes an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        yield
