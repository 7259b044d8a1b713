"""Patches of a picture's bands: what a distance compares that knows nothing of edges, cells or kernels.

A picture of 28x28 pixels is split as in a Laplacian pyramid: its fine detail (28x28), coarser detail (14x14) and what
is left (7x7). From each band come patches of 7x7 pixels. So at the finest level one patch is an eye or a piece of
hair, and stripes of two or four pixels are most of what it holds; at the coarsest one patch is the complete face, with
its light and background.
"""

import numpy as np

from dcgan_lib.quality.distances import GROUPS, check_sides, groups_of, jackknife_error, measure_pair
from dcgan_lib.scaling import to_unit_range
from dcgan_lib.system.defaults import numpy_defaults

PATCH = 7
MOST_FOR_PATCHES = 2_000  # Pictures: each of 28x28 has 21 patches.
_DIRECTIONS = 128  # In each band.


@numpy_defaults()
def patch_distance(real, fake):
    """Measures how far apart the patches of two sets of pictures are: a second opinion beside `kernel_distance`.

    The sliced Wasserstein distance of Karras et al. 2018: patches of 7x7 pixels from each band, seen along random
    directions; along each the sorted values of both sets are compared one by one. In hundredths of the real patches'
    standard deviation, the mean over the bands. It has a bias: its floor is not 0, and falls with n. The error is a
    jackknife over ten groups. At most 2,000 pictures of each are compared.

    Args:
        real, fake: As for `frechet_distance`; height and width at least 7.

    Returns:
        A `Measure` with an `error`.

    Raises:
        ValueError: If there are fewer than 20 pictures, or they are not finite, differ in size or are too small.
    """
    check_sides("patch_distance", real, PATCH)
    return measure_pair("patch_distance", _sliced, real, fake, np.asarray, lambda width: 2 * GROUPS, MOST_FOR_PATCHES)


def cut_patches(images):
    """Cuts pictures into patches, band by band.

    Args:
        images: uint8 `(n, height, width, channels)`, 0 to 255, or float in [-1, 1].

    Returns:
        A list of float32 `(n, patches, 49 * channels)`, the finest band first.
    """
    pixels, patches = to_unit_range(images), []
    while min(pixels.shape[1:3]) >= 2 * PATCH and not np.any(np.mod(pixels.shape[1:3], 2)):
        n, height, width, channels = pixels.shape
        smaller = pixels.reshape(n, height // 2, 2, width // 2, 2, channels).mean(axis=(2, 4))
        detail = pixels - smaller.repeat(2, axis=1).repeat(2, axis=2)
        patches.append(_cut(detail))
        pixels = smaller
    return [*patches, _cut(pixels)]


def _cut(band):
    n, height, width, channels = band.shape
    rows, columns = height // PATCH, width // PATCH
    tiles = band[:, : rows * PATCH, : columns * PATCH].reshape(n, rows, PATCH, columns, PATCH, channels)
    return tiles.transpose(0, 1, 3, 2, 4, 5).reshape(n, rows * columns, -1)


def _sliced(real, fake):
    rng, bands = np.random.default_rng(0), zip(cut_patches(real), cut_patches(fake), strict=True)
    apart = np.mean([_apart(*pair, rng) for pair in bands], axis=0)
    return 100 * float(apart[0]), 100 * jackknife_error(apart[1:])


def _apart(real, fake, rng):
    """Compares one band of both sets: the distance, and the same without each of ten groups of pictures."""
    directions = rng.normal(size=(real.shape[-1], _DIRECTIONS)).astype(np.float32)
    directions /= np.linalg.norm(directions, axis=0)
    mean, spread = real.mean(axis=(0, 1)), max(float(real.std()), 1e-6)
    groups = np.repeat(groups_of(len(real)), real.shape[1])
    (real, real_groups), (fake, fake_groups) = (
        _sort(((patches - mean) / spread @ directions).reshape(-1, _DIRECTIONS).T, groups) for patches in (real, fake)
    )
    without = [
        np.abs(real[real_groups != group] - fake[fake_groups != group]).mean() for group in range(groups[-1] + 1)
    ]
    return [np.abs(real - fake).mean(), *without]


def _sort(values, groups):
    order = values.argsort(axis=1)
    return np.take_along_axis(values, order, axis=1), groups[order]
