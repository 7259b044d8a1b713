"""A walk through the latent space: three noise vectors, and the pictures of all that lies between them."""

import numpy as np

from dcgan_lib.interpolation import great_circle
from dcgan_lib.play.page import Page
from dcgan_lib.play.sheet import generated_pixels, make_sheet
from dcgan_lib.system.arguments import check_integer
from dcgan_lib.system.defaults import numpy_defaults
from dcgan_lib.system.paths import course_path

_MOST_SIDE = 31  # Pictures on each side of the triangle: 3 degrees from one to the next.
_MOST_PIXELS = 700_000  # Of the sheet: even those of noise, the hardest to pack, leave the page under 1 MB.


class LatentSpaceWalk(Page):
    """A triangle between three noise vectors, with a point to drag and the picture that the generator draws there.

    All pictures are drawn now; the page needs no generator any more. It is written to `latent_space_walk.html`, and
    a notebook shows it as the last value of a cell.

    Args:
        generator: A Keras model, noise `(n, latent_dim)` to images `(n, height, width, channels)` in [-1, 1].
        output_dir: The folder of the run, a relative one in the course's folder.
        seed: Decides the three vectors: the first three of `np.random.default_rng(seed).normal(0, 1, (25, 100))`.
        language: Of the page's texts, "en" or "ko".

    Raises:
        ValueError: If an argument is not as above, or the generator's numbers are not finite.
        OSError: If the file cannot be written.
    """

    @numpy_defaults()
    def __init__(self, generator, output_dir, *, seed=0, language="en"):
        latent_dim, (height, width) = _read_shapes(generator)
        check_integer("LatentSpaceWalk", "seed", seed, least=0, most=2**31 - 1)
        corners = np.random.default_rng(seed).normal(0, 1, (3, latent_dim)).astype(np.float32)
        side = _find_side(height * width)
        images = generator(noise_triangle(corners, side), training=False)
        sheet = make_sheet(generated_pixels("LatentSpaceWalk", images), quality=90)
        path = course_path(output_dir) / "latent_space_walk.html"
        super().__init__("latent_space_walk", path, language, 520, {"side": side, "sheet": sheet})


def noise_triangle(corners, side):
    """Returns the noise vectors of a triangle on the sphere, row by row.

    Row 0 goes from A to B and has `side` vectors, each row above it has one less, and the last is C alone. Each row,
    and each edge, is a great circle: every vector is as long as noise vectors are.

    Args:
        corners: float32 `(3, latent_dim)`, the vectors A, B and C.
        side: How many vectors an edge has, at least 2.

    Returns:
        float32 `(side * (side + 1) / 2, latent_dim)`.
    """
    a, b, c = corners
    ends = zip(great_circle(a, c, side), great_circle(b, c, side), strict=True)
    return np.concatenate([great_circle(left, right, side - row) for row, (left, right) in enumerate(ends)])


def _find_side(pixels):
    """Returns how many pictures of so many pixels an edge can have."""
    side = _MOST_SIDE
    while side > 2 and side * (side + 1) // 2 * pixels > _MOST_PIXELS:
        side -= 1
    return side


def _read_shapes(generator):
    """Returns a generator's `latent_dim`, and the height and width of its images."""
    noise, images = (getattr(generator, name, None) for name in ("input_shape", "output_shape"))
    if not (_is_shape(noise, 2) and _is_shape(images, 4) and images[-1] in (1, 3)):
        raise ValueError(
            f"LatentSpaceWalk: generator must be a Keras model from noise (n, latent_dim) to images (n, height, width, "
            f"1 or 3), such as dcgan.generator. Received: {type(generator).__name__}, from {noise} to {images}."
        )
    return noise[-1], images[1:3]


def _is_shape(shape, length):
    return isinstance(shape, tuple) and len(shape) == length and None not in shape[1:]
