"""Many pictures in one: a page holds them as a single file."""

import base64
import io
import math

from dcgan_lib.grid import tile_images


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
    written = io.BytesIO()
    tile_images(pixels, columns=columns, gap=0, scale=1).save(written, "WEBP", **webp)
    source = "data:image/webp;base64," + base64.b64encode(written.getvalue()).decode()
    return {"source": source, "columns": columns, "width": width, "height": height}
