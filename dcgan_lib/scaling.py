"""Between the 0..255 of a file and the [-1, 1] of the networks."""

import numpy as np

from dcgan_lib.system.defaults import numpy_defaults


def scale_images(images):
    """Scales 0..255 to [-1, 1], the range of the generator's tanh: `(x - 127.5) / 127.5` as on the slides.

    Args:
        images: uint8 array of any shape, 0 to 255; or float32, then a TensorFlow tensor stays one.

    Returns:
        float32 array of the same shape, in [-1, 1].
    """
    if getattr(images, "dtype", None) != "float32":
        images = np.asarray(images, dtype="float32")
    return (images - 127.5) / 127.5


@numpy_defaults()
def unscale_images(images):
    """Scales [-1, 1] back to 0..255: the inverse of `scale_images`, rounded and clipped.

    Args:
        images: float array of any shape, in [-1, 1]; what lies outside is clipped.

    Returns:
        uint8 array of the same shape, 0 to 255.
    """
    return np.clip(np.rint(np.asarray(images, dtype="float32") * 127.5 + 127.5), 0, 255).astype("uint8")


def to_unit_range(images):
    """Scales images to [0, 1], as features are computed.

    Args:
        images: uint8 array of any shape, 0 to 255, or float in [-1, 1]; what lies outside is clipped.

    Returns:
        float32 array of the same shape.
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        return images.astype(np.float32) / 255
    return np.clip(images.astype(np.float32) * 0.5 + 0.5, 0, 1)


def to_pixels(caller, images):
    """Returns images as pictures are drawn from: uint8 `(n, height, width, channels)`, 0 to 255.

    Args:
        caller: The function that asks, for its message.
        images: uint8 of that shape with 1 or 3 channels, or float in [-1, 1].

    Raises:
        ValueError: If `images` has not that shape, or holds other numbers.
    """
    pixels = np.asarray(images)
    if pixels.ndim != 4 or not len(pixels) or pixels.shape[-1] not in (1, 3):
        raise ValueError(
            f"{caller}: images must have the shape (n, height, width, channels) with 1 or 3 channels. "
            f"Received: shape={pixels.shape}."
        )
    check_numbers(caller, pixels)
    return pixels if pixels.dtype == np.uint8 else unscale_images(pixels)


def check_numbers(caller, images):
    """Refuses an array that is neither uint8 nor float with a `ValueError`: clipped to [-1, 1], 0 to 255 is white."""
    if images.dtype != np.uint8 and images.dtype.kind not in "fV":  # V: bfloat16 is no number of NumPy's own.
        raise ValueError(
            f"{caller}: pictures must be uint8, 0 to 255, or float in [-1, 1]. Received: dtype={images.dtype}. "
            f"Convert them, for example by images.astype('uint8')."
        )
