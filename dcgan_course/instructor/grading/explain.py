"""`grade --explain STUDENT EXERCISE`: runs one exercise of one student again, and shows what decided its mark."""

import ast
import difflib

from dcgan_course.exercises.checks.explanation import list_differences
from dcgan_course.exercises.checks.measured import from_text, show
from dcgan_course.exercises.checks.messages import say
from dcgan_course.exercises.table import print_columns
from dcgan_course.instructor.grading.batch import make_grader
from dcgan_course.instructor.grading.marks.assembly import assemble, read_masters
from dcgan_course.instructor.grading.marks.scoring import ENDINGS
from dcgan_course.instructor.grading.pages import feedback
from dcgan_course.instructor.grading.regrading import read_keys
from dcgan_course.instructor.grading.results.ledger import Ledger
from dcgan_course.instructor.grading.results.students import gather
from dcgan_course.instructor.grading.rules.rules import read_rules
from dcgan_course.instructor.grading.submissions.intake import find_submissions
from dcgan_course.instructor.grading.submissions.roster import Roster, squeeze_name
from dcgan_course.instructor.process.wording import visible
from dcgan_course.refused import Refused
from dcgan_lib.system.machine import usable_cores
from dcgan_lib.system.paths import course_root

OPTION = "--explain"
LONGEST_VALUE = 70  # Characters of a value in the table.
MOST_NAMES = 5


def explain(arguments, source, output, scratch):
    """Runs the exercise beside the master's solution, and prints what was run, what came and how it is marked.

    Nothing is written to `output`, so it may run beside a batch. Returns the exit status. Raises `Refused` if the
    student, the exercise or an answer to it is not there.
    """
    text, number = arguments.explain
    masters = read_masters(course_root() / "notebooks")
    key, *more = read_keys([number], masters, OPTION)
    if more:
        raise Refused(f"{OPTION}: one exercise is shown at a time. Received: '{visible(number)}'.")
    master = next(master for master in masters if key in master.digests).only([key])
    roster = Roster(arguments.roster)
    intake = find_submissions(source, roster, scratch / "unpacked")
    identity = find_student(text, roster, intake.submissions)
    ledger, changed = _read_record(output, masters)
    grader = make_grader(arguments, masters, scratch, scratch, usable_cores()).only([key])
    rules = read_rules(arguments, ledger, roster, intake.submissions, masters)
    rows = gather(ledger, roster, intake.submissions, masters, arguments.keep, rules.deadline)
    row = next(each for each in rows if each.identity == identity)
    with grader:
        submission, reading = _choose(row, intake.submissions, master, grader)
        answer = reading.answers[key]
        if answer.status != "answered":
            raise Refused(f"{OPTION}: {row.student}, {submission.file}: {_say_unanswered(key, answer)}")
        result = grader.grade(submission, reading)
    if result.status != "graded":
        raise Refused(f"{OPTION}: it could not be run. {result.reason}")
    marks = result.exercises[key]
    _print_title(f"{row.student}, {submission.file}{_say_attempt(row, master)}, cell {answer.cell}: what was run")
    _print_cells(assemble(master, {key: answer.code}, grader.checks[master.name]), answer)
    _print_end(key, marks)
    _print_values(key, marks)
    _print_marks(marks, ledger.results.get(submission.key), key, changed)
    return 0


def find_student(text, roster, submissions):
    """Returns the identity of the student whom an id, a whole name, an e-mail or a folder names.

    Raises `Refused` if that is nobody, or several; it names them.
    """
    asked = squeeze_name(text)
    if roster.people and (person := roster.match(text).person):
        return person.identity
    known = {person.identity: (person.name, person.id) for person in roster.people}
    found = {identity for identity, names in known.items() if asked in map(squeeze_name, names)}
    for each in submissions:
        names = (each.identity, each.student, each.lms_id, each.file.split("/")[0])
        known.setdefault(each.identity, (each.student, each.lms_id))
        if asked in map(squeeze_name, names):
            found.add(each.identity)
    if len(found) == 1:
        return found.pop()
    spelled = {squeeze_name(name): identity for identity, names in known.items() for name in names if name}
    near = [name for name in spelled if asked and asked in name] or difflib.get_close_matches(asked, spelled)
    candidates = sorted(found or {spelled[name] for name in near})[:MOST_NAMES]
    listed = ", ".join(_name(*known[identity]) for identity in candidates)
    if found:
        raise Refused(f"{OPTION}: '{visible(text)}' may be {len(found)} students: {listed}. Give the id or the e-mail.")
    advice = f"Is it {listed}?" if listed else "The table of --dry-run has all names."
    raise Refused(f"{OPTION}: nobody has the whole name, id or e-mail '{visible(text)}'. {advice}")


def _name(name, number):
    return visible(f"{name} ({number})" if number and number != name else name)


def _read_record(output, masters):
    """Returns the `Ledger`, and a sentence if its marks are those of other exercises, else ""."""
    path = output / "ledger.jsonl"
    try:
        return Ledger(path, masters), ""
    except Refused as refusal:
        return Ledger(path, masters, None), str(refusal)


def _choose(row, submissions, master, grader):
    """Returns the student's `Submission` that counts, and its `Reading`: what has a mark, or else the newest."""
    own = [each for each in submissions if each.identity == row.identity and each.key]
    if not own:
        raise Refused(f"{OPTION}: {row.student} has handed in nothing.")
    if master.name in row.notebooks:
        entry = row.notebooks[master.name]
        own = [each for each in submissions if each.key == entry.result.key]
        if not own:
            raise Refused(f"{OPTION}: {row.student}: {entry.file}, which counts, is no longer there.")
    problems = []
    for submission in reversed(own):
        reading = grader.read(submission)
        if reading.notebook == master.name:
            return submission, reading
        problems.append(f"{submission.file}: {reading.problem or reading.notebook}")
    raise Refused(f"{OPTION}: {row.student} has handed in no {master.name}. There is {visible('; '.join(problems))}")


def _say_unanswered(key, answer):
    reasons = {
        "missing": f"no answer to exercise {key} was handed in.",
        "stub": f"exercise {key} is as it was given out; nothing is written in it.",
        "not Python": f"the answer to exercise {key} is not Python, so it is not run ({visible(answer.error or '')}).",
    }
    return reasons[answer.status]


def _say_attempt(row, master):
    if master.name not in row.notebooks:
        return " (not graded yet)"
    entry = row.notebooks[master.name]
    number = len(entry.attempts)
    return f" (of {number} attempts number {entry.counts + 1} counts)" if number > 1 else ""


def _print_cells(notebook, answer):
    setup, ours, check = notebook.cells
    _print_code("Our imports and parameters", setup.source)
    if answer.support:
        _print_code("What came along from other cells", answer.support)
    _print_code("The answer, as it stands in the notebook", answer.source)
    if not _is_same(f"{answer.support}\n{answer.source}", ours.source):
        _print_code("Both as they were run", ours.source)
    _print_code("Our check, with the secret number of this run", check.source)
    for warning in answer.warnings:
        print(f"Note: {visible(warning)}")


def _is_same(source, code):
    """Says whether two sources are the same Python but for layout and comments."""
    try:
        return ast.dump(ast.parse(source)) == ast.dump(ast.parse(code))
    except (SyntaxError, ValueError):
        return False


def _print_end(key, marks):
    _print_title(f"How it ended: {marks.outcome}")
    if marks.outcome in (*ENDINGS, "partly right"):
        print(feedback.explain(key, marks)[0])
    if marks.error:
        print(f"  {marks.error}: {visible(marks.message or '')}")
    if marks.line:
        print(f"  in the line: {visible(marks.line)}")
    for error in marks.left_out:
        print(f"  left out, because it failed outside of a function: {visible(error)}")
    if marks.printed.strip():
        _print_code("It printed", marks.printed)


def _print_values(key, marks):
    expected = from_text(key, marks.expected)
    differences = list_differences(from_text(key, marks.measured), expected)
    number = sum(map(len, expected.values()))
    if not marks.measured:
        _print_title("Nothing could be measured; our solution gives")
        print_columns([(f"{part}: {label}", _shorten(right)) for part, label, _, right in differences])
        return
    _print_title(f"What came, and what our solution gives: {len(differences)} of {number} lines differ")
    if differences:
        lines = [(f"{part}: {label}", _shorten(came), _shorten(right)) for part, label, came, right in differences]
        print_columns([("line", "came", "expected"), *lines])
    if marks.mistake:
        print(f"These are the values of the known mistake '{marks.mistake}': {say(marks.mistake, 'en')}")
    elif differences:
        print("No known mistake gives these values.")


def _print_marks(marks, recorded, key, changed):
    _print_title("Marks")
    print(f"Now: {marks.points:g} of {marks.possible}, {marks.outcome} ({marks.seconds:.1f} s in the check).")
    before = recorded.exercises.get(key) if recorded else None
    if before is None:
        print("In the record: none yet.")
    else:
        print(f"In the record: {before.points:g} of {before.possible}, {before.outcome} (batch {recorded.batch}).")
    if changed:
        print(f"Note: {changed}")
    print("Nothing was written down.")


def _print_title(text):
    print(f"\n== {text}")


def _print_code(title, code):
    print(f"-- {title}:")
    for line in code.rstrip().splitlines():
        print(f"    {visible(line.expandtabs(4))}")


def _shorten(value):
    text = "nothing" if value is None else visible(show(value))
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]} ..."
