"""A class in a folder with a record of its marks, to which an instructor's decisions are applied. Nothing is run."""

import hashlib
import json
import os
import zipfile
from types import SimpleNamespace

from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.pages import publish
from dcgan_course.instructor.grading.pages.feedback import FeedbackOptions
from dcgan_course.instructor.grading.results.hand_ins import make_overview
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.rules.rules import read_rules
from dcgan_course.instructor.grading.submissions.intake import find_submissions
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_lib.system.paths import course_root

MASTERS = read_masters(course_root() / "notebooks")
MNIST, FACES = "01_mnist", "02_faces_grayscale"
POINTS = {master.name: master.points for master in MASTERS}
DUE = "2026-12-01 23:59 Asia/Seoul"
LAST = 1_796_137_199  # 23:59:59 there, in seconds since 1970.
OPTIONS = ("due", "grace", "extensions", "late_penalty", "adjust")


class DecidedClass:
    """What a folder holds, and what comes out when it is gathered and published."""

    def __init__(self, folder, class_list=None):
        self.folder, self.number = folder, 0
        (folder / "in").mkdir()
        if class_list:
            self.table("class.csv", class_list)

    def table(self, name, text, encoding="utf-8"):
        """Writes a table; returns its path."""
        (self.folder / name).write_bytes(text.encode(encoding))
        return str(self.folder / name)

    def hand_in(self, file, points, after=None, notebook=MNIST, content=None):
        """Writes a file that came some seconds `after` the due time, and lets the record have its marks."""
        path = self.folder / "in" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content or f"{file} {points}", "utf-8")
        if after is not None:
            os.utime(path, (LAST + after, LAST + after))
        self.give(points, notebook, path.read_bytes())
        return path

    def hand_in_zip(self, files, points=4.0):
        """Writes all files, pairs of a name and a time, into one zip."""
        path = self.folder / "in.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, time in files:
                content = time if name.endswith("timestamp.txt") else f"{name}"
                info = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0) if isinstance(time, str) else time)
                archive.writestr(info, content)
                self.give(points, MNIST, content.encode())
        return path

    def give(self, points, notebook, content):
        """Lets the record have the marks of a file."""
        key = hashlib.sha256(content).hexdigest()
        self.ledger().record_result(
            SubmissionResult(key, "b", notebook, points=points, possible=POINTS[notebook], isolation="bubblewrap")
        )

    def ledger(self):
        """Reads the record."""
        return Ledger(self.folder / "ledger.jsonl", MASTERS)

    def run(self, source="in", keep="best", form=None, language="en", **options):
        """Gathers and publishes as a run does; returns what came of it."""
        self.number += 1
        arguments = SimpleNamespace(
            **{**dict.fromkeys(OPTIONS), **{name: str(value) for name, value in options.items()}}
        )
        class_list = self.folder / "class.csv"
        roster = Roster(class_list if class_list.exists() else None)
        intake = find_submissions(self.folder / source, roster, self.folder / f"scratch{self.number}")
        ledger = self.ledger()
        rules = read_rules(arguments, ledger, roster, intake.submissions, MASTERS)
        ledger.record_attempts(intake.submissions)
        rules.record(ledger)
        rows = gather(ledger, roster, intake.submissions, MASTERS, keep, rules.deadline, rules.adjustments)
        overview = make_overview(rows, ledger, intake, roster, {}, keep)
        overview.surprises.extend(rules.surprises)
        feedback = FeedbackOptions(language)
        troubles = publish.publish(
            rows, ledger, MASTERS, self.folder, form, overview, (), feedback, deadline=rules.deadline
        )
        assert troubles == []
        return SimpleNamespace(
            rows={row.student: row for row in rows},
            came={each.file: each.came for each in overview.hand_ins},
            counts={each.file: each.counts for each in overview.hand_ins},
            surprises=overview.surprises,
            rules=rules,
            json={row["student"]: row for row in json.loads((self.folder / "grades.json").read_text("utf-8"))},
        )

    def page(self, name):
        """Returns a page's text."""
        return (self.folder / name).read_text("utf-8")

    def results(self):
        """Returns the record's lines of results as they stand there."""
        lines = (self.folder / "ledger.jsonl").read_text("utf-8").splitlines()
        return [line for line in lines if json.loads(line)["kind"] == "result"]
