"""Drawn digits: pen strokes through a few points; a seed varies every point and width."""

import json
from pathlib import Path

import numpy as np

from dcgan_lib.data.outlines import CATMULL_ROM
from dcgan_lib.system.arguments import check_integer
from dcgan_lib.system.defaults import numpy_defaults

# How people write 0 to 9: a list of variants for each digit. Two figures are a point, x then y, on a grid of ten
# by ten, y down. The pen runs smoothly through the points, makes a corner at a doubled point, and is lifted at a bar.
HANDWRITING = Path(__file__).with_name("handwriting.json")


@numpy_defaults()
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
    for digit, variants in enumerate(json.loads(HANDWRITING.read_text("utf-8"))):
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
    chances = chances.astype(float)  # With 32 bits some pixels would depend on the processor.
    slant, bend, turn, stretch, pen = chances[:, :5].T[..., None]
    wobble = chances[:, 5 : 5 + 3 * len(points)].reshape(-1, len(points), 3)
    x, y = (points - 4.5 + 0.38 * wobble[..., :2]).transpose(2, 0, 1)
    x = 0.95 * np.exp(0.14 * stretch) * x - (0.18 + 0.22 * slant) * y + 0.012 * bend * y**2
    knots = np.stack([x - 0.08 * turn * y, y + 0.08 * turn * x], axis=-1)
    half_width = np.clip(1.28 + 0.35 * pen, 0.85, 2.2)
    path = path_matrix @ knots
    size = (19.6 - 2 * half_width) / np.ptp(path, axis=1).max(axis=1, keepdims=True)
    path = 14 + size[..., None] * (path - path.mean(axis=1, keepdims=True))
    pressure = np.exp(0.2 * half_width * (path_matrix @ wobble[..., 2:])[..., 0])
    weights = (pressure * size * np.linalg.norm(speed_matrix @ knots, axis=2))[..., None]
    # Each point of the path is a Gaussian. A Gaussian is a product of one in x and one in y, so the sum over the path
    # is a matrix product. Its logarithm gives the distance to the path; ink is where it is below half the pen's width.
    sigma, grid = 0.8, np.arange(28)
    for _ in range(2):  # The centre of mass is known only after drawing, so the second time is centred.
        across, down = (np.exp(-(((path[..., [axis]] - grid) / sigma) ** 2) / 2) for axis in (0, 1))
        density = (down * weights).transpose(0, 2, 1) @ across / (sigma * np.sqrt(2 * np.pi))
        distance = sigma * np.sqrt(-2 * np.log(np.clip(density, 1e-20, 1)))
        ink = np.clip((half_width[..., None] - distance) / 1.15 + 0.5, 0, 1)
        centre = [(ink.sum(axis=axis) * grid).sum(axis=1) / ink.sum(axis=(1, 2)) for axis in (1, 2)]
        path += 14 - np.stack(centre, axis=-1)[:, None]
    return (255 * ink).astype(np.uint8)
