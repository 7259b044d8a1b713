"""A class whose notebooks have pictures in their outputs: real files, read and published as grading does it."""

import base64
import io
import json

import numpy as np
from PIL import Image

from dcgan_course.instructor.grading.drawings.drawings import Drawings
from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.pages import publish
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.submissions.intake import find_submissions
from dcgan_course.instructor.grading.submissions.roster import Roster

FACES = "02_faces_grayscale"


def make_grid(images):
    """Lays uint8 images `(25, 28, 28, channels)` out as a notebook shows them: larger, with white between them."""
    paper = Image.new("RGB", (511, 511), "white")
    for number, pixels in enumerate(images):
        picture = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        place = (4 + 101 * (number % 5), 4 + 101 * (number // 5))
        paper.paste(picture.resize((98, 98), Image.Resampling.NEAREST), place)
    return paper


def noise_grid(seed):
    """A grid that is like no other: soft noise."""
    small = np.random.default_rng(seed).integers(0, 256, (25, 7, 7, 1), dtype="uint8")
    return make_grid(small.repeat(4, axis=1).repeat(4, axis=2))


def written(image, form="PNG", **options):
    """Returns a picture's file in base64, as a notebook holds it."""
    content = io.BytesIO()
    image.save(content, form, **options)
    return base64.b64encode(content.getvalue()).decode()


def output(encoded, kind="image/png"):
    """Makes a cell's output that shows a picture."""
    return {"output_type": "display_data", "data": {kind: encoded, "text/plain": "x"}, "metadata": {}}


def cell(outputs, cell_id="last-images", source="plot_images(dcgan.generator(noise, training=False))"):
    """Makes a code cell with outputs."""
    values = {"cell_type": "code", "source": source, "metadata": {}, "outputs": outputs, "execution_count": 1}
    return {**values, "id": cell_id} if cell_id else values


def notebook(*cells):
    """Makes a notebook's bytes."""
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def with_grid(image):
    """Makes a notebook whose last grid is a picture."""
    return notebook(cell([output(written(image))]))


class DrawnClass:
    """A class in `folder / "in"`, with its grades in `folder / "grades"`."""

    def __init__(self, folder, masters):
        self.source, self.output, self.masters = folder / "in", folder / "grades", masters
        self.scratch = folder / "scratch"
        self.source.mkdir()
        self.output.mkdir()

    def hand_in(self, student, content, master=FACES):
        """Lets a student hand a notebook in, which is one of the course's."""
        (self.source / student).mkdir(exist_ok=True)
        (self.source / student / f"{master}.ipynb").write_bytes(content)

    def publish(self, workers=2):
        """Publishes what was handed in, with a mark for each, and then its pictures; returns the `Drawings`."""
        submissions = find_submissions(self.source, Roster(), self.scratch).submissions
        ledger = Ledger(self.output / "ledger.jsonl", self.masters)
        ledger.record_attempts(submissions)
        for each in submissions:
            name = each.file.split("/")[-1].removesuffix(".ipynb")
            ledger.record_result(SubmissionResult(each.key, "b", name, points=1.0, possible=14, isolation="bubblewrap"))
        rows = gather(ledger, Roster(), submissions, self.masters, "best")
        drawings = Drawings(self.output, self.masters, rows)
        drawings.write()
        publish.publish(rows, ledger, self.masters, self.output, None)
        self.said = drawings.update(submissions, workers)
        self.keys = {each.student: each.key for each in submissions}
        return drawings

    @property
    def page(self):
        """The text of the page."""
        return (self.output / "class.html").read_text("utf-8")
