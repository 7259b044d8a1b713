"""Measures a generator every so many steps while it trains, and keeps the best."""

import os

from dcgan_lib.quality.measures import MOST_MEASURED, is_digits, measure_images
from dcgan_lib.run.history import distance_name


class Evaluation:
    """Measures the generator of a run.

    Args:
        dcgan: The `DCGAN` that trains.
        images: uint8 `(n, height, width, channels)`, the real images.
        folder: The run's folder; the best generator is kept there as `best.keras`.
        measures: The measures of the run's earlier part.

    Raises:
        ValueError: If there are too few images to compare with.
    """

    def __init__(self, dcgan, images, folder, measures):
        self._dcgan, self._images, self._folder = dcgan, images, folder
        self._best = min((row[distance_name(row)] for row in measures), default=float("inf"))
        least = 130 if is_digits(images) else 40  # Twice what the distance needs: half of them make its floor.
        if len(images) < least:
            raise ValueError(
                f"train: evaluate_every needs at least {least} images to compare with. Received: {len(images)}. "
                f"Load more, or leave evaluate_every=None."
            )

    def measure(self, step):
        """Measures the generator after `step`, and keeps it if its distance is the smallest so far."""
        with self._dcgan.weights_to_draw_with() as generator:
            fake = self._dcgan.draw(min(len(self._images) // 2, MOST_MEASURED))
            measures = {"step": step, **measure_images(self._images, fake)}
            if measures[distance_name(measures)] < self._best:
                self._best = measures[distance_name(measures)]
                self.save(generator, "best.keras")
        return measures

    def save(self, generator, name):
        """Writes a generator, whole or not at all, for `keras.saving.load_model`."""
        unfinished = self._folder / f".{name}"  # Keras looks at the ending.
        generator.save(unfinished)
        os.replace(unfinished, self._folder / name)


def best_of(measures):
    """Returns the measures with the smallest distance; of equal ones the first."""
    return min(measures, key=lambda row: row[distance_name(row)])
