"""What a GAN is, in one picture: noise, fakes, real images, two networks, one number, and who learns from what."""

import numpy as np
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.path import Path

from dcgan_course.instructor.masters.figures.canvas import INK, LARGE, new_figure, place_image, tile, writer
from dcgan_course.instructor.masters.figures.snapshots import draw_real, read_snapshot
from dcgan_lib.curves import BLUE, GREY, ORANGE

WORDS = {
    "en": {
        "noise": "noise",
        "generator": "generator",
        "fake": "fake",
        "real": "real",
        "discriminator": "discriminator",
        "g_learns": "G learns: fake should get 1",
        "d_learns": "D learns: real should get 1, fake 0",
    },
    "ko": {
        "noise": "노이즈",
        "generator": "생성자",
        "fake": "가짜",
        "real": "진짜",
        "discriminator": "판별자",
        "g_learns": "G의 학습: 가짜가 1을 받도록",
        "d_learns": "D의 학습: 진짜는 1, 가짜는 0을 받도록",
    },
}
HEIGHT = 4.9
UPPER, LOWER, MIDDLE = 3.1, 1.4, 2.25  # The rows: what is faked, what is real, and where both meet.
NOISE, G, IMAGES, D, SCALE = 0.8, 2.75, 4.75, 7.0, 9.05  # The columns.


def draw_gan(language, kind):
    """Draws the figure for one kind of images ("digits", "gray", "colour") with words in "en" or "ko"."""
    figure, axes = new_figure(HEIGHT)
    words, write = WORDS[language], writer(axes, language)

    def box(x, y, letter, name, colour, width):
        look = {"facecolor": (colour, 0.15), "edgecolor": colour, "linewidth": 3}
        style = "round,pad=0,rounding_size=0.12"
        axes.add_patch(FancyBboxPatch((x - width / 2, y - 0.55), width, 1.1, style, **look))
        write(x, y + 0.2, letter, LARGE)
        write(x, y - 0.25, name)

    place_image(axes, _noise(), (NOISE, UPPER), 10)
    place_image(axes, tile(read_snapshot(kind, "good")[:4], columns=2), (IMAGES, UPPER), 2)
    place_image(axes, tile(draw_real(kind, 4), columns=2), (IMAGES, LOWER), 2)
    write(NOISE, UPPER - 0.75, words["noise"])
    write(IMAGES, UPPER + 0.78, words["fake"])
    write(IMAGES, LOWER - 0.8, words["real"])
    box(G, UPPER, "G", words["generator"], ORANGE, 1.75)
    box(D, MIDDLE, "D", words["discriminator"], BLUE, 2.1)
    _draw_scale(axes, write, words)

    for start, end in (((1.35, UPPER), (1.82, UPPER)), ((3.68, UPPER), (4.1, UPPER)), ((8.1, MIDDLE), (8.7, MIDDLE))):
        _arrow(axes, [start, end], INK)
    _arrow(axes, [(5.42, UPPER), (5.9, MIDDLE + 0.25)], INK)
    _arrow(axes, [(5.42, LOWER), (5.9, MIDDLE - 0.25)], INK)
    _arrow(axes, [(SCALE, 3.35), (SCALE, 4.25), (G, 4.25), (G, 3.7)], ORANGE, "--")
    _arrow(axes, [(SCALE, 1.15), (SCALE, 0.6), (D, 0.6), (D, 1.65)], BLUE, "--")
    write((G + SCALE) / 2, 4.58, words["g_learns"])
    write((D + SCALE) / 2 - 0.35, 0.25, words["d_learns"])
    return figure


def _draw_scale(axes, write, words):
    """Draws the one number that comes out, as a point between 0 and 1."""
    low, high = MIDDLE - 0.65, MIDDLE + 0.65
    axes.plot((SCALE - 0.15, SCALE - 0.15), (low, high), color=GREY, linewidth=5, solid_capstyle="round")
    axes.plot(SCALE - 0.15, MIDDLE, "o", color=INK, markersize=13)
    write(SCALE, high + 0.25, f"1 {words['real']}")
    write(SCALE, low - 0.25, f"0 {words['fake']}")


def _arrow(axes, points, colour, style="-"):
    """Draws an arrow along straight lines; a broken one means learning."""
    path = Path(points, [Path.MOVETO] + [Path.LINETO] * (len(points) - 1))
    axes.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle="-|>",
            mutation_scale=22,
            linewidth=2.5,
            color=colour,
            linestyle=style,
            joinstyle="round",
        )
    )


def _noise():
    """Returns the hundred numbers of one noise vector as an image of 10x10 pixels."""
    numbers = np.random.default_rng(0).normal(128, 55, (10, 10, 1))
    return np.clip(numbers, 0, 255).astype(np.uint8)
