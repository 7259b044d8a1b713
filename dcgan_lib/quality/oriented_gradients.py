"""What makes a face of 28x28 pixels, without a network: how bright its parts are, and where its edges run.

The networks that photos are usually compared with see 299x299 pixels of a thousand kinds of things, and their
weights are a download of 100 MB. Cells of mean colour and of edges by direction (the histograms of oriented
gradients of Dalal and Triggs 2005) need no training, see blur (fewer edges), noise (edges in all directions) and
misplaced features (edges in the wrong cell), and a step of one pixel hardly moves them.
"""

import numpy as np

from dcgan_lib.scaling import to_unit_range
from dcgan_lib.system.defaults import numpy_defaults

CELLS = 4  # In a row: 16 cells of 7x7 pixels, about the size of an eye.
DIRECTIONS = 8
EDGE_WEIGHT = 8.0  # Half resolution counts then for more than other people do, and noise for most.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@numpy_defaults()
def face_features(images):
    """Computes mean colour and edge strength by direction in each of 4x4 cells.

    Args:
        images: uint8 `(n, height, width, channels)`, 0 to 255, or float in [-1, 1]; 1 or 3 channels,
            height and width divisible by 4.

    Returns:
        float32 `(n, 16 * (channels + 8))`: 144 numbers of a gray face, 176 of one in colour.

    Raises:
        ValueError: If the images have another shape.
    """
    if images.ndim != 4 or images.shape[3] not in (1, 3) or images.shape[1] % CELLS or images.shape[2] % CELLS:
        raise ValueError(
            f"face_features: images must have the shape (n, height, width, 1 or 3) with height and width divisible "
            f"by {CELLS}. Received: {images.shape}."
        )
    return np.concatenate([_features(images[first : first + 500]) for first in range(0, len(images), 500)])


def _features(images):
    pixels = to_unit_range(images)
    gray = pixels[..., 0] if pixels.shape[3] == 1 else pixels @ _LUMA
    down, right = np.gradient(gray, axis=(1, 2))
    # An edge's direction has no sign: double the angle, and share its strength between the two nearest of eight.
    place = np.arctan2(down, right) % np.pi * (DIRECTIONS / np.pi)
    nearest = np.arange(DIRECTIONS)
    apart = np.abs((place[..., None] - nearest + DIRECTIONS / 2) % DIRECTIONS - DIRECTIONS / 2)
    edges = np.hypot(down, right)[..., None] * np.maximum(0, 1 - apart)
    every = np.concatenate([pixels, EDGE_WEIGHT * edges], axis=3)
    n, height, width, depth = every.shape
    cells = every.reshape(n, CELLS, height // CELLS, CELLS, width // CELLS, depth).mean(axis=(2, 4))
    return cells.reshape(n, -1).astype(np.float32)
