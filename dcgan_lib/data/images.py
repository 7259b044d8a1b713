"""Images in memory, and where they came from."""

import numpy as np


class Images:
    """An array of images that knows where they came from. `np.asarray(images)`, `len(images)` and `images[:25]` work.

    Args:
        array: uint8 `(n, height, width, channels)`, 0 to 255.
        source: One line: what they are, how many, and from where.
        skipped: List of `(name, reason)` of the files that could not be read.
    """

    def __init__(self, array, source, skipped=()):
        self._array = array
        self.shape = array.shape
        self.source = source
        self.skipped = list(skipped)

    def __len__(self):
        return len(self._array)

    def __getitem__(self, index):
        return self._array[index]

    def __array__(self, dtype=None, copy=None):
        return np.array(self._array, dtype=dtype, copy=copy)

    def __repr__(self):
        return f"Images{self.shape}: {self.source}"
