"""Measures a generator every so many steps while it trains, and keeps the best."""

from dcgan_lib.quality.measures import MOST_MEASURED, is_digits, measure_images
from dcgan_lib.run.history import distance_name
from dcgan_lib.run.observers import Regular


class Evaluation(Regular):
    """Measures the generator of a run: an observer. The best generator is kept as `best.keras`.

    Args:
        images: uint8 `(n, height, width, channels)`, the real images.
        interval: Steps from one measure to the next.
        measures: List of dicts, what the run's earlier part has measured.

    Raises:
        ValueError: If there are too few images to compare with.
    """

    def __init__(self, images, interval, measures):
        super().__init__(interval)
        self._images = images
        self._best = min((row[distance_name(row)] for row in measures), default=float("inf"))
        least = 130 if is_digits(images) else 40  # Twice what the distance needs: half of them make its floor.
        if len(images) < least:
            raise ValueError(
                f"train: evaluate_every needs at least {least} images to compare with. Received: {len(images)}. "
                f"Load more, or leave evaluate_every=None."
            )

    def see(self, step, session):
        """Measures the generator, and keeps it if its distance is the smallest so far."""
        with session.dcgan.weights_to_draw_with() as generator:
            fake = session.dcgan.draw(min(len(self._images) // 2, MOST_MEASURED))
            measures = {"step": step, **measure_images(self._images, fake)}
            if measures[distance_name(measures)] < self._best:
                self._best = measures[distance_name(measures)]
                session.folder.save_generator(generator, "best.keras")
        session.measures.append(measures)
