"""For each generated picture the real one that is most like it: new, or learned by heart?"""

from typing import NamedTuple

import numpy as np

from dcgan_lib.quality.distances import checked_pair
from dcgan_lib.scaling import to_unit_range
from dcgan_lib.system.defaults import numpy_defaults

_BATCH = 500


class Neighbours(NamedTuple):
    """The nearest real picture of each generated one."""

    indices: np.ndarray  # int (n,), which real picture it is
    distances: np.ndarray  # float32 (n,), how far away it is
    floor: np.ndarray  # float32, one for each real picture: how far away its nearest OTHER real picture is

    @property
    def n(self):
        """How many generated pictures."""
        return len(self.indices)

    @property
    def copied(self):
        """The share of generated pictures that are nearer to a real one than 99 % of the real ones to each other."""
        return float((self.distances < np.percentile(self.floor, 1)).mean())


@numpy_defaults()
def nearest_neighbours(fake, real, features=None):
    """Finds the real picture that is nearest to each generated one.

    A generator that has learned its photos by heart draws pictures that are much nearer to one of them than
    photos are to each other. In pixels a shift of one pixel already looks far; features see through it.

    Args:
        fake: uint8 `(n, height, width, channels)`, 0 to 255, or float in [-1, 1].
        real: The pictures that it was trained on, the same; at least two.
        features: `digit_features` or `face_features`; None compares pixels, in [0, 1].

    Returns:
        A `Neighbours`: root mean square distances, and their floor.

    Raises:
        ValueError: If there are too few pictures, or they are not finite or differ in size.
    """
    real, fake = checked_pair("nearest_neighbours", real, fake)
    checked_pair("nearest_neighbours", real, real, least=2)
    features = to_unit_range if features is None else features
    fake, real = (np.reshape(features(images), (len(images), -1)) for images in (fake, real))
    indices, distances = _nearest(fake, real)
    return Neighbours(indices, distances, _nearest(real, real, itself=False)[1])


def _nearest(queries, among, itself=True):
    squares = (among**2).sum(axis=1)
    indices, distances = [], []
    for first in range(0, len(queries), _BATCH):
        part = queries[first : first + _BATCH]
        apart = squares - 2 * part @ among.T + (part**2).sum(axis=1, keepdims=True)
        if not itself:
            apart[np.arange(len(part)), first + np.arange(len(part))] = np.inf
        nearest = apart.argmin(axis=1)
        indices.append(nearest)
        # Once more, exactly: the difference of large squares is rounded.
        distances.append(np.sqrt(((part - among[nearest]) ** 2).mean(axis=1)))
    return np.concatenate(indices), np.concatenate(distances)
