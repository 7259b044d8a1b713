"""Real or fake? Twenty pictures for a person to guess, and what the discriminator says of the same twenty."""

import numpy as np

from dcgan_lib.play.page import Page
from dcgan_lib.play.sheet import generated_pixels, make_sheet
from dcgan_lib.scaling import scale_images, to_pixels
from dcgan_lib.system.arguments import check_integer
from dcgan_lib.system.defaults import numpy_defaults
from dcgan_lib.system.paths import course_path

_OF_EACH = 10


class RealOrFake(Page):
    """Ten real and ten generated pictures in random order: guess each, then see your score beside the discriminator's.

    Both kinds become whole numbers from 0 to 255 first, so that the discriminator judges what the person sees. They
    are packed together and without loss: no file, and no trace of its packing, tells one kind from the other. The
    page is written to `real_or_fake.html`, and a notebook shows it as the last value of a cell.

    Args:
        dcgan: The `DCGAN`; its generator draws, its discriminator judges.
        images: uint8 `(n, height, width, channels)`, 0 to 255, or float in [-1, 1], the real images, at least ten.
        output_dir: The folder of the run, a relative one in the course's folder.
        seed: Decides the pictures and their order.
        language: Of the page's texts, "en" or "ko".

    Raises:
        ValueError: If an argument is not as above, or a network's numbers are not finite.
        OSError: If the file cannot be written.
    """

    @numpy_defaults()
    def __init__(self, dcgan, images, output_dir, *, seed=0, language="en"):
        check_integer("RealOrFake", "seed", seed, least=0, most=2**31 - 1)
        _check_images(dcgan, images)
        rng = np.random.default_rng(seed)
        chosen = rng.choice(len(images), _OF_EACH, replace=False)
        real = to_pixels("RealOrFake", np.asarray(images)[chosen])
        fake = generated_pixels("RealOrFake", dcgan.draw(_OF_EACH, seed))
        order = rng.permutation(2 * _OF_EACH)
        pixels = np.concatenate([real, fake])[order]
        scores = np.asarray(dcgan.discriminator(scale_images(pixels), training=False))[:, 0]
        if not np.isfinite(scores).all():
            raise ValueError("RealOrFake: the discriminator's numbers are not finite: its training failed. Train anew.")
        data = {
            "sheet": make_sheet(pixels, lossless=True),
            "real": (order < _OF_EACH).tolist(),
            "scores": scores.tolist(),
        }
        super().__init__("real_or_fake", course_path(output_dir) / "real_or_fake.html", language, 480, data)


def _check_images(dcgan, images):
    if not hasattr(dcgan, "image_shape"):
        raise ValueError(f"RealOrFake: dcgan must be a DCGAN, with both networks. Received: {type(dcgan).__name__}.")
    shape, wanted = np.shape(images), dcgan.image_shape
    if shape[1:] != wanted or len(images) < _OF_EACH:
        raise ValueError(
            f"RealOrFake: images must be at least {_OF_EACH} of the shape that dcgan draws, (n, "
            f"{', '.join(map(str, wanted))}). Received: shape={shape}."
        )
