"""Walking from one noise vector to another: does the generator know only pictures, or what lies between them?"""

import numpy as np

from dcgan_lib.grid import tile_images
from dcgan_lib.system.defaults import numpy_defaults
from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.paths import course_path


@numpy_defaults()
def interpolate(generator, start, end, frames=10, path=None):
    """Draws the pictures on the way from one noise vector to another, along a great circle.

    Noise of 100 normal numbers lies near a sphere. The straight line between two vectors passes inside it,
    where the generator was never trained; the great circle stays outside (White 2016).

    Args:
        generator: Noise `(n, latent_dim)` to images in [-1, 1].
        start, end: float `(latent_dim,)`, where the way begins and ends.
        frames: How many pictures, both ends among them.
        path: Where to write them as a GIF that goes there and back, a relative one in the course's folder; None
            writes none.

    Returns:
        A `PIL.Image`: the pictures side by side.

    Raises:
        ValueError: If `start` and `end` are not two such vectors, not zero, or `frames` is under 2.
    """
    start, end = np.asarray(start, np.float32), np.asarray(end, np.float32)
    if start.ndim != 1 or start.shape != end.shape or not start.any() or not end.any() or frames < 2:
        raise ValueError(
            f"interpolate: needs two noise vectors of one length, not zero, and at least 2 frames. "
            f"Received: shapes {start.shape} and {end.shape}, frames={frames}."
        )
    images = np.asarray(generator(great_circle(start, end, frames), training=False))
    if path is not None:
        pictures = [tile_images(image[None], scale=6) for image in (*images, *images[-2:0:-1])]
        with atomic_write(course_path(path), "wb") as file:
            pictures[0].save(file, format="GIF", save_all=True, append_images=pictures[1:], duration=80, loop=0)
    return tile_images(images, columns=frames)


def great_circle(start, end, frames):
    """Returns float32 `(frames, latent_dim)` from `start` to `end`: the direction turns evenly, and so the length."""
    lengths = np.linalg.norm(start), np.linalg.norm(end)
    cosine = np.clip(start @ end / (lengths[0] * lengths[1]), -1, 1)
    angle, share = np.arccos(cosine), np.linspace(0, 1, frames)[:, None]
    if np.sin(angle) < 1e-6:  # The same direction: nothing to turn. (For the opposite one any circle would do.)
        return (start + share * (end - start)).astype(np.float32)
    directions = np.sin((1 - share) * angle) * start / lengths[0] + np.sin(share * angle) * end / lengths[1]
    return (directions / np.sin(angle) * (lengths[0] + share * (lengths[1] - lengths[0]))).astype(np.float32)
