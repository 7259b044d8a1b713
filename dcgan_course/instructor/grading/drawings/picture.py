"""One picture out of a notebook: decoded with limits, known again by its pixels and its look, and written anew."""

import base64
import hashlib
import io
from dataclasses import dataclass

from PIL import Image

LONGEST_SIDE = 400  # Pixels, of what is kept.
MOST_PIXELS = 20_000_000  # A figure of ten inches with 400 dots an inch has 16 million.
MOST_LETTERS = 40_000_000  # Of base64.
QUALITY = 82  # Of the WebP; as a PNG a grid of colour faces would take ten times the space.
EFFORT = 2  # Of 6: as good, a little larger, in half the time of the usual 4.
LOOK_SIDE = 30  # Each of 5x5 pictures has 6 places in both directions.
MARGIN = 96  # What differs less from the corner's gray, of 255, belongs to the margin: JPEG blurs its edge.
FEWEST_GRAYS = 16  # What has less between its darkest and its brightest place is of one colour.
FORMATS = ("PNG", "JPEG")


class NoPicture(Exception):
    """A picture cannot be shown; the text says why, as the end of a sentence."""


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept."""

    webp: bytes
    width: int
    height: int
    pixels: str  # A hash of all pixels as they were handed in.
    look: str  # What `describe_look` gives.


def read_picture(encoded):
    """Decodes a PNG or JPEG, known by its content alone, and writes it anew without metadata.

    `encoded` is its text in base64. Returns a `Picture`. Raises `NoPicture` for what is too large, damaged, animated,
    or another kind of file.
    """
    image = _decode(encoded)
    digest = hashlib.sha256(f"{image.size}".encode() + image.tobytes()).hexdigest()
    look = describe_look(image)
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    bare = Image.frombytes("RGB", image.size, image.tobytes())  # Texts, places and profiles stay behind.
    written = io.BytesIO()
    bare.save(written, "WEBP", quality=QUALITY, method=EFFORT)
    return Picture(written.getvalue(), *image.size, digest, look)


def describe_look(image):
    """Returns a perceptual hash: the grays of a small copy without its margin, in hexadecimal digits.

    What is the same picture in another size or after JPEG has nearly the same. "" for a picture of one colour, which
    looks like all others of one colour.
    """
    gray = image.convert("L")
    corner = gray.getpixel((0, 0))
    inside = gray.point([255 * (abs(value - corner) > MARGIN) for value in range(256)]).getbbox()
    small = gray.crop(inside).resize((LOOK_SIDE, LOOK_SIDE), Image.Resampling.BOX)
    darkest, brightest = small.getextrema()
    return small.tobytes().hex() if brightest - darkest >= FEWEST_GRAYS else ""


def _decode(encoded):
    """Returns the picture as an RGB image; what is transparent becomes white."""
    if len(encoded) > MOST_LETTERS:
        raise NoPicture(f"it is larger than {MOST_LETTERS * 3 / 4e6:.0f} MB")
    try:
        content = base64.b64decode("".join(encoded.split()), validate=True)
    except ValueError:
        raise NoPicture("it is not written in base64") from None
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise NoPicture(f"it has more than {MOST_PIXELS / 1e6:.0f} million pixels")
            if getattr(image, "n_frames", 1) > 1:
                raise NoPicture("it moves")
            if not image.has_transparency_data:
                return image.convert("RGB")
            opaque = Image.new("RGBA", image.size, "white")
            opaque.alpha_composite(image.convert("RGBA"))
            return opaque.convert("RGB")
    except (NoPicture, MemoryError):
        raise
    except Exception:  # Decoders raise many kinds of errors.
        raise NoPicture("it is neither a PNG nor a JPEG that can be decoded") from None
