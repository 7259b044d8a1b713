"""Whose pictures are the same, and which of them a class has in common because the course gives them to everybody."""

from dataclasses import dataclass

import numpy as np

# The correlation of two looks. A picture and its copy as JPEG or in half its size have at least 0.975; two grids of one
# training, some hundred steps apart, have at most 0.96, and those of two trainings less.
NEARLY = 0.97
FEW = 3  # So many students with one picture are always named.
SHARE = 0.1  # And so many of the class.


@dataclass(frozen=True)
class Likeness:
    """What else has a picture."""

    same: tuple = ()  # The indices of pictures with the same pixels.
    nearly: tuple = ()  # Of pictures that only look the same.
    courses: bool = False  # Whether it is the picture of the course's own notebook.
    common: bool = False  # Whether so many have it that it tells nothing of any of them.

    @property
    def marked(self):
        """Whether a person should look at it."""
        return bool(self.same or self.nearly) and not (self.courses or self.common)


def compare(drawings, courses=None):
    """Compares the pictures of different students for one of the course's notebooks.

    A picture is not held against anybody where the course itself gives it to everybody: the picture of the master's
    own output, or one that more than `FEW` students and more than the `SHARE` of all have, because the notebook's seed
    draws the same on machines of one kind.

    Args:
        drawings: `Drawing` objects with a picture.
        courses: The `Drawing` of the master's own output, or None if it has not been read.

    Returns:
        A list with a `Likeness` for each.
    """
    everything = [*drawings, *filter(None, [courses])]
    alike = _look_alike(everything)
    found = []
    for index, drawing in enumerate(drawings):
        others = [other for other in range(len(drawings)) if other != index]
        same = tuple(other for other in others if drawings[other].pixels == drawing.pixels)
        nearly = tuple(other for other in others if alike[index, other] and other not in same)
        is_courses = courses is not None and bool(courses.pixels == drawing.pixels or alike[index, -1])
        common = 1 + len(same) + len(nearly) > max(FEW, SHARE * len(drawings))
        found.append(Likeness(same, nearly, is_courses, common))
    return found


def _look_alike(drawings):
    """Returns a matrix that says which pictures look the same; one without a look is like none."""
    longest = max((len(drawing.look) // 2 for drawing in drawings), default=0)
    looks = np.zeros((len(drawings), longest), "float32")
    for look, drawing in zip(looks, drawings, strict=True):
        if drawing.look:
            look[:] = np.frombuffer(bytes.fromhex(drawing.look), "uint8")
            look -= look.mean()
            look /= np.linalg.norm(look)
    return looks @ looks.T >= NEARLY
