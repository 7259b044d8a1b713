"""Smooth outlines through a few points: how to make and fill them. Points are `(n, 2)`, x and y in pixels, y down."""

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

# (1, t, t^2, t^3) @ CATMULL_ROM @ four points is a smooth curve between the middle two, for t from 0 to 1.
CATMULL_ROM = np.array([[0, 2, 0, 0], [-1, 0, 1, 0], [2, -5, 4, -1], [-1, 3, -3, 1]]) / 2
PARTS = np.arange(0, 1, 0.2)[:, None] ** (0, 1, 2, 3) @ CATMULL_ROM  # Of the four points, in each of five new ones.
DECIMALS = 6  # Processors differ from the 14th on, and Pillow tells 2.5 from 2.4999999999999996.


def oval(x, y, width, height):
    """Returns eight points of an ellipse around `(x, y)`; `width` and `height` are the half axes."""
    angle = np.arange(8) * np.pi / 4
    return np.stack([x + width * np.cos(angle), y + height * np.sin(angle)], axis=1)


def crescent(points, height):
    """Returns the outline of a line with thin ends: along the points, and back `height` pixels lower."""
    return np.concatenate([points, np.add(points, (0, height))[-2:0:-1]])


def mirrored(half):
    """Completes the right half of an outline with its mirror image."""
    return np.concatenate([half, np.multiply(half, (-1, 1))[::-1]])


def fill(image, outline, origin, colour, soft=0, opacity=1.0, both=False):
    """Fills a smooth outline, `(n, 2)` relative to the point `origin`, in a `PIL.Image` of mode RGB.

    `colour` is red, green and blue, 0 to 255; or a picture of the image's size, which is seen through the outline.
    `soft` is the blur of the edge in pixels, and `opacity` goes from 0 (nothing is drawn) to 1. With `both`, the mirror
    image of the outline is filled too.
    """
    if both:
        fill(image, np.multiply(outline, (-1, 1)), origin, colour, soft, opacity)
    neighbours = (np.arange(len(outline))[:, None] + (-1, 0, 1, 2)) % len(outline)
    points = np.add(outline, origin)[neighbours]
    curve = (PARTS @ points).reshape(-1, 2).round(DECIMALS)
    left, top = np.maximum(curve.min(axis=0) - 2 - 3 * soft, 0).astype(int).tolist()
    right, bottom = np.minimum(curve.max(axis=0) + 3 + 3 * soft, image.size).astype(int).tolist()
    mask = Image.new("L", (3 * (right - left), 3 * (bottom - top)))  # Three times as fine, so that edges are smooth.
    ImageDraw.Draw(mask).polygon((3 * (curve - (left, top))).ravel().tolist(), fill=int(255 * opacity))
    mask = mask.reduce(3).filter(ImageFilter.GaussianBlur(soft)) if soft else mask.reduce(3)
    colour = colour.crop((left, top, right, bottom)) if isinstance(colour, Image.Image) else tuple(map(int, colour))
    image.paste(colour, (left, top, right, bottom), mask)
