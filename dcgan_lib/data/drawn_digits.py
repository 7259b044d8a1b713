"""Drawn digits: pen strokes through a few points; a seed varies every point and width."""

import numpy as np

from dcgan_lib.data.outlines import CATMULL_ROM
from dcgan_lib.system.arguments import check_integer

# How people write 0 to 9; a slash divides the variants of a digit. Two figures are a point, x then y, on a grid of ten
# by ten, y down. The pen runs smoothly through the points, makes a corner at a doubled point, and is lifted at a bar.
HANDWRITING = (
    "50 22 05 28 59 86 83 50 / 61 30 13 06 28 59 87 93 71 40 31 / 50 23 06 39 79 96 92 60 40",
    "50 59 / 50 54 59 / 50 54 59 / 40 53 56 59 / 41 50 50 54 59 / 32 50 50 55 59 | 29 79",
    "12 31 50 71 73 55 37 19 19 59 89 / 12 30 51 73 65 47 28 18 16 27 48 69 99 / 12 40 71 73 46 19 19 59 99"
    "/ 02 30 61 63 45 28 18 07 16 37 58 98",
    "11 40 71 73 54 34 54 75 87 69 39 18 / 11 40 71 73 44 44 75 87 69 39 18 / 10 40 70 70 44 44 65 77 69 38 18",
    "20 14 15 15 45 85 | 71 65 59 / 21 14 26 56 73 71 71 65 59 / 40 33 06 06 46 86 | 60 65 69 / 10 04 25 55 74 80 69",
    "30 24 24 44 66 68 39 08 | 30 60 90 / 90 30 30 24 24 53 75 68 39 08 / 90 40 22 33 54 66 58 39 08",
    "60 32 15 17 39 69 77 65 35 17 / 50 33 16 28 59 77 65 45 26 / 40 23 16 28 59 77 65 35 17"
    "/ 71 44 26 28 49 68 66 46 28",
    "11 51 81 81 55 39 / 13 11 11 51 81 81 65 59 / 11 51 81 81 55 39 | 35 75 / 12 31 51 71 72 55 49",
    "71 40 21 33 55 77 68 49 28 26 54 73 71 / 50 31 33 54 76 68 49 28 26 54 73 71 50"
    "/ 72 50 31 33 55 67 58 39 27 46 64 81",
    "71 40 22 24 45 73 71 71 65 59 / 71 40 22 34 55 73 71 71 66 58 29 / 72 50 31 33 45 63 72 66 59",
)


def draw_digits(count=10_000, seed=0):
    """Draws handwritten digits in the form of MNIST: white pen strokes, about 20 pixels high, centred by mass.

    Digit i depends only on `seed` and i, so a longer call begins with the digits of a shorter one. Each group of ten
    holds every digit once, in random order.

    Args:
        count: How many digits, at least 1.
        seed: A whole number from 0; the same one gives the same digits.

    Returns:
        `(images, labels)`: uint8 `(count, 28, 28)`, 0 (paper) to 255 (ink), and uint8 `(count,)`, 0 to 9.

    Raises:
        ValueError: If `count` is not a whole number of at least 1.
    """
    check_integer("draw_digits", "count", count)
    labels = np.random.default_rng([seed, 0]).random((-(-count // 10), 10)).argsort(axis=1).ravel()[:count]
    choices = np.random.default_rng([seed, 1]).random(count)
    chances = np.random.default_rng([seed, 2]).standard_normal((count, 48), dtype=np.float32)
    images = np.empty((count, 28, 28), np.uint8)
    for digit, handwritings in enumerate(HANDWRITING):
        variants = handwritings.split("/")
        for number, variant in enumerate(variants):
            chosen = (labels == digit) & ((choices * len(variants)).astype(int) == number)
            images[chosen] = write(variant, chances[chosen])
    return images, labels.astype(np.uint8)


def trace(variant):
    """Returns a variant's points `(n, 2)` and two matrices `(samples, n)`, for the pen's path and its speed."""
    points, path, speed = [], [], []
    for stroke in variant.split("|"):
        indices = []
        for x, y in stroke.split():
            if not indices or points[-1] != (int(x), int(y)):
                points.append((int(x), int(y)))
            indices.append(len(points) - 1)
        padded = indices[:1] + indices + indices[-1:]
        for before, start, end, after in zip(padded, padded[1:], padded[2:], padded[3:], strict=False):
            samples = int(3 * np.hypot(*np.subtract(points[end], points[start])))  # A corner has none.
            t = (np.arange(samples)[:, None] + 0.5) / max(samples, 1)
            curve = CATMULL_ROM @ np.eye(16)[[before, start, end, after]]
            path.append(t ** [0, 1, 2, 3] @ curve)
            speed.append(t ** [0, 0, 1, 2] * [0, 1, 2, 3] @ curve / max(samples, 1))
    return np.array(points), np.concatenate(path)[:, : len(points)], np.concatenate(speed)[:, : len(points)]


def write(variant, chances):
    """Writes one variant once per row of normal `chances` `(n, 48)`: uint8 `(n, 28, 28)`."""
    points, path_matrix, speed_matrix = trace(variant)
    slant, bend, turn, stretch, pen = chances[:, :5].T[..., None]
    wobble = chances[:, 5 : 5 + 3 * len(points)].reshape(-1, len(points), 3)
    x, y = (points - 4.5 + 0.38 * wobble[..., :2]).transpose(2, 0, 1)
    x = 0.95 * np.exp(0.14 * stretch) * x - (0.18 + 0.22 * slant) * y + 0.012 * bend * y**2
    knots = np.stack([x - 0.08 * turn * y, y + 0.08 * turn * x], axis=-1)
    half_width = np.clip(1.28 + 0.35 * pen, 0.85, 2.2)
    path = path_matrix @ knots
    size = (19.6 - 2 * half_width) / np.ptp(path, axis=1).max(axis=1, keepdims=True)
    path = (14 + size[..., None] * (path - path.mean(axis=1, keepdims=True))).astype(np.float32)
    pressure = np.exp(0.2 * half_width * (path_matrix @ wobble[..., 2:])[..., 0])
    weights = (pressure * size * np.linalg.norm(speed_matrix @ knots, axis=2)).astype(np.float32)[..., None]
    # Each point of the path is a Gaussian. A Gaussian is a product of one in x and one in y, so the sum over the path
    # is a matrix product. Its logarithm gives the distance to the path; ink is where it is below half the pen's width.
    sigma, grid = np.float32(0.8), np.arange(28, dtype=np.float32)
    for _ in range(2):  # The centre of mass is known only after drawing, so the second time is centred.
        across, down = (np.exp(-(((path[..., [axis]] - grid) / sigma) ** 2) / 2) for axis in (0, 1))
        density = (down * weights).transpose(0, 2, 1) @ across / (sigma * np.sqrt(2 * np.pi, dtype=np.float32))
        distance = sigma * np.sqrt(-2 * np.log(np.clip(density, 1e-20, 1)))
        ink = np.clip((half_width[..., None] - distance) / 1.15 + 0.5, 0, 1)
        centre = [(ink.sum(axis=axis) * grid).sum(axis=1) / ink.sum(axis=(1, 2)) for axis in (1, 2)]
        path += 14 - np.stack(centre, axis=-1, dtype=np.float32)[:, None]
    return (255 * ink).astype(np.uint8)
