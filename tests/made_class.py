"""A class made of real parts, without running anything: its record, its rows and its pages."""

import hashlib
import random

from dcgan_course.instructor.grading.marks.submission_result import Marks, SubmissionResult
from dcgan_course.instructor.grading.pages import publish
from dcgan_course.instructor.grading.results.hand_ins import make_overview
from dcgan_course.instructor.grading.results.ledger import Attempt, Ledger
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.submissions.intake import Intake, Submission
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.instructor.masters.mistakes import MISTAKES

FAMILIES = "김 이 박 최 정 강 조 윤 장 임 한 오 서 신 권".split()
GIVEN = "민지 서준 도윤 예은 시우 하은 지호 수아 주원 지우 준서 서연 유진 현우 은우 다은 태윤 소율 선우 채원".split()
ABROAD = "Nguyen Anh, Emma Müller, José García, Wei Zhang, Aoife O'Brien, Olga Ivanova, Anna-Lena Köhler".split(", ")
PARTS = {"2.5": ("losses", "weights"), "3.2": ("generator", "parameters")}
ERRORS = {
    "TypeError": "build_generator() missing 1 required positional argument: 'image_shape'",
    "NameError": "name 'layers' is not defined",
    "ValueError": 'Input 0 of layer "conv2d" is incompatible with the layer: expected min_ndim=4, found ndim=3',
    "UnusableResult": "nothing returned",
}


def marks(exercise, outcome="right", **changes):
    """Makes the `Marks` of an exercise that went so."""
    parts = PARTS.get(exercise.key, ("values",))
    right = {"right": parts, "partly right": parts[:1]}.get(outcome, ())
    answered = outcome not in ("missing", "stub", "not Python")
    values = dict(
        status="answered" if answered else outcome, found="marker" if outcome != "missing" else None, warnings=(),
        flags=(), digest=None, points=round(exercise.points * len(right) / len(parts), 2), possible=exercise.points,
        outcome=outcome, right=right, parts=parts, error="TypeError" if outcome == "error" else None, message=None, printed="", seconds=0.4,
    )  # fmt: skip
    return Marks(**values | changes)


def result(key, master, exercises, **changes):
    """Makes the `SubmissionResult` of a notebook; `exercises` is a dict from keys to `Marks`."""
    points = round(sum(each.points for each in exercises.values()), 2)
    values = dict(points=points, possible=master.points, exercises=exercises, seconds=9.0, isolation="bubblewrap")
    return SubmissionResult(key, "2026-12-01 12:00:00-ab12", master.name, **values | changes)


def key_of(*words):
    """Makes a submission's key."""
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


class MadeClass:
    """A class whose marks are given, and then published in `folder` as grading does it."""

    def __init__(self, folder, masters, people):
        """`people` is a list of pairs of a name and an id."""
        self.folder, self.masters = folder, masters
        (folder / "grades" / "junit").mkdir(parents=True)
        lines = "".join(f"{name},{number}\n" for name, number in people)
        (folder / "class.csv").write_text(f"name,id\n{lines}", "utf-8")
        self.roster = Roster(folder / "class.csv")
        self.ledger = Ledger(folder / "ledger.jsonl", masters)
        self.submissions = []

    def hand_in(self, name, number, master, given):
        """Lets a student have a result: `given` is a dict from keys to `Marks`, or a pair of a status and a reason."""
        key, file = key_of(number, master.name), f"{number}_{name}/{master.name}.ipynb"
        self.submissions.append(
            Submission(name, number, file, None, None, key, known=True, lms_id="", matched="id and name")
        )
        self.ledger.attempts.append(Attempt(key, number, name, file))
        if isinstance(given, dict):
            self.ledger.results[key] = result(key, master, given)
            (self.folder / "grades" / "junit" / f"{key[:16]}.xml").write_text("<testsuites/>")
        else:
            status, reason = given
            self.ledger.results[key] = SubmissionResult(key, "b", reason=reason, status=status)

    def publish(self):
        """Gathers `rows` and writes all pages; returns the path of the class's page."""
        intake = Intake(
            self.submissions, [("lists/notes.pdf", "It lies beside the students' files and is no notebook.")]
        )
        self.rows = gather(self.ledger, self.roster, self.submissions, self.masters, "best")
        overview = make_overview(self.rows, self.ledger, intake, self.roster, {}, "best")
        publish.publish(self.rows, self.ledger, self.masters, self.folder / "grades", None, overview)
        return self.folder / "grades" / "index.html"


def make_people(count, draw):
    """Returns `count` pairs of a name and an id; some names stand there twice, as in a real class."""
    names = [draw.choice(FAMILIES) + draw.choice(GIVEN) for _ in range(count - len(ABROAD))]
    return [(name, f"2026{number:04d}") for number, name in enumerate(draw.sample(names + ABROAD, count), 1)]


def make_class(folder, masters, count=300, seed=7):
    """Makes a class like a real one: most do well, some hand in half, a few nothing or something broken."""
    draw = random.Random(seed)
    people = make_people(count, draw)
    made = MadeClass(folder, masters, people)
    for name, number in people:
        skill = min(1.0, max(0.1, draw.gauss(0.8, 0.18)))
        if draw.random() < 0.03:
            continue
        if draw.random() < 0.02:
            made.hand_in(
                name, number, masters[0], ("could not be graded", "It is a PDF file, and a notebook is expected.")
            )
            continue
        for master in masters:
            if draw.random() < 0.96:
                given = {each.key: _draw_marks(each, skill, draw) for each in master.exercises}
                made.hand_in(name, number, master, given)
    return made


def _draw_marks(exercise, skill, draw):
    if draw.random() < skill:
        return marks(exercise, flags=("uses get_ipython",) if draw.random() < 0.01 else ())
    outcome = draw.choices(
        ("wrong", "error", "partly right", "stub", "missing", "not Python", "timeout"), (9, 6, 3, 3, 1, 1, 1)
    )[0]
    if outcome == "partly right" and exercise.key not in PARTS:
        outcome = "wrong"
    changes = {}
    if outcome == "error":
        error = draw.choice(sorted(ERRORS))
        changes = {"error": error, "message": ERRORS[error]}
    elif outcome == "not Python":
        changes = {"message": f"line {draw.randint(2, 6)}: invalid syntax"}
    elif outcome == "wrong" and draw.random() < 0.75:
        changes = {"mistake": draw.choices(list(MISTAKES[exercise.key])[:5], (8, 4, 2, 1, 1))[0]}
    return marks(exercise, outcome, **changes)
