"""`class.html`: what a class drew. Each student's last grid of each notebook; it has no effect on marks."""

import functools
import hashlib
from dataclasses import dataclass, replace

from dcgan_course.instructor.grading.drawings.last_grid import OWN
from dcgan_course.instructor.grading.drawings.likeness import FEW, SHARE, Likeness, compare
from dcgan_course.instructor.grading.drawings.picture_cache import KeptPictures
from dcgan_course.instructor.grading.drawings.picture_reader import Drawing
from dcgan_course.instructor.grading.pages.class_page import find_page
from dcgan_course.instructor.grading.pages.publish import file_names, templates, write_text
from dcgan_course.instructor.grading.results.students import StudentRow
from dcgan_course.instructor.process.wording import shown
from dcgan_lib.system.paths import course_root

PAGE = "class.html"
NOT_READ = Drawing("Its pictures have not been read: reading was stopped, or the file is not there any more.")
# By the kind of cell that a picture comes from.
REMARKS = {"timeline": "how it trained, because its last grid is not there", OWN: "in a cell of the student's own"}
MOST_NAMED = 6  # Students with the same picture, on one card.


@dataclass(frozen=True)
class Card:
    """A student's place on the page, in one notebook's section."""

    row: StudentRow
    anchor: str
    feedback: str  # The address of the student's page, or "".
    picture: str  # The picture's address; "" if there is none.
    drawing: Drawing
    likeness: Likeness = Likeness()


class Drawings:
    """The page, and the pictures on it, in a folder of grades. Whatever happens here, grading goes on."""

    def __init__(self, output, masters, rows):
        """`masters` are the `Master` objects of the batch, and `rows` its `StudentRow` objects."""
        self.output = output
        self.rows, self.pages = rows, file_names(rows)
        self.masters = {master.name: course_root() / "notebooks" / f"{master.name}.ipynb" for master in masters}
        self.kept = KeptPictures(output / "pictures")

    def write(self):
        """Writes the page with what has been read so far; returns None, or a sentence why it could not be written."""
        try:
            sections = {name: self._cards(name) for name in self.masters}
            sections = {name: cards for name, cards in sections.items() if cards}
            values = {"sections": sections, "remarks": REMARKS, "most_named": MOST_NAMED, "few": FEW, "share": SHARE}
            return write_text(self.output / PAGE, templates().get_template(PAGE).render(**values))
        except Exception as error:
            return _say_failed(error)

    def update(self, submissions, workers):
        """Reads the pictures that have not been read yet, and writes the page again.

        Only attempts that count are read, and the masters. `submissions` is what was found this time. Returns a
        sentence about what came of it.
        """
        paths = {submission.key: submission.path for submission in submissions if submission.path is not None}
        counted = [(entry.result.key, name) for row in self.rows for name, entry in row.notebooks.items()]
        jobs = {key: (paths[key], name) for key, name in counted if key in paths}
        try:
            jobs |= {self._masters_keys[name]: (path, name) for name, path in self.masters.items()}
            if new := {key: job for key, job in jobs.items() if not self.kept.is_known(key)}:
                self.kept.read(new, self.masters, workers)
        except Exception as error:
            return _say_failed(error)
        return self.write() or f"{shown(self.output / PAGE)} shows what the class drew."

    @functools.cached_property
    def _masters_keys(self):
        return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in self.masters.items()}

    def _cards(self, name):
        """Returns the cards of a notebook's section, those with a picture first."""
        cards = [
            self._card(row, f"{name[:2]}-{number}", page, row.notebooks[name].result.key)
            for number, (row, page) in enumerate(zip(self.rows, self.pages, strict=True))
            if name in row.notebooks
        ]
        drawn = [card for card in cards if card.picture]
        likenesses = compare([card.drawing for card in drawn], self.kept.drawings.get(self._masters_keys[name]))
        drawn = [replace(card, likeness=likeness) for card, likeness in zip(drawn, likenesses, strict=True)]
        return [*drawn, *(card for card in cards if not card.picture)]

    def _card(self, row, anchor, page, key):
        picture = self.kept.path(key)
        drawing = self.kept.drawings[key] if self.kept.is_known(key) else NOT_READ
        address = "" if drawing.problem else f"{picture.parent.name}/{picture.name}"
        return Card(row, anchor, find_page(self.output, page), address, drawing)


def _say_failed(error):
    reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
    return f"What the class drew could not be shown ({reason}). No mark depends on it; the same command tries it again."
