"""What the class's page shows, made of the students' rows: their files, how marks are spread, who got what wrong."""

from collections import Counter
from dataclasses import dataclass
from urllib.parse import quote

from dcgan_course.exercises.exercise import Exercise
from dcgan_course.instructor.grading.pages.distribution import make_distribution
from dcgan_course.instructor.grading.pages.feedback import explain, find_reason
from dcgan_course.instructor.grading.results.students import StudentRow
from dcgan_course.instructor.process.wording import visible

MOST_SLOW = 10
MOST_COMMON = 8  # Mistakes over all exercises.
MOST_LETTERS = 60  # Of a mistake's name: an answer may make one up.
# What students can be looked for by, and how the page says it.
NOTED = {"look": "needs a person", "flags": "has flags", "late": "was late", "adjusted": "was adjusted by hand"}


@dataclass(frozen=True)
class StudentLine:
    """A student's line of the table."""

    row: StudentRow
    called: str  # The name, with the id if another student has the same name.
    page: str  # The address of the feedback page, or "".
    xml: dict  # From a notebook's name to the address of nbval's XML; only files that are there.

    @property
    def noted(self):
        """What an instructor may look for: a list of keys of `NOTED`."""
        row = self.row
        is_late = any(entry.lateness and entry.lateness.is_late for entry in row.notebooks.values())
        facts = {"look": row.look, "flags": row.flags, "late": is_late, "adjusted": row.adjustments}
        return [word for word in NOTED if facts[word]]

    def code(self, key):
        """Returns the address of the student's answer to an exercise, or ""."""
        return self.page and f"{self.page}#answer-{key}"


@dataclass(frozen=True)
class Mistake:
    """What went wrong in one exercise in the same way, and for whom."""

    name: str
    sentence: str
    lines: list  # Of `StudentLine`.


@dataclass(frozen=True)
class CheckSummary:
    """How a class did in one exercise."""

    exercise: Exercise
    handed_in: int  # How many students have marks for it.
    right: int  # How many of them have everything right.
    mean: float
    mistakes: list  # Of `Mistake`, the most common first.

    @property
    def percent(self):
        """The pass rate."""
        return round(100 * self.right / self.handed_in)


def page_values(rows, masters, names, output):
    """Returns a dict of what the template of the class's page shows.

    `names` are the files of the students' pages. Only files that are there in `output` are linked.
    """
    lines = make_lines(rows, names, output)
    all_marks = [pair for row in rows for pair in row.exercises.items()]
    return {
        "lines": lines,
        "people": [line for line in lines if line.row.look],
        "with_id": any(row.id for row in rows),
        "masters": masters,
        "columns": sum(1 + len(master.exercises) for master in masters),
        "counts": Counter(row.status for row in rows),
        "outcomes": Counter(marks.outcome for _, marks in all_marks).most_common(),
        "noted": {word: sum(word in line.noted for line in lines) for word in NOTED},
        "noted_as": NOTED,
        "spreads": make_distributions(rows, masters),
        "checks": summarize_checks(lines, masters),
        "common": Counter(filter(None, (name_mistake(key, marks) for key, marks in all_marks))).most_common(
            MOST_COMMON
        ),
        "name_mistake": name_mistake,
        "slow": _find_slowest(lines),
        "drawn": "class.html" if (output / "class.html").exists() else "",
        "downloads": [name for name in ("grades.csv", "grades.json") if (output / name).exists()],
    }


def make_lines(rows, names, output):
    """Makes the `StudentLine` of each row; `names` are those of the pages, looked for in `output`."""
    lines, same_name = [], Counter(row.student for row in rows)
    for row, name in zip(rows, names, strict=True):
        page = find_page(output, name)
        xml = {title: f"junit/{entry.result.key[:16]}.xml" for title, entry in row.notebooks.items()}
        called = f"{row.student} {row.id}".strip() if same_name[row.student] > 1 else row.student
        there = {title: file for title, file in xml.items() if (output / file).exists()}
        lines.append(StudentLine(row, called, page, there))
    return lines


def find_page(output, name):
    """Returns the address of a student's page, as other pages in `output` link it; "" if it is not there."""
    return f"feedback/{quote(name)}" if (output / "feedback" / name).exists() else ""


def make_distributions(rows, masters):
    """Returns a list of `Distribution`: of what is handed on in all, and for each notebook if there are several."""
    each = []
    for master in masters:
        totals = [row.totals[master.name].total for row in rows if master.name in row.totals]
        each.append(make_distribution(master.name, totals, master.points))
    each = [spread for spread in each if spread]
    if len(each) == 1:
        return each
    totals = [row.total for row in rows if row.total is not None]
    return [*filter(None, [make_distribution("all notebooks", totals, sum(spread.possible for spread in each))]), *each]


def summarize_checks(lines, masters):
    """Returns a `CheckSummary` of each exercise that anybody has handed in."""
    exercises = [exercise for master in masters for exercise in master.exercises]
    summaries = (_summarize(each, [line for line in lines if each.key in line.row.exercises]) for each in exercises)
    return [summary for summary in summaries if summary.handed_in]


def _summarize(exercise, lines):
    pairs = [(line, line.row.exercises[exercise.key]) for line in lines]
    groups = {}
    for line, marks in pairs:
        if marks.outcome != "right":
            groups.setdefault(name_mistake(exercise.key, marks), []).append((line, marks))
    mistakes = [
        Mistake(name, _say_what([marks for _, marks in group], exercise.key), [line for line, _ in group])
        for name, group in sorted(groups.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    ]
    right = sum(marks.outcome == "right" for _, marks in pairs)
    mean = sum(marks.points for _, marks in pairs) / len(pairs) if pairs else 0.0
    return CheckSummary(exercise, len(pairs), right, mean, mistakes)


def name_mistake(key, marks):
    """Names what went wrong in an exercise, so that the same mistake has the same name; "" if nothing did."""
    if marks.outcome == "right":
        return ""
    if reason := find_reason(key, marks):
        return visible(reason)[:MOST_LETTERS]
    if marks.outcome == "error":
        return marks.error or "error"
    if marks.outcome == "partly right":
        return "partly right: not " + ", ".join(part for part in marks.parts if part not in marks.right)
    return marks.outcome


def _say_what(group, key):
    """Says what went wrong, for `Marks` that have the same mistake."""
    sentence, hint = explain(key, group[0])
    if find_reason(key, group[0]):
        return hint
    if group[0].outcome in ("error", "not Python"):
        messages = Counter(marks.message for marks in group if marks.message).most_common()
        others = f" (and {len(messages) - 1} other message{'s' * (len(messages) > 2)})" * (len(messages) > 1)
        return messages[0][0] + others if messages else ""
    return sentence


def _find_slowest(lines):
    """Returns pairs of a `StudentLine` and a `SubmissionResult`, those that took longest first."""
    results = [(line, entry.result) for line in lines for entry in line.row.notebooks.values()]
    return sorted(results, key=lambda pair: -pair[1].seconds)[:MOST_SLOW]
