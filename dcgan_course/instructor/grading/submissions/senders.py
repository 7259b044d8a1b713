"""Who files are from: what the name of a folder or file says, and which students of the class list these are."""

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass

from dcgan_course.instructor.grading.submissions.archive import NOTEBOOK
from dcgan_course.instructor.grading.submissions.roster import Match, squeeze_name
from dcgan_course.instructor.process.wording import visible

# The second number of Canvas grows with each file that is handed in; a text or a link has none.
CANVAS = re.compile(
    r"^(?P<name>[^_]+)_(?P<late>LATE_)?(?P<id>[0-9]+)_(?:(?P<number>[0-9]+)_.+|(?:text|link)\.html)$", re.DOTALL
)
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>[0-9]+)_assignsubmission_[a-z]+_?(?P<file>.*)$")
# What browsers, Colab and the course add to a file's name; the rest is the student's name.
COPY_BEFORE = re.compile(r"^copy of ", re.IGNORECASE)
COPY_AFTER = re.compile(r"(?:\.ipynb)?(?:의 사본| - copy|[\s_-]*\([0-9]+\))$", re.IGNORECASE)
COURSE_NAME = r"0?[123]_?(?:mnist|faces_(?:grayscale|colour))"
COURSE_NAMES = re.compile(rf"^{COURSE_NAME}(?=$|[\s_.-])|(?<=[\s_.-]){COURSE_NAME}$", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Sender:
    """Who files are from, as the name of a folder or file says it."""

    name: str
    number: str = ""  # That Canvas or Moodle gave, or "".
    system: str = ""  # "Canvas", "Moodle" or "".
    form: str = ""  # "file" for a loose file; how the name is stored, unless it is composed UTF-8.


def read_sender(parts, spelling="", is_folder=False):
    """Returns the `Sender` of a file or folder, by its path inside SUBMISSIONS."""
    first = parts[0]
    # Canvas first: behind its numbers stands a name that the student has chosen, maybe one like Moodle's.
    for system, pattern in (("Canvas", CANVAS), ("Moodle", MOODLE)):
        if match := pattern.match(first):
            return Sender(match["name"], match["id"], system)
    if is_folder or len(parts) > 1:
        return Sender(first, form=spelling)
    stem = re.sub(r"\.zip$", "", NOTEBOOK.sub("", first), flags=re.IGNORECASE)
    name = COPY_AFTER.sub("", COPY_BEFORE.sub("", stem))
    name = re.sub(r"[\s_.-]+", " ", COURSE_NAMES.sub("", name)).strip()
    return Sender(name or stem, form=f"file {spelling}".strip())


def match_sender(roster, sender):
    """Finds whom a sender is in the class list."""
    if not roster.people:
        return Match(None, f"{sender.system}'s name" if sender.system else "its own name")
    if sender.system == "Canvas":
        return roster.match_canvas(sender.name, sender.number)
    if sender.system == "Moodle":
        return roster.match_moodle(sender.name, sender.number)
    return roster.match(sender.name)


def match_senders(senders, roster, surprises):
    """Finds whom all senders are: a dict from each `Sender` to its `Match`.

    Two who would be the same person are nobody, because one of them may be somebody else. That is a surprise, and so is
    a sender whom the class list does not have.
    """
    matches = {sender: match_sender(roster, sender) for sender in senders}
    claims = defaultdict(list)
    for sender, match in matches.items():
        name = match.person.line if match.person else (squeeze_name(sender.name), sender.number)
        claims[name].append(sender)
    for rivals in claims.values():
        if len(rivals) > 1:
            person = matches[rivals[0]].person
            for sender in rivals:
                others = [other for other in sorted(rivals) if other != sender]
                matches[sender] = Match(None, _say_rivals([sender, *others], person))
            together = "If they are one student's, put their files into one folder."
            surprises.append(f"{_say_rivals(sorted(rivals), person)} {together}")
    contested = {sender for rivals in claims.values() if len(rivals) > 1 for sender in rivals}
    nobodys = defaultdict(list)
    for sender, match in matches.items():
        if roster.people and match.person is None and sender not in contested:
            nobodys[match.how].append(sender)
    for reason, strangers in nobodys.items():
        listed = ", ".join(map(_describe, sorted(strangers)[:10])) + ", ..." * (len(strangers) > 10)
        verb = "are" if len(strangers) > 1 else "is"
        surprises.append(f"{listed} {verb} for nobody. {reason}")
    return matches


def _say_rivals(senders, person):
    listed = " and ".join(map(_describe, senders))
    if person is None:
        return f"{listed} are the same name, but for blanks, case or spelling. Each keeps its marks under its own name."
    return (
        f"{listed} all name {person.name} of the class list. Each keeps its marks under its own name, and "
        f"{person.name} gets none of them."
    )


def _describe(sender):
    more = f"{sender.system}'s number {sender.number}" if sender.number else sender.form
    return f"'{visible(sender.name)}'" + f" ({more})" * bool(more)


def name_apart(matches, taken):
    """Gives each sender an identity: the roster's, or one that nobody else has."""
    identities, taken = {}, set(taken)
    for sender in sorted(matches):
        person = matches[sender].person
        if person:
            identities[sender] = person.identity
            continue
        identity = f"{sender.name} {sender.number}".strip()
        extras = ["", f" ({sender.form or 'folder'})", " (not in the class list)"]
        more = (f" (not in the class list, {number})" for number in itertools.count(2))
        extra = next(extra for extra in itertools.chain(extras, more) if f"{identity}{extra}" not in taken)
        identities[sender] = f"{identity}{extra}"
        taken.add(identities[sender])
    return identities
