"""Who files are from: what the name of a folder or file says, and which students of the class list these are."""

import contextlib
import itertools
import os
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime

from dcgan_course.instructor.grading.submissions.arrival import Arrival, arrived
from dcgan_course.instructor.grading.submissions.roster import Match, squeeze_name
from dcgan_course.instructor.process.wording import visible

# The second number of Canvas grows with each file that is handed in; a text or a link has none.
CANVAS = re.compile(
    r"^(?P<name>anon_[A-Za-z0-9]{5}|[^_]+)_(?P<late>LATE_)?(?P<id>[0-9]+)_"
    r"(?:(?P<number>[0-9]+)_.+|(?:text|link)\.html)$",
    re.DOTALL,
)
MOODLE = re.compile(r"^(?P<name>.+?)(?:_(?P<id>[0-9]+))?_assignsubmission_[a-z]+_?(?P<file>.*)$")
# "1201-77 - Kim Minji - Oct 1, 2026 1023 AM", a folder, or a file with its own name behind it.
BRIGHTSPACE = re.compile(r"^(?P<id>[0-9]+)-[0-9]+ - (?P<name>.+?) ?- (?P<date>.+)$")
BLACKBOARD = re.compile(r"^.+_(?P<name>[^_]+)_attempt_(?P<date>[0-9]{4}(?:-[0-9]{2}){5})(?:[_.].*)?$")
SAKAI = re.compile(r"^(?P<name>[^()]+, ?[^()]+)\((?P<id>[^()]+)\)$")
# Canvas first: behind its numbers stands a name that the student has chosen, maybe one like Moodle's.
SYSTEMS = {"Canvas": CANVAS, "Moodle": MOODLE, "Brightspace": BRIGHTSPACE, "Blackboard": BLACKBOARD, "Sakai": SAKAI}
# What browsers, Colab, Jupyter and the course add to a file's name; the rest is the student's name.
SUFFIX = re.compile(
    r"\.(?:ipynb|download|crdownload|part|json|txt|html?|zip|rar|7z|gz|tgz|tar|pdf|py|docx?|hwpx?|pptx?|png|jpe?g"
    r"|gdoc|gsheet|url|webloc|lnk)$",
    re.IGNORECASE,
)
COPY_BEFORE = re.compile(r"^(?:copy of|사본 -) ", re.IGNORECASE)
COPY_AFTER = re.compile(
    r"(?:의 사본|(?: -)? (?:copy|복사본)(?: [0-9]+)?|-Copy[0-9]+|[\s_-]*\([0-9]+\))$", re.IGNORECASE
)
COURSE_NAME = r"0?[123]_?(?:mnist|faces_(?:grayscale|colour))"
COURSE_NAMES = re.compile(rf"^{COURSE_NAME}(?=$|[\s_.-])|(?<=[\s_.-]){COURSE_NAME}$", re.IGNORECASE)
# What an assignment's folder may be called.
ASSIGNMENT = re.compile(
    r"hw|homework|assignment|submission|submit|download|export|gradebook|classroom|class|week|course|dcgan|mnist|faces"
    r"|과제|제출|숙제|주차|수업|[0-9]{8}T[0-9]{6}Z",
    re.IGNORECASE,
)
TITLE = " - "  # Google Classroom calls a student's copy "Kim Minji - 02_faces_grayscale.ipynb".
ID_AND_NAME = re.compile(r"^(?:(?P<id>[0-9]{6,12})_(?P<name>[^_]+)|(?P<name2>[^_]+)_(?P<id2>[0-9]{6,12}))_.")


@dataclass(frozen=True, order=True)
class Sender:
    """Who files are from, as the name of a folder or file says it."""

    name: str
    number: str = ""  # That the learning platform gave, or "".
    system: str = ""  # A key of `SYSTEMS`, "Gradescope" or "".
    form: str = ""  # "file" for a loose file; how the name is stored, unless it is composed UTF-8.


def read_sender(parts, spelling="", is_folder=False):
    """Returns the `Sender` of a file or folder, by its path inside SUBMISSIONS."""
    first = parts[0]
    for system, pattern in SYSTEMS.items():
        if match := pattern.match(first):
            return Sender(match["name"].strip(), match.groupdict().get("id") or "", system)
    if is_folder or len(parts) > 1:
        return Sender(first, form=spelling)
    return Sender(_without_course_name(bare_name(first)), form=f"file {spelling}".strip())


def bare_name(name):
    """Returns a file's name without its suffixes, and without what says that it is a copy."""
    while True:
        shorter = COPY_AFTER.sub("", SUFFIX.sub("", COPY_BEFORE.sub("", name)))
        if shorter in ("", name):
            return name
        name = shorter


def _without_course_name(stem):
    return re.sub(r"[\s_.-]+", " ", COURSE_NAMES.sub("", stem)).strip() or stem


def read_senders(files, roster):
    """Finds the `Sender` of each file of a class, and returns pairs of both.

    What the name of one file does not say, those of all may say: which part of "A - B" is the student.
    """
    senders = [read_sender(file.parts, file.spellings[0], file.is_folder) for file in files]
    bare = [bare_name(file.parts[0]) if len(file.parts) == 1 else file.parts[0] for file in files]
    is_loose = [sender.form.startswith("file") for sender in senders]
    titled = [name.split(TITLE, 1) for name, loose in zip(bare, is_loose, strict=True) if loose and TITLE in name]
    students_first = len({first for first, _ in titled}) >= len({second for _, second in titled})
    shared = _shared_assignment({file.parts[0] for file, loose in zip(files, is_loose, strict=True) if not loose})
    pairs = []
    for file, sender, name, loose in zip(files, senders, bare, is_loose, strict=True):
        if not sender.system and match_sender(roster, sender).person is None:
            found = roster.find_id_and_name(name) if roster.people else _id_and_name(name) if loose else None
            if found is None and loose and TITLE in name:
                found = _student_of_title(name, roster, students_first)
            if found is None and not loose:
                found = _owner_of_repository(name, shared, roster)
            sender = replace(sender, name=found or sender.name)
        pairs.append((file, sender))
    return pairs


def _shared_assignment(folders):
    """Returns what the names of all folders begin with, if an assignment is called so; "" otherwise."""
    prefix = os.path.commonprefix(list(folders))
    return prefix if len(folders) > 1 and ASSIGNMENT.search(prefix) else ""


def _owner_of_repository(name, shared, roster):
    """Returns the student of a repository of GitHub Classroom, "dcgan-hw2-minji"; None if that is not clear.

    The whole rest of the name, behind a part of what all names begin with, must be somebody of the class list.
    """
    rests = [name[end:] for end, letter in enumerate(shared, 1) if letter == "-"]
    known = [rest for rest in rests if roster.match(rest).person]
    return known[0] if len(known) == 1 else None


def _id_and_name(name):
    match = ID_AND_NAME.match(name)
    return match and f"{match['id'] or match['id2']} {match['name'] or match['name2']}"


def _student_of_title(name, roster, students_first):
    """Returns the part of "Kim Minji - hw 2" that is the student; None if that is not clear."""
    sides = [name.split(TITLE, 1)[0], name.rsplit(TITLE, 1)[1]]
    sides = [_without_course_name(side.strip()) for side in sides]
    if not roster.people:
        return sides[0 if students_first else 1]
    known = [side for side in sides if roster.match(side).person]
    return known[0] if len(known) == 1 or len({squeeze_name(side) for side in known}) == 1 else None


def time_in_name(parts):
    """Returns the `Arrival` that the name of a file gives: Brightspace and Blackboard write the time into it."""
    for system, forms in (
        ("Brightspace", ("%b %d, %Y %I%M %p", "%d %b, %Y %H%M")),
        ("Blackboard", ("%Y-%m-%d-%H-%M-%S",)),
    ):
        match = SYSTEMS[system].match(parts[0])
        date = match and re.sub(r"\b([0-9]{3}) (?=[AP]M)", r"0\1 ", match["date"].split(TITLE)[0])
        for form in forms if match else ():
            with contextlib.suppress(ValueError):
                return arrived(system, datetime.strptime(date, form))
    return Arrival()


def time_in_list(columns):
    """Returns the `Arrival` that a student's line of Moodle's grading worksheet gives."""
    for column, value in columns.items():
        if column and column.strip().casefold() == "last modified (submission)":
            for form in ("%A, %d %B %Y, %I:%M %p", "%A, %B %d, %Y, %I:%M %p", "%d %B %Y, %I:%M %p"):
                with contextlib.suppress(ValueError):
                    return arrived("Moodle", datetime.strptime(value.strip(), form))
    return Arrival()


def match_sender(roster, sender):
    """Finds whom a sender is in the class list."""
    if not roster.people:
        return Match(None, f"{sender.system}'s name" if sender.system else "its own name")
    if sender.system == "Canvas":
        return roster.match_canvas(sender.name, sender.number)
    if sender.system == "Moodle":
        match = roster.match_moodle(sender.name, sender.number)
        _, dash, student = sender.name.partition("-")  # Moodle puts a group's name before the student's.
        if match.person is None and dash and (in_group := roster.match_moodle(student, sender.number)).person:
            return in_group
        return match
    if sender.system in ("Sakai", "Gradescope"):
        return roster.match_account(sender.name, sender.number)
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
