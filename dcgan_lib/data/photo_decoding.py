"""Decodes one photo: from the bytes of a file to an upright `PIL.Image`."""

import contextlib
import io
import sys
import warnings
import zipfile

import numpy as np
from PIL import Image

from dcgan_lib.data.file_kinds import HEAD_BYTES, describe_kind
from dcgan_lib.data.photo_metadata import without_metadata
from dcgan_lib.data.value_range import scale_to_bytes

FORMATS = ("JPEG", "PNG", "BMP", "WEBP")  # Tried first. All others cost a tenth of a second, once.
# Not asked: a program of its own is started for the first, the others are no photos.
REFUSED = {"EPS", "WMF", "MPEG", "BUFR", "GRIB", "HDF5"}
LARGEST = 89_478_485  # As many pixels are decoded at most, Pillow's own limit: 1/4 GB.
# JPEGs are decoded at a fraction of their size, down to 1/8. The decoder holds a progressive one completely.
LARGEST_JPEG, LARGEST_PROGRESSIVE = 1_000_000_000, 2 * LARGEST
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

    Of several frames it takes the first. For a bad file it raises whatever Pillow raises; see `describe_error`.

    Args:
        content: The bytes of a file; or an array, uint8 `(height, width)` or `(height, width, 1, 3 or 4)`; or a
            string, the reason why the file could not be read.
        draft_size: Decodes a JPEG at a fraction of its size, which is fast, with no side below this many pixels.
    """
    if isinstance(content, np.ndarray):
        return _as_gray_or_rgb(Image.fromarray(content[..., 0] if content.shape[2:] == (1,) else content))
    if isinstance(content, str) or not content:
        raise ValueError(content or "0 bytes")
    try:
        return _decode(content, draft_size)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise
    except Exception as error:
        pixels = without_metadata(content)
        if pixels != content:
            with contextlib.suppress(Exception):
                return _decode(pixels, draft_size)
        kind = describe_kind(content[:HEAD_BYTES]) if isinstance(error, Image.UnidentifiedImageError) else None
        if kind:
            raise ValueError(kind) from None
        raise


def open_header(content):
    """Opens a file as whatever Pillow takes it for, a `PIL.Image` that is not decoded yet."""
    try:
        return Image.open(io.BytesIO(content), formats=FORMATS)
    except Image.UnidentifiedImageError:
        formats = known_formats()
        try:
            return Image.open(io.BytesIO(content), formats=formats)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise
        except Exception:  # One of forty formats stumbled over what may be no photo at all.
            raise Image.UnidentifiedImageError from None


def known_formats():
    """Returns the names of all formats that Pillow can read here; the most frequent ones come first."""
    Image.init()
    return [*FORMATS, *(name for name in Image.OPEN if name not in REFUSED and name not in FORMATS)]


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
    """Hides Pillow's warnings, such as "Corrupt EXIF data"; how large a photo may be, this file judges itself."""
    limit = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def _decode(content, draft_size):
    photo = open_header(content)
    _limit_size(photo, draft_size)
    raw_mode = _raw_mode(photo)
    photo.load()
    turn = TRANSPOSE.get(_orientation(photo))  # A TIFF was turned by load(), and no longer says so.
    if "16" in raw_mode and photo.mode in ("RGB", "RGBA", "CMYK"):
        photo = _see_low_bytes(photo, raw_mode, content)
    photo = _as_gray_or_rgb(photo)
    return photo if turn is None else photo.transpose(turn)


def _limit_size(photo, draft_size):
    pixels, most = photo.width * photo.height, LARGEST
    if photo.format in ("JPEG", "MPO"):
        most = LARGEST_PROGRESSIVE if photo.info.get("progressive") else LARGEST_JPEG
        if draft_size:
            photo.draft(None, (draft_size, draft_size))
    if pixels > most or photo.width * photo.height > LARGEST:
        raise Image.DecompressionBombError(f"{pixels:,} pixels")


def _orientation(photo):
    try:
        orientation = photo.getexif().get(ORIENTATION)
        return int(orientation[0] if isinstance(orientation, (tuple, bytes)) else orientation or 1)
    except Exception:  # EXIF data may be broken in any way. It must cost nothing but itself.
        return 1


def _raw_mode(photo):
    """How the file holds its pixels, as Pillow's decoders call it, for example "RGB;16B"; before they are loaded."""
    if photo.format not in ("PNG", "TIFF", "PPM") or not photo.tile:
        return ""
    decoder, _, _, arguments = photo.tile[0]
    if decoder == "ppm" and arguments[-1] > 255:
        return "PPM;16B"
    return str(arguments if isinstance(arguments, str) else arguments[0])


def _see_low_bytes(photo, raw_mode, content):
    """Reads 16-bit colours again if they hold 12 bits or 8: Pillow keeps only the upper byte, and that is black."""
    high = np.asarray(photo)
    colours = 4 if photo.mode == "CMYK" else 3
    if high[..., :colours].max() > 16:
        return photo
    again = open_header(content)
    if raw_mode == "PPM;16B":
        values = np.frombuffer(content, ">u2", high.size, again.tile[0][2]).reshape(high.shape)
    else:
        # The same pixels with their two bytes exchanged give the lower one. Gray with transparency has four in all.
        swapped = {"L": "B", "B": "L", "N": "B" if sys.byteorder == "little" else "L"}[raw_mode[-1]]
        low_mode = "RGBA" if raw_mode.startswith("LA") else raw_mode[:-1] + swapped
        again.tile = [_with_raw_mode(tile, low_mode) for tile in again.tile]
        low = np.asarray(again)
        if raw_mode.startswith("LA"):
            high, low = low[..., [0, 0, 0, 2]], low[..., [1, 1, 1, 3]]
        values = high.astype("uint16") * 256 + low
    result = scale_to_bytes(values[..., :colours])
    if values.shape[2] > colours:
        result = np.concatenate([result, scale_to_bytes(values[..., colours:])], axis=2)
    return Image.fromarray(result, photo.mode) if photo.mode == "CMYK" else Image.fromarray(result)


def _with_raw_mode(tile, raw_mode):
    decoder, extents, offset, arguments = tile
    parts = (decoder, extents, offset, raw_mode if isinstance(arguments, str) else (raw_mode, *arguments[1:]))
    return parts if type(tile) is tuple else type(tile)(*parts)  # Newer versions of Pillow have a class for it.


def _as_gray_or_rgb(photo):
    if photo.mode[0] in "IF":  # More than 8 bits. Pillow's convert() would turn everything above 255 into white.
        return Image.fromarray(scale_to_bytes(np.asarray(photo)))
    if photo.mode in ("RGBA", "RGBa", "LA", "La", "PA") or "transparency" in photo.info:
        photo = photo.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", photo.size, "white"), photo).convert("RGB")
    if photo.mode == "LAB":
        from PIL import ImageCms  # A part of Pillow that is seldom needed.

        lab, rgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(photo, lab, rgb, outputMode="RGB")
    return photo if photo.mode in ("L", "RGB") else photo.convert("L" if photo.mode == "1" else "RGB")
