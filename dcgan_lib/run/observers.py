"""What looks at a run while it trains. `train(..., observers=[...])` takes any object with these two methods.

- `due(step)`: the number of the next step, `step` or later, after which it wants to look; None if it looks whenever
  the loop stops for any reason, several times a second.
- `see(step, session)`: looks, after that step. `session` is the run's `Session`.
"""

import time
from collections.abc import Iterable

import tensorflow as tf

from dcgan_lib.grid import tile_images
from dcgan_lib.system.arguments import is_integer

GRID_IMAGES = 25
CHECKPOINT_SECONDS = 20.0


def checked_observers(observers):
    """Returns the observers as a list; refuses what is none with a `TypeError` of one sentence."""
    if not isinstance(observers, Iterable):
        raise TypeError(f"train: observers must be a list of objects, as observers=[...]. Received: {observers!r}.")
    observers = list(observers)  # Once: a generator can be gone through only one time.
    for observer in observers:
        if not all(callable(getattr(observer, method, None)) for method in ("due", "see")):
            raise TypeError(
                f"train: observers must be objects with the methods due(step) and see(step, session). "
                f"Received: {observer!r}."
            )
    return observers


def next_stop(observers, first):
    """Returns the step after which the next observer wants to look, `first` or later: the grids' at the latest."""
    stops = []
    for observer in observers:
        step = observer.due(first)
        if step is not None and not is_integer(step, least=first):
            raise ValueError(
                f"train: due({first}) of the observer {type(observer).__name__} must return None or a step of at "
                f"least {first}. Received: {step!r}."
            )
        stops += [] if step is None else [int(step)]
    return min(stops)


class Regular:
    """Looks after step 0 and every `interval` steps; a subclass says what it does then."""

    def __init__(self, interval):
        self._interval = interval

    def due(self, step):
        """Returns the first multiple of the interval from `step` on."""
        return step + -step % self._interval


class Grids(Regular):
    """Draws the lecture's 5x5 grid every so many steps, always from the same 25 noise vectors.

    Args:
        dcgan: The `DCGAN`.
        interval: Steps from one grid to the next.
        seed: Decides the noise vectors.
    """

    def __init__(self, dcgan, interval, seed):
        super().__init__(interval)
        self._noise = tf.random.stateless_normal((GRID_IMAGES, dcgan.latent_dim), [seed, -1])
        self._draw = tf.function(lambda noise: dcgan.generator(noise, training=False), autograph=False)

    def see(self, step, session):
        """Draws the grid, saves it, and leaves it in `session.grid`."""
        with session.dcgan.weights_to_draw_with(batches=1):  # Enough to look at, and drawn often.
            images = self._draw(self._noise).numpy()
        session.folder.save_image(tile_images(images), session.folder.grid_path(step))
        session.grid = step, images


class Checkpoints(Regular):
    """Writes a checkpoint after a grid, if the last checkpoint is long ago."""

    def see(self, step, session):
        """Saves the session if it is time."""
        if time.monotonic() - session.saved_at >= CHECKPOINT_SECONDS:
            session.save()
