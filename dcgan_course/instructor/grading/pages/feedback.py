"""What a student is told: what was right, what happened where it was not, why that may be, and what to do."""

import re
from dataclasses import dataclass

from dcgan_course.exercises.checks import messages
from dcgan_course.exercises.checks.explanation import describe_value, find_general_reason, list_differences
from dcgan_course.exercises.checks.measured import UnusableResult, from_text
from dcgan_course.exercises.tasks import TASKS
from dcgan_course.instructor.grading.pages.feedback_texts import TEXTS, say, translate
from dcgan_course.instructor.grading.rules.late_words import late_part
from dcgan_course.instructor.process.wording import visible

MOST_CODE = 20_000  # Characters of an answer that a page shows; the longest solution has 2,000.
TITLES = {task.key: task.title for tasks in TASKS.values() for task in tasks}


@dataclass(frozen=True)
class FeedbackOptions:
    """How feedback is written. A changed option needs no grading anew."""

    language: str = "en"  # Or "ko".
    show_expected: bool = False  # Whether students see what came and what was expected in the batch.


def feedback_values(row, options):
    """Returns what the template of the feedback page needs to show a `StudentRow`: a dict."""
    language = options.language
    exercises = row.exercises
    return {
        "row": row,
        "late": late_part(row, language),
        "language": language,
        "say": lambda name, **values: say("page", name, language, **values),
        "status": lambda status: say("statuses", status, language),
        "with_code": _with_code,
        "translate": lambda sentence: translate(visible(sentence), language),
        "views": {key: ExerciseView(key, marks, options) for key, marks in exercises.items()},
        "is_done": all(marks.outcome == "right" for marks in exercises.values()),
    }


@dataclass(frozen=True)
class ExerciseView:
    """What the page shows of one exercise."""

    key: str
    marks: object  # Its `Marks`.
    options: FeedbackOptions

    @property
    def title(self):
        """The names that the answer defines; "" for an exercise that the course does not have any more."""
        return TITLES.get(self.key, "")

    @property
    def explained(self):
        """A sentence that says how it went, and a hint or ""."""
        return explain(self.key, self.marks, self.options.language)

    @property
    def failed(self):
        """The line of the answer that failed, and with what: two texts, or None."""
        marks = self.marks
        if not marks.error or not marks.message or marks.error == "UnusableResult":
            return None
        error = visible(f"{marks.error}: {marks.message}")
        return (
            (messages.say("code that failed", self.options.language, error=error), marks.line)
            if marks.line
            else (error, "")
        )

    @property
    def values(self):
        """The lines that differ from those of a right answer; empty unless students may see what was expected."""
        if not self.options.show_expected or self.marks.outcome == "right":
            return []
        several, language = len(self.marks.parts) > 1, self.options.language
        return [
            line
            for part, label, value, expected in _differences(self.key, self.marks)
            for line in describe_value(f"{part}: {label}" if several else label, value, expected, language)
        ]

    @property
    def all_values(self):
        """All lines that were measured, and those of a right answer: two texts; None unless students may see them."""
        if not self.options.show_expected or self.marks.outcome == "right" or not self.marks.measured:
            return None
        return self.marks.measured, self.marks.expected

    @property
    def answer(self):
        """The answer as it stands in the notebook."""
        return code(self.marks.source or self.marks.answer)

    @property
    def is_kept(self):
        """Whether the record has the answer, if there was one: earlier versions did not keep it."""
        return bool(self.marks.source or self.marks.answer) or self.marks.status == "missing"

    @property
    def found(self):
        """How the answer was found: a sentence, or "" if there is none."""
        found, cell = self.marks.found, self.marks.cell
        if not found or self.marks.status == "missing":
            return ""
        name = f"by {found}" if cell else f"by {found} in some cell"
        return say("page", name, self.options.language, key=self.key, cell=cell)

    @property
    def support(self):
        """What came along from other cells."""
        return code(self.marks.support)


def explain(key, marks, language="en"):
    """Says in words how an exercise went: returns a sentence, and a hint or ""."""
    return _say_outcome(marks, language), _find_hint(key, marks, language)


def code(text):
    """Returns a text of lines, such as a program, without what nobody sees and no longer than a page should be."""
    lines = text[:MOST_CODE].replace("\r\n", "\n").split("\n")
    return "\n".join(visible(line.expandtabs(4)) for line in lines) + ("\n..." if len(text) > MOST_CODE else "")


def _with_code(sentence):
    """Returns a sentence as HTML; what stands between backticks is code."""
    from markupsafe import Markup, escape

    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(sentence))))


def _say_outcome(marks, language):
    wrong = [part for part in marks.parts if part not in marks.right]
    error = "" if marks.error == "UnusableResult" else visible(marks.error or "")
    right, wrong = (", ".join(messages.say_label(part, language) for part in parts) for parts in (marks.right, wrong))
    unusable = marks.outcome == "error" and not error
    name = "unusable" if unusable else marks.outcome
    message = " ".join(text for text, _ in translate(visible(marks.message or ""), language))
    sentence = say("sentences", name, language, right=right, wrong=wrong, error=error, message=message)
    if marks.outcome == "partly right" and error:
        sentence += " " + say("sentences", "error", language, error=error)
    return sentence


def find_reason(key, marks):
    """Returns why an answer is not right, as far as its values say so: a key of the checks' messages, or ""."""
    if marks.error == "UnusableResult":
        return UnusableResult.from_text(marks.message or "").args[0]
    if marks.error or marks.outcome not in ("wrong", "partly right"):
        return ""
    differences = _differences(key, marks)
    return marks.mistake or (differences and find_general_reason(differences)) or ""


def _find_hint(key, marks, language):
    """Returns what may be wrong, from the same sentences that a student's own check has, or what to do; else ""."""
    if marks.outcome == "right":
        return ""
    if marks.outcome == "stub" or marks.error == "NotImplementedError":
        return messages.say("not done", language)
    if marks.error:
        return _explain_error(key, marks, language)
    if (reason := find_reason(key, marks)) and (hint := _say_of_check(reason, language)):
        return hint
    name = marks.outcome
    if name == "wrong" and marks.expected and not marks.measured:
        name = "no function"
    return say("hints", name, language, key=key, name=TITLES.get(key, key))


def _explain_error(key, marks, language):
    message = marks.message or ""
    if marks.error == "UnusableResult":
        unusable = UnusableResult.from_text(message)
        hint = _say_of_check(unusable.args[0], language, **{**unusable.values, "name": TITLES.get(key, key)})
        return hint or say("errors", "UnusableResult", language)
    name = marks.error if marks.error in TEXTS["errors"] else "any other"
    if "NoneType" in message:
        name = "None inside"
    elif marks.error == "TypeError" and re.search(r"\bargument", message):
        name = "arguments"
    return say("errors", name, language)


def _say_of_check(sentence, language, /, **values):
    """Returns a sentence of the checks; "" if there is no such sentence: what an answer shows may be made up."""
    try:
        return messages.say(sentence, language, **{name: visible(value) for name, value in values.items()})
    except (KeyError, TypeError):
        return ""


def _differences(key, marks):
    """Returns what differs, as `list_differences` does; nothing if nothing was measured."""
    measured = from_text(key, marks.measured)
    return list_differences(measured, from_text(key, marks.expected)) if measured else []
