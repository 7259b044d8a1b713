"""Between the 0..255 of a file and the [-1, 1] of the networks."""

import numpy as np


def scale_images(images):
    """Scales 0..255 to [-1, 1], the range of the generator's tanh: `(x - 127.5) / 127.5` as on the slides.

    Args:
        images: uint8 array of any shape, 0 to 255.

    Returns:
        float32 array of the same shape, in [-1, 1].
    """
    return (np.asarray(images, dtype="float32") - 127.5) / 127.5


def unscale_images(images):
    """Scales [-1, 1] back to 0..255: the inverse of `scale_images`, rounded and clipped.

    Args:
        images: float array of any shape, in [-1, 1]; what lies outside is clipped.

    Returns:
        uint8 array of the same shape, 0 to 255.
    """
    return np.clip(np.rint(np.asarray(images, dtype="float32") * 127.5 + 127.5), 0, 255).astype("uint8")
