"""What holds for a class: the due time, how many are late and by whose word, and what was adjusted by hand."""

from collections import Counter

from dcgan_course.instructor.grading.rules.late_words import SOURCES
from dcgan_course.instructor.grading.rules.lateness import COPIED, NOT_KNOWN


def summarize_late(rows, deadline):
    """Returns sentences about a class's due time; none without one.

    `rows` are the `StudentRow` objects, and `deadline` is a `Deadline`, or None.
    """
    if deadline is None:
        return []
    counting = [entry.lateness for row in rows for entry in row.notebooks.values() if entry.lateness]
    late = [each for each in counting if each.is_late]
    sentences = [deadline.describe()]
    if counting:
        by = Counter(SOURCES.get(each.source, each.source) for each in late)
        listed = ", ".join(f"{count} by {source}" for source, count in by.most_common())
        sentences.append(f"Of {len(counting)} notebooks that count {len(late)} came late{': ' * bool(late)}{listed}.")
    if unknown := sum(each.state == NOT_KNOWN for each in counting):
        sentences.append(f"Of {unknown} it is not known when they came; these are not late.")
    if any(each.reason == COPIED for each in counting):
        sentences.append(
            "Most files have times within two seconds of another student's, as if all were copied or packed at once: "
            "the times of files tell nothing here."
        )
    if any(each.source == "Canvas" for each in counting):
        sentences.append(
            "Canvas only says LATE, measured by the due date that it has itself: --due and --grace change nothing "
            "there, and whatever is late there counts as one day."
        )
    if late and len(late) == len(counting):
        sentences.append("Everything is late: is --due right?")
    return sentences


def print_late(rows, deadline):
    """Prints what holds."""
    for sentence in summarize_late(rows, deadline):
        print(sentence)
