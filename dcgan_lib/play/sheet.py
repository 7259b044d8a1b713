"""Many pictures in one: a page holds them as a single file."""

import math

import numpy as np

from dcgan_lib.grid import tile_images
from dcgan_lib.run.timeline import webp_url
from dcgan_lib.scaling import to_pixels


def generated_pixels(caller, images):
    """Returns what a generator drew as uint8 pixels.

    Args:
        caller: The page, for its message.
        images: float `(n, height, width, channels)` in [-1, 1].

    Raises:
        ValueError: If a value is not finite.
    """
    images = np.asarray(images)
    if not np.isfinite(images).all():
        raise ValueError(f"{caller}: the generator's numbers are not finite: its training failed. Train anew.")
    return to_pixels(caller, images)


def make_sheet(pixels, **webp):
    """Lays pictures side by side, without a gap; returns what a page's script cuts them out with.

    Args:
        pixels: uint8 `(n, height, width, channels)` with 1 or 3 channels.
        **webp: Pillow's options for WebP.

    Returns:
        A dict for JSON: the data URL `source`, and a picture's `columns`, `width` and `height`.
    """
    count, height, width, _ = pixels.shape
    columns = math.ceil(math.sqrt(count))
    source = webp_url(tile_images(pixels, columns=columns, gap=0, scale=1), **webp)
    return {"source": source, "columns": columns, "width": width, "height": height}
