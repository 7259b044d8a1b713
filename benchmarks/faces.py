"""A hundred faces: each recipe's distance to faces that it was not trained on, its copies and its stripes."""

import re
from pathlib import Path

import numpy as np

from benchmarks.turns import DCGAN, Run, take_turns  # First: it quiets TensorFlow.

# isort: split
from dcgan_lib import TunedDCGAN, plot_images, plot_nearest_neighbours
from dcgan_lib.quality import (
    diversity,
    face_features,
    kernel_distance,
    nearest_neighbours,
    patch_distance,
    stripes,
)

# Name, class and arguments. The lecture's comes first: the others train for its seconds.
RECIPES = (
    ("lecture", DCGAN, {}),
    ("tuned, for few images", TunedDCGAN, {}),
    ("tuned, for faces", TunedDCGAN, {"augment": "faces,mirror"}),
)
MEASURED = ("kernel_distance", "patch_distance", "stripes", "copied", "nearest", "diversity", "to_the_photos")


def compare_faces(photos, others, marks, seeds, recipes, panel):
    """Trains each recipe on the photos from each seed; measures it in the seconds that the first takes for each mark.

    Args:
        photos: uint8 `(n, 28, 28, channels)`, what they are trained on.
        others: The same of other people, which no recipe sees.
        marks: Numbers of steps of the first recipe, the smallest first.
        seeds: A list of whole numbers.
        recipes: A list of such as `RECIPES` has.
        panel: The folder for the pictures at the last mark.

    Yields:
        A row for each recipe, mark and seed; before them the floors, after them each recipe's means over the seeds.
    """
    n = len(others) // 2
    yield {"recipe": "other real faces", **measure_faces(photos, others[:n], others[n:])}
    again = photos[np.random.default_rng(0).integers(0, len(photos), n)]
    yield {"recipe": "the photos again", **measure_faces(photos, again, others)}
    rows = []
    for seed in seeds:
        runs = [Run(photos, kind, seed, **options) for _, kind, options in recipes]
        for mark in marks:
            take_turns(runs, mark)
            for (name, *_), run in zip(recipes, runs, strict=True):
                fake = run.draw(n)
                if mark == marks[-1]:
                    show(fake, photos, Path(panel) / f"{re.sub(r'[, ]+', '_', name)}_{photos.shape[-1]}_seed_{seed}")
                rows.append(run.row(mark, measure_faces(photos, fake, others)) | {"recipe": name})
                yield rows[-1]
    for name, mark in [(name, mark) for name, *_ in recipes for mark in marks] if len(seeds) > 1 else ():
        same = [row for row in rows if (row["recipe"], row["lecture_steps"]) == (name, mark)]
        yield {"recipe": f"{name}, mean", "lecture_steps": mark, **average(same)}


def show(fake, photos, path):
    """Writes a grid of 100 faces, and the panel of their nearest photos."""
    for figure, ending in (
        (plot_images(fake[:100], columns=20), "grid"),
        (plot_nearest_neighbours(fake, photos, nearest_neighbours(fake, photos)), "neighbours"),
    ):
        figure.savefig(f"{path}_{ending}.png", bbox_inches="tight")


def measure_faces(photos, fake, others):
    """Measures generated faces against other people's, and against the photos that they were learned from."""
    distance, patches = kernel_distance(others, fake, face_features), patch_distance(others, fake)
    striped, neighbours = stripes(others, fake), nearest_neighbours(fake, photos)
    return {
        "n": distance.n,
        "kernel_distance": distance.value,
        "kernel_error": distance.error,
        "patch_distance": patches.value,
        "patch_error": patches.error,
        "stripes": striped.value,
        "stripes_error": striped.error,
        "copied": neighbours.copied,
        "nearest": float(np.median(neighbours.distances) / np.median(neighbours.floor)),
        "diversity": diversity(others, fake, face_features).value,
        "to_the_photos": kernel_distance(photos, fake[: len(photos)], face_features).value,
    }


def average(rows):
    """Returns the mean of rows of several seeds, and for each measure the standard error of that mean."""
    means = {"seeds": len(rows), "steps": round(float(np.mean([row["steps"] for row in rows])))}
    for name in MEASURED:
        values = [row[name] for row in rows]
        means[name] = float(np.mean(values))
        means[f"{name}_of_seeds"] = float(np.std(values, ddof=1) / np.sqrt(len(values)))
    return means
