"""Numbers for a set of generated pictures beside a set of real ones, each with its floor."""

from typing import NamedTuple

import numpy as np

from dcgan_lib.quality.digit_reader import read_digits
from dcgan_lib.scaling import check_numbers
from dcgan_lib.system.defaults import numpy_defaults

MOST_FOR_KERNEL = 2_000  # Its matrices grow with the square of the pictures.
GROUPS = 10  # Of a jackknife.


class Measure(NamedTuple):
    """A measure of generated pictures, and the same measure of real pictures beside it."""

    value: float
    n: int  # generated pictures, compared with as many real ones
    floor: float  # the measure of real pictures against other real ones
    floor_n: int  # pictures of each for the floor; n wherever there were 2 n real pictures
    error: float | None = None  # one standard error of `value`, where the measure has one

    def __str__(self):
        error = "" if self.error is None else f" +- {self.error:.3g}"
        pictures = f"{self.n:,} pictures; real against real: {self.floor:.3g}"
        return f"{self.value:.3g}{error} ({pictures}{'' if self.floor_n == self.n else f' with {self.floor_n:,}'})"


class Coverage(NamedTuple):
    """How often each of the ten digits is drawn, beside the real ones."""

    shares: np.ndarray  # float (10,), the share of each digit
    real_shares: np.ndarray
    confidence: float  # how sure the reader is: the mean of its highest probability
    real_confidence: float
    missing: list  # the digits drawn less than a tenth as often as real ones
    distance: Measure  # the share of pictures that would have to be other digits, 0 to 1


@numpy_defaults()
def frechet_distance(real, fake, features):
    """Measures how far apart two sets of pictures are, taken as two normal distributions of features.

    `|m - m'|^2 + trace(C + C' - 2 (C C')^(1/2))` of means and covariances: the Frechet Inception Distance
    of Heusel et al. 2017 with other features. So its numbers cannot be compared with theirs, nor across
    different n: with fewer pictures it comes out higher.

    Args:
        real: uint8 `(n, height, width, channels)`, 0 to 255, or float in [-1, 1]: twice as many as `fake`
            or more give a floor at the same n.
        fake: The generated pictures, the same.
        features: `digit_features` or `face_features`, or any function from pictures to `(n, features)`.

    Returns:
        A `Measure`.

    Raises:
        ValueError: If there are too few pictures for the covariances, or they are not finite or differ in size.
    """
    return measure_pair("frechet_distance", _frechet, real, fake, features, lambda width: width + 1)


@numpy_defaults()
def kernel_distance(real, fake, features):
    """Measures how far apart two small sets of pictures are, without a bias, and how sure that is.

    The squared maximum mean discrepancy with the kernel `(x y / d + 1)^3` (the Kernel Inception Distance
    of Binkowski et al. 2018). It is right on average for any n, so that it may come out below 0. Times 1,000,
    as is usual. The error is a jackknife over ten groups. At most 2,000 pictures of each are compared.

    Args:
        real, fake, features: As for `frechet_distance`.

    Returns:
        A `Measure` with an `error`.

    Raises:
        ValueError: If there are fewer than 20 pictures, or they are not finite or differ in size.
    """
    return measure_pair(
        "kernel_distance", _kernel, real, fake, features, lambda width: 2 * GROUPS, most=MOST_FOR_KERNEL
    )


@numpy_defaults()
def diversity(real, fake, features):
    """Measures how different generated pictures are from each other, as a share of how different real ones are.

    The root mean square distance between two pictures' features, 1 for real pictures, 0 where all are the same.
    Takes what `frechet_distance` takes, of at least two pictures; returns a `Measure`.
    """
    return measure_pair("diversity", _spread, real, fake, features, lambda width: 2)


@numpy_defaults()
def class_coverage(real, fake):
    """Says how often each of the ten digits is drawn, and how sure the reader is: returns a `Coverage`.

    Takes digits, as for `digit_features`; at least two of each.
    """
    distance = measure_pair("class_coverage", _share_distance, real, fake, read_digits, lambda width: 2)
    read, real_read = read_digits(np.asarray(fake)), read_digits(np.asarray(real))
    shares, real_shares = _shares(read), _shares(real_read)
    return Coverage(
        shares,
        real_shares,
        float(read.max(axis=1).mean()),
        float(real_read.max(axis=1).mean()),
        [digit for digit in range(10) if shares[digit] < real_shares[digit] / 10],
        distance,
    )


def checked(caller, images, least=1):
    """Returns pictures as an array; refuses what is no set of at least `least` pictures of finite numbers."""
    images = np.asarray(images)
    if images.ndim != 4 or len(images) < least:
        raise ValueError(
            f"{caller}: needs at least {least:,} pictures, an array (n, height, width, channels). "
            f"Received: shape={images.shape}. Draw or load more."
        )
    check_numbers(caller, images)
    if images.dtype != np.uint8 and not np.isfinite(images).all():
        bad = int((~np.isfinite(images).all(axis=(1, 2, 3))).sum())
        raise ValueError(f"{caller}: {bad:,} of {len(images):,} pictures are not finite (NaN or infinite).")
    return images


def check_sides(caller, images, least):
    """Refuses pictures with a side of less than `least` pixels with a `ValueError`."""
    if min(np.shape(images)[1:3], default=least) < least:
        raise ValueError(
            f"{caller}: pictures must be at least {least} pixels high and wide. Received: shape={np.shape(images)}."
        )


def checked_pair(caller, real, fake, least=1):
    """Returns both sets as arrays; refuses what `checked` refuses, and pictures of two sizes."""
    real, fake = checked(caller, real, least), checked(caller, fake, least)
    if real.shape[1:] != fake.shape[1:]:
        raise ValueError(
            f"{caller}: both sets must have pictures of one size. Received: real {real.shape[1:]}, "
            f"generated {fake.shape[1:]}."
        )
    return real, fake


def measure_pair(caller, measure, real, fake, features, least, most=10_000):
    """Measures generated pictures and, for the floor, other real ones; both against the same real ones.

    Args:
        caller: The measure's name, for its messages.
        measure: A function of two equally large sets of features: a number, or a number and its error.
        real, fake, features: As for `frechet_distance`.
        least: A function of the number of features: how many pictures the measure needs.
        most: How many pictures of each it compares.

    Returns:
        A `Measure`.
    """
    real, fake = checked_pair(caller, real, fake)
    least = least(features(real[:1]).shape[1])
    real, fake = checked(caller, real, least), checked(caller, fake, least)
    n = min(len(real), len(fake), most)
    chosen = features(_drawn(real, 2 * n))
    value = measure(chosen[:n], features(_drawn(fake, n)))
    floor_n = min(n, len(chosen) // 2)
    floor = measure(chosen[:floor_n], chosen[-floor_n:])
    if isinstance(value, tuple):
        return Measure(value[0], n, floor[0], floor_n, value[1])
    return Measure(value, n, floor, floor_n)


def groups_of(n):
    """Assigns each of `n` pictures to one of a jackknife's ten groups: int `(n,)`, in order."""
    return np.arange(n) * GROUPS // n


def jackknife_error(without):
    """Computes one standard error from an estimate made ten times, each time without one of the groups."""
    return float(np.sqrt((GROUPS - 1) * np.var(without)))


def _drawn(images, count):
    # Two equal sets stay equal, pair by pair. Only these are copied: all photos may not fit into memory twice.
    return images[np.random.default_rng(0).permutation(len(images))[:count]]


def _frechet(real, fake):
    real, fake = real.astype(np.float64), fake.astype(np.float64)
    covariances = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    # The trace of the root of a product of two covariances, from symmetric matrices alone: no complex numbers.
    values, vectors = np.linalg.eigh(covariances[0])
    root = vectors * np.sqrt(np.maximum(values, 0)) @ vectors.T
    inner = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ covariances[1] @ root), 0)).sum()
    difference = real.mean(axis=0) - fake.mean(axis=0)
    return max(0.0, float(difference @ difference + np.trace(covariances[0]) + np.trace(covariances[1]) - 2 * inner))


def _kernel(real, fake):
    n, both = len(real), np.concatenate([real, fake]).astype(np.float64)
    kernel = (both @ both.T / both.shape[1] + 1) ** 3
    signs = np.repeat([1.0, -1.0], n)
    kernel *= signs[:, None] * signs
    # The i-th of one set meets neither itself nor the i-th of the other (Gretton et al. 2012, equation 4).
    kernel = kernel.reshape(2, n, 2, n).sum(axis=(0, 2))
    np.fill_diagonal(kernel, 0)
    sizes = np.bincount(groups_of(n))
    starts = np.cumsum(sizes) - sizes
    blocks = np.add.reduceat(np.add.reduceat(kernel, starts, axis=0), starts, axis=1)

    def estimate(kept):
        count = sizes[kept].sum()
        return 1000 * blocks[np.ix_(kept, kept)].sum() / (count * (count - 1))

    every = np.arange(GROUPS)
    return float(estimate(every)), jackknife_error([estimate(np.delete(every, group)) for group in every])


def _spread(real, fake):
    return float(np.sqrt(fake.var(axis=0).sum() / max(real.var(axis=0).sum(), 1e-12)))


def _share_distance(real, fake):
    return float(np.abs(_shares(real) - _shares(fake)).sum() / 2)


def _shares(read):
    return np.bincount(read.argmax(axis=1), minlength=10) / len(read)
