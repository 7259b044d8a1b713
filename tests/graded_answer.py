"""One answer graded by the course's own parts, without a sandbox: taken, run, measured, compared and given its marks."""

import contextlib
import functools
import io
import json
import linecache

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_output
from submissions.case import COLOUR, GRAY, MNIST, answer_cell, solved

from dcgan_course.exercises.checks import checking
from dcgan_course.exercises.checks.measured import to_text
from dcgan_course.exercises.checks.measures import measure
from dcgan_course.instructor.grading.marks import plugin, scoring
from dcgan_course.instructor.grading.marks.assembly import read_masters, with_seed
from dcgan_course.instructor.grading.marks.reference import Check
from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.pages import publish
from dcgan_course.instructor.grading.results.ledger import Attempt, Ledger
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.submissions.reader import read
from dcgan_course.instructor.grading.submissions.roster import Roster
from dcgan_course.instructor.masters.mistakes import apply_mistakes
from dcgan_lib.system.paths import course_root

MASTERS = {master.name: master for master in read_masters(course_root() / "notebooks")}
EXERCISES = {exercise.key: exercise for master in MASTERS.values() for exercise in master.exercises}
SECRET_SEED = 271_828
NO_NETWORKS = ("1.1", "1.2", "2.2", "3.4", "3.5")  # They need no TensorFlow, and are measured in a moment.


def notebook_of(key):
    """Returns the name of the notebook that an exercise is in."""
    return {"1": MNIST, "2": GRAY, "3": COLOUR}[key[0]]


@functools.cache
def make_check(key):
    """Makes the `Check` of an exercise without networks, as a batch does it."""
    exercise = EXERCISES[key]

    def lines(source):
        names = {"np": np}
        exec(source, names)
        return to_text(key, measure(key, names[exercise.title], SECRET_SEED))

    right = lines(exercise.solution)
    parts = tuple(dict.fromkeys(line.removeprefix(f"{key} ").partition(":")[0] for line in right.splitlines()))
    mistakes = {name: lines(source) for name, source in apply_mistakes(key, exercise.solution).items()}
    return Check(with_seed(exercise.check, SECRET_SEED), right, parts, mistakes)


def grade(key, source, folder, change=None):
    """Grades one answer; `change` may change the notebook before it is handed in. Returns its `Marks`."""
    notebook = solved(notebook_of(key), **{EXERCISES[key].answer_id: source})
    if change:
        change(notebook, answer_cell(notebook, key))
    path = folder / "handed in.ipynb"
    nbformat.write(notebook, path)
    answer = read(path, MASTERS).answers[key]
    cells = _run(key, answer) if answer.status == "answered" else {}
    return scoring.score(EXERCISES[key], make_check(key), cells, answer)


def _run(key, answer):
    """Runs an answer and its check; returns what nbval's XML would say of the two cells."""
    exercise, check = EXERCISES[key], make_check(key)
    names, file = {"__name__": "__main__", "np": np}, f"<answer {key}>"
    linecache.cache[file] = (len(answer.code), None, answer.code.splitlines(keepends=True), file)
    outputs, printed = [], io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(answer.code, file, "exec"), names)
    except Exception as error:
        outputs = [new_output("error", ename=type(error).__name__, evalue=str(error), traceback=[])]
    own = scoring.Cell(
        not outputs,
        0.1,
        plugin.describe([new_output("stream", text=printed.getvalue()), *outputs], new_code_cell(), None),
    )
    outputs = []
    if exercise.title in names:
        shown = checking._run(key, names[exercise.title], SECRET_SEED, "en")
        outputs = [new_output("display_data", data=shown)]
    expected = new_code_cell(outputs=[new_output("display_data", data={checking.MEASURED_TYPE: check.output})])
    facts = plugin.describe(outputs, expected, key)
    return {exercise.answer_id: own, exercise.check_id: scoring.Cell(facts["right"] != "[]", 0.1, facts)}


def publish_marks(folder, marks, options=None, student="Kim", **changes):
    """Publishes one student's marks, a dict by the exercises' keys; returns the text of the feedback page."""
    ledger = Ledger(folder / "ledger.jsonl", list(MASTERS.values()))
    for name in sorted({notebook_of(key) for key in marks}):
        own = {key: each for key, each in marks.items() if notebook_of(key) == name}
        points = sum(each.points for each in own.values())
        result = SubmissionResult(f"{name} {student}", "b", name, points=points, possible=14, exercises=own, **changes)
        written = json.dumps(result.to_json())
        ledger.results[result.key] = SubmissionResult.from_json(json.loads(written))  # As the record gives it back.
        ledger.attempts.append(Attempt(result.key, student, student, f"{name}.ipynb"))
    rows = gather(ledger, Roster(), [], list(MASTERS.values()), "best")
    publish.publish(rows, ledger, list(MASTERS.values()), folder, None, feedback=options)
    return (folder / "feedback" / publish.file_names(rows)[0]).read_text("utf-8")
