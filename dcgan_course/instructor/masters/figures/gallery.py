"""All figures, by the names that the masters call them."""

from functools import partial

from dcgan_course.instructor.masters.figures.canvas import encode_png
from dcgan_course.instructor.masters.figures.distance import draw_distance
from dcgan_course.instructor.masters.figures.expectation import draw_expectation
from dcgan_course.instructor.masters.figures.gan import draw_gan
from dcgan_course.instructor.masters.figures.hundred_faces import KINDS as FACES
from dcgan_course.instructor.masters.figures.hundred_faces import draw_hundred_faces
from dcgan_course.instructor.masters.figures.snapshots import KINDS
from dcgan_course.refused import Refused

LANGUAGES = ("en", "ko")
DRAWINGS = {
    **{f"gan-{kind}": partial(draw_gan, kind=kind) for kind in KINDS},
    **{f"expect-{kind}": partial(draw_expectation, kind=kind) for kind in KINDS},
    **{f"hundred-{kind}": partial(draw_hundred_faces, kind=kind) for kind in FACES},
    "distance": draw_distance,
}
NAMES = tuple(f"{drawing}-{language}" for drawing in DRAWINGS for language in LANGUAGES)


def draw_figure(name):
    """Draws the figure of one of `NAMES`, as "gan-digits-en"; returns a PNG's bytes.

    Raises `Refused` for another name, or where there is no font with Korean letters.
    """
    if name not in NAMES:
        raise Refused(f"No figure is called '{name}'. There are: {', '.join(NAMES)}.")
    drawing, _, language = name.rpartition("-")
    return encode_png(DRAWINGS[drawing](language))
