"""The checks of exercises 2.1 and 3.1: `load_face`, for gray and for colour images."""

import tempfile
from pathlib import Path

from dcgan_course.exercises.checks.measured import UnusableResult, to_array

SAMPLED = (4, 14, 23)  # The middle of each third of 28 pixels: each way of resizing gives the same value there.
LIGHTER = 400  # The size of the photos that get lighter.


def measure_photo(load_face, rng):
    """Loads three photos that are made of nine rectangles, each of one colour, and two that get lighter evenly.

    The first has the size of a CelebA photo. The second is tall and the third is wide, so that a part that was cut off
    or a border that was added shows. The last two show a margin of two percent that was cut off: the light tells how
    much of the photo lies between two pixels, and each way of resizing gives nearly the same light.
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
            Image.fromarray(colours[rows][:, columns]).save(path, compress_level=1)
            face = _load(load_face, path)
            name = f"({width}x{height} photo)"
            measured[f"shape {name}"] = list(face.shape)
            measured[f"dtype {name}"] = str(face.dtype)
            # Of a gray image without channels the same pixels, so that each shape has its values.
            sampled = (
                face[np.ix_(SAMPLED, SAMPLED)] if face.ndim >= 2 and min(face.shape[:2]) > 23 else face.ravel()[:9]
            )
            measured[f"pixels {name}"] = sampled.ravel().tolist()
        for direction in ("columns", "rows"):
            path = Path(folder) / f"{direction}.png"
            light = np.linspace(0, 255, LIGHTER, dtype="uint8")
            light = np.broadcast_to(light if direction == "columns" else light[:, np.newaxis], (LIGHTER, LIGHTER))
            Image.fromarray(np.stack([light] * 3, axis=-1)).save(path, compress_level=1)
            label = f"part of the photo ({direction} {SAMPLED[0]} to {SAMPLED[-1]}, in 28ths)"
            measured[label] = _measure_distance(_load(load_face, path), direction)
    return {"face": measured}


def _load(load_face, path):
    """Returns the array that a student's function makes of a file; Pillow's images are not arrays yet."""
    face = load_face(str(path))
    if face is not None and not hasattr(face, "shape"):
        raise UnusableResult("no array of numbers", type=type(face).__name__)
    return to_array(face)


def _measure_distance(face, direction):
    """Measures how much of a photo lies between two pixels; returns an int, 28 for all of it."""
    import numpy as np

    if face.ndim < 2 or min(face.shape[:2]) <= SAMPLED[-1]:
        return 0
    line = face[SAMPLED[1]] if direction == "columns" else face[:, SAMPLED[1]]
    first, last = (float(np.ravel(np.nan_to_num(line[place]))[0]) for place in (SAMPLED[0], SAMPLED[-1]))
    return round((last - first) / 255 * 28)
