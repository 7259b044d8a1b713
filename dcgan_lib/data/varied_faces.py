"""Drawn faces with the variety of photos: other backgrounds, turned heads, hard light, strong and weak colours.

Faces that a discriminator is to take for real beside photos must be more than portraits before a soft wall. The
amounts were chosen by eye, beside 100 photos.
"""

from functools import partial

import numpy as np
from PIL import Image

from dcgan_lib.data.drawn_faces import (
    HEIGHT,
    WIDTH,
    draw_bust,
    draw_eyes,
    draw_hair,
    draw_head,
    draw_mouth,
    imagine,
    light_up,
)
from dcgan_lib.data.outlines import fill

_SIDE, _MARGIN = 56, 16  # Turned at twice the final size; the margin repeats the edge, as aligned photos often do.
_KNOTS = 5  # In a row of the mesh that bends the picture.


def draw_varied_face(rng, side=28):
    """Draws one face: uint8 `(side, side, 3)`, 0 to 255; `rng` decides all of it."""
    person, image = imagine(rng), _draw_background(rng)
    person.volume *= rng.uniform(1, 2.2)
    light_up(person, rng)
    for draw in (draw_bust, draw_head, draw_mouth, draw_eyes, draw_hair):
        draw(partial(fill, image), person, rng.uniform)
    bent = _bend(image.resize((_SIDE, _SIDE)), rng)
    return _expose(np.asarray(bent.resize((side, side)), np.float32) / 255, rng)


def _draw_background(rng):
    """Draws a wall, a gradient, or what is out of focus: noise with more of the low frequencies."""
    level = rng.choice((rng.uniform(0, 30), rng.uniform(225, 255), rng.uniform(30, 225)), p=(0.25, 0.2, 0.55))
    colour = level + rng.normal(0, 30, 3) * rng.random()
    size = int(rng.choice((2, 4, 8, 16)))
    tall = rng.choice((1, 4), p=(0.7, 0.3))  # Some are streaked: doors, columns, curtains.
    spread = rng.choice((0, 25, 70), p=(0.3, 0.4, 0.3))
    patches = rng.normal(0, spread, (max(size // tall, 1), size, 1)) + rng.normal(0, spread / 3, (1, size, 3))
    patches = np.clip(colour + patches, 0, 255).astype(np.uint8)
    return Image.fromarray(patches).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)


def _bend(image, rng):
    """Turns, shifts and stretches a small picture, and moves the middle of the face to a side as a turned head's."""
    padded = np.pad(np.asarray(image), ((_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, 0)), mode="edge")
    knots = np.linspace(-1, 1, _KNOTS)
    x, y = np.meshgrid(knots, knots)
    angle, turn = rng.normal(0, 0.1), rng.normal(0, 0.12)
    wide, high = rng.uniform(0.75, 1.05), rng.uniform(0.85, 1.05)  # Below 1 the face is larger.
    inner = np.exp(-2 * (x**2 + y**2))
    bent_x = wide * (x * np.cos(angle) - y * np.sin(angle)) + turn * inner + rng.normal(0, 0.03)
    bent_y = high * (x * np.sin(angle) + y * np.cos(angle)) + rng.normal(0, 0.06) * inner + rng.normal(0, 0.03)
    points = np.stack([bent_x, bent_y], 2) + rng.normal(0, 0.025, (_KNOTS, _KNOTS, 2))
    points = _MARGIN + _SIDE / 2 * (points + 1)
    step = _SIDE // (_KNOTS - 1)
    mesh = [
        (
            (column * step, row * step, (column + 1) * step, (row + 1) * step),
            # Corners in Pillow's order: upper left, lower left, lower right, upper right.
            (*points[row, column], *points[row + 1, column], *points[row + 1, column + 1], *points[row, column + 1]),
        )
        for row in range(_KNOTS - 1)
        for column in range(_KNOTS - 1)
    ]
    size = (_SIDE, _SIDE)
    return Image.fromarray(padded).transform(size, Image.Transform.MESH, mesh, Image.Resampling.BILINEAR)


def _expose(pixels, rng):
    """Lights and exposes pixels in [0, 1] as photos are: from a side, too dark, too bright, pale, tinted, noisy."""
    side = np.linspace(-1, 1, len(pixels))
    angle = rng.uniform(0, 2 * np.pi)
    pixels = pixels * (1 + rng.normal(0, 0.25) * (np.cos(angle) * side[:, None] + np.sin(angle) * side))[..., None]
    pixels = pixels * (1 + rng.normal(0, 0.06, 3))
    gray = pixels.mean(axis=2, keepdims=True)
    pixels = gray + rng.uniform(0.4, 1.5) * (pixels - gray)
    middle = pixels.mean()
    pixels = middle + rng.uniform(0.8, 1.4) * (pixels - middle) + rng.normal(0.03, 0.07)
    pixels = np.clip(pixels, 0, 1) ** np.exp(rng.normal(0, 0.15)) + rng.normal(0, 0.015, pixels.shape)
    pixels = _sharpen(pixels, rng)
    return np.clip(255 * (pixels - 0.2 * (pixels.mean() - 0.45)), 0, 255).astype(np.uint8)


def _sharpen(pixels, rng):
    """Sharpens a face more than what is around it: drawn eyes, mouths and hair are softer than those of photos."""
    row, column = np.mgrid[-1 : 1 : len(pixels) * 1j, -1 : 1 : len(pixels) * 1j]
    on_the_face = np.exp(-3 * (row - 0.1) ** 2 - 4 * column**2)[..., None]
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    soft = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    soft = (soft[:, :-2] + 2 * soft[:, 1:-1] + soft[:, 2:]) / 4
    return pixels + (rng.uniform(0, 0.7) + rng.uniform(0, 1.5) * on_the_face) * (pixels - soft)
