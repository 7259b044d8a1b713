"""The checks of exercises 2.1 and 3.1: `load_face`, for gray and for colour images."""

import tempfile
from pathlib import Path

from dcgan_course.exercises.checks.measured import to_array

SAMPLED = (4, 14, 23)  # The middle of each third of 28 pixels: each way of resizing gives the same value there.


def measure_photo(load_face, rng):
    """Loads three photos that are made of nine rectangles, each of one colour.

    The first has the size of a CelebA photo. The second is tall and the third is wide, so that a part that was cut off
    or a border that was added shows.
    """
    import numpy as np
    from PIL import Image

    measured = {}
    tall = int(rng.integers(70, 90)), int(rng.integers(230, 270))
    wide = int(rng.integers(230, 270)), int(rng.integers(70, 90))
    with tempfile.TemporaryDirectory() as folder:
        for width, height in ((178, 218), tall, wide):
            colours = rng.integers(0, 256, (3, 3, 3), dtype="uint8")
            rows, columns = (np.arange(size) * 3 // size for size in (height, width))
            path = Path(folder) / f"{width}x{height}.png"
            Image.fromarray(colours[rows][:, columns]).save(path)
            face = to_array(load_face(str(path)))
            name = f"({width}x{height} photo)"
            measured[f"shape {name}"] = list(face.shape)
            measured[f"dtype {name}"] = str(face.dtype)
            # Of a gray image without channels the same pixels, so that each shape has its values.
            sampled = (
                face[np.ix_(SAMPLED, SAMPLED)] if face.ndim >= 2 and min(face.shape[:2]) > 23 else face.ravel()[:9]
            )
            measured[f"pixels {name}"] = sampled.ravel().tolist()
    return {"face": measured}
