"""The pictures of a lesson: each becomes a file named after its content, wherever and however often it is shown."""

import hashlib
import io
import re
from dataclasses import dataclass
from urllib.request import urlopen

from dcgan_course.instructor.site.links import ADDRESS, cell_of
from dcgan_course.refused import Refused

EXTENSIONS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}


@dataclass(frozen=True)
class Picture:
    """A picture that stood in the notebook itself.

    Attributes:
        content: Its bytes.
        extension: That of its file.
        size: Its width and height in pixels; None for an SVG, which has any.
    """

    content: bytes
    extension: str
    size: tuple | None

    @property
    def file(self):
        """The name of its file: the same for the same picture."""
        return f"{hashlib.sha256(self.content).hexdigest()[:20]}.{self.extension}"


def take_pictures(soup, name):
    """Takes the pictures out of a lesson's cells, in place: what was `data:` is then the address of a file.

    Args:
        soup: A lesson's cells, a `BeautifulSoup`.
        name: The lesson's name.

    Returns:
        A dict from each file's name to its bytes.

    Raises:
        Refused: If one of them is no picture.
    """
    files = {}

    def take(address, tag):
        picture = _read(address, f"{name}: {cell_of(tag)}")
        files[picture.file] = picture.content
        return f"../pictures/{picture.file}", picture.size

    for image in soup.find_all("img", src=re.compile("^data:")):
        image["src"], size = take(image["src"], image)
        image["loading"], image["decoding"] = "lazy", "async"
        if size and not (image.get("width") or image.get("height")):
            image["width"], image["height"] = size  # They keep its place free until it is loaded.
    for tag in soup.find_all(["img", "source"], srcset=True):
        parts = [(take(match["address"], tag)[0], match["use"] or "") for match in ADDRESS.finditer(tag["srcset"])]
        tag["srcset"] = ", ".join(address + use for address, use in parts)
    return files


def _read(address, where):
    try:
        with urlopen(address) as response:
            content = response.read()
        if response.headers.get_content_type() == "image/svg+xml":
            return Picture(content, "svg", None)
        return _read_pixels(content)
    except Exception:  # A broken picture fails in many ways.
        raise Refused(
            f"{where} has a picture that is empty, cut off, or neither PNG, JPEG, WebP, GIF nor SVG. Draw it again: "
            "make notebooks draws outputs, and python -m dcgan_course notebooks --figures the figures of texts."
        ) from None


def _read_pixels(content):
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=list(EXTENSIONS)) as picture:
        picture.load()  # That one was cut off shows only here.
        return Picture(content, EXTENSIONS[picture.format], picture.size)
