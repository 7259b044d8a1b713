"""What all figures share: one size, one font for a language, the colours of the notebooks' plots, and PNG."""

import io

import numpy as np
from matplotlib import font_manager
from PIL import Image

from dcgan_course.refused import Refused
from dcgan_lib.grid import tile_images
from dcgan_lib.system.figures import Figure, own_style

DOTS = 100  # An inch: the figures' units are inches.
WIDTH = 10  # As wide as a notebook's cell; narrower windows shrink it.
TEXT, LARGE = 18, 25  # Points: still read where the figure is 400 pixels wide.
INK = "#222222"

LATIN = "DejaVu Sans"  # It comes with matplotlib, and is the plots' font.
HANGUL = ("NanumGothic", "Noto Sans CJK KR", "Noto Sans KR", "Malgun Gothic", "Apple SD Gothic Neo")


def new_figure(height):
    """Returns an empty white figure and its axes, which cover it: from (0, 0) to (`WIDTH`, height), in inches."""
    figure = Figure(figsize=(WIDTH, height), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, WIDTH), ylim=(0, height))
    axes.axis("off")
    return figure, axes


def font_of(language):
    """Returns the font for "en" or "ko"; raises `Refused` where there is none with Korean letters."""
    if language == "en":
        return font_manager.FontProperties(family=LATIN)
    installed = set(font_manager.get_font_names())
    for name in HANGUL:
        if name in installed:
            return font_manager.FontProperties(family=name, weight="semibold")  # Thin lines vanish where it is small.
    raise Refused(f"A font with Korean letters is needed to draw: one of {', '.join(HANGUL)} (apt: fonts-nanum).")


def writer(axes, language):
    """Returns a function that writes a text around a point of a figure, in the font of "en" or "ko"."""
    font = font_of(language)

    def write(x, y, text, size=TEXT, colour=INK):
        axes.text(x, y, text, size=size, color=colour, fontproperties=font, ha="center", va="center")

    return write


def place_image(axes, pixels, centre, enlarged):
    """Places one image on a figure, each of its pixels as a square of `enlarged` dots.

    Args:
        axes: The figure's.
        pixels: uint8 `(height, width, channels)`, 0 to 255.
        centre: (x, y) in inches.
        enlarged: A whole number: squares of one size are smooth to look at, and compress well.
    """
    height, width = np.multiply(pixels.shape[:2], enlarged / DOTS)
    x, y = np.round(np.subtract(centre, (width / 2, height / 2)) * DOTS) / DOTS
    gray = pixels.shape[-1] == 1
    axes.imshow(
        pixels,
        extent=(x, x + width, y, y + height),
        cmap="gray" if gray else None,
        vmin=0,
        vmax=255,
        interpolation="nearest",
        aspect="auto",
    )
    axes.set(xlim=(0, WIDTH), ylim=(0, axes.figure.get_figheight()))


def tile(images, columns):
    """Returns images `(n, height, width, channels)` side by side as one, with white gaps."""
    sheet = np.asarray(tile_images(images, columns, scale=1))
    return sheet if sheet.ndim == 3 else sheet[..., np.newaxis]


@own_style()
def encode_png(figure, colours=64):
    """Returns a figure as the bytes of a PNG with a palette of that many colours, a third of the full one's bytes."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DOTS)
    picture = Image.open(content).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
    content = io.BytesIO()
    picture.save(content, format="png", optimize=True)
    return content.getvalue()
