"""What was handed in, and by whom. The name of the folder or file says whose it is, never the notebook."""

import hashlib
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from dcgan_course.exercises.other_files import ADVICE, with_article
from dcgan_course.instructor.grading.submissions.archive import FULL, NOTEBOOK, FoundFile, read_folder, read_zip
from dcgan_course.instructor.grading.submissions.arrival import Arrival
from dcgan_course.instructor.grading.submissions.layout import is_nobodys, is_systems_own, read_metadata, unwrap
from dcgan_course.instructor.grading.submissions.roster import fold
from dcgan_course.instructor.grading.submissions.senders import (
    CANVAS,
    match_sender,
    match_senders,
    name_apart,
    read_senders,
    time_in_list,
    time_in_name,
)
from dcgan_course.instructor.process.wording import visible
from dcgan_course.refused import Refused

OWN_ZIP_BYTES = 300_000_000
COPIED_SECONDS = 2.0
BY_NAME = "the name of the file, as nothing else says it"


@dataclass(frozen=True)
class Submission:
    """A notebook that a student handed in."""

    student: str  # The student's name: the roster's, or the folder's.
    identity: str  # What tells the student from all others: the roster's id, or the name.
    file: str  # As a path inside SUBMISSIONS.
    path: Path | None  # Where it can be read; None if there is a problem.
    problem: str | None  # A sentence.
    key: str  # A hash of its content; "" if nothing was handed in, or we could not read it.
    known: bool | None  # Whether the roster has the student; None without a roster.
    lms_id: str  # The number that Canvas or Moodle wrote into the name, or "".
    matched: str = ""  # How the student was found: "id", "name", ...; a sentence if it belongs to nobody.
    ordered: str = ""  # What says which of a student's files is the newest; "" if there is only one.
    arrival: Arrival = Arrival()  # When it came, as far as anything tells.

    @property
    def late(self):
        """Whether Canvas says that it came late."""
        return bool(self.arrival.late)


@dataclass
class Intake:
    """All that was found in a folder or zip."""

    submissions: list  # Of `Submission`, in the order of the students, then as they were handed in.
    passed_over: list  # Pairs of a file and a sentence: why nothing is taken from it.
    surprises: list = field(default_factory=list)  # Sentences: what a person should see before anything runs.


def find_submissions(source, roster, scratch):
    """Finds all notebooks in a folder of folders or of files, or in a zip of either.

    Returns an `Intake`. Copies out of zips go to `scratch`. Raises `Refused` if there is nothing, or it is neither a
    folder nor a zip.
    """
    intake = Intake([], [])
    found = unwrap(_list_files(source, scratch), roster, scratch, intake.passed_over)
    hidden = [file for file in found if file.hidden]
    groups = _group_by_sender([file for file in found if not file.hidden], roster, intake.passed_over)
    matches = match_senders(groups, roster, intake.surprises)
    identities = name_apart(matches, {person.identity for person in roster.people})
    for number, sender in enumerate(sorted(groups)):
        files, match = groups[sender], matches[sender]
        person = match.person
        told = time_in_list(person.columns) if person and sender.system == "Moodle" else Arrival()
        if told.is_platforms:
            files = [replace(file, came=told) for file in files]
        submission = Submission(
            student=person.name if person else visible(sender.name),
            identity=identities[sender],
            file=visible(files[0].parts[0]),
            path=None,
            problem=None,
            key="",
            known=person is not None if roster.people else None,
            lms_id=sender.number,
            matched=match.how,
        )
        try:
            intake.submissions += _of_student(submission, sender, files, scratch / str(number), intake.passed_over)
        except Exception as error:  # Whatever is odd in one student's files, the class goes on.
            intake.submissions.append(replace(submission, problem=_say(error)))
    if not intake.submissions:
        raise Refused(f"There is nothing in '{source}': no folder and no notebook.")
    if hidden:
        example = f"{len(hidden)} hidden file{'s' * (len(hidden) > 1)}, such as {_shown(hidden[0])}"
        intake.passed_over.append((example, "A system or an editor has made them."))
    return intake


def _group_by_sender(files, roster, passed_over):
    """Returns a dict from each `Sender` to a list of files; files that are nobody's go to `passed_over`."""
    groups, own = defaultdict(list), []
    senders_of, times = read_metadata(files)
    for file, sender in read_senders(files, roster):
        first = file.parts[0]
        if is_nobodys(file) and match_sender(roster, sender).person is None:
            passed_over.append((_shown(file), "It lies beside the students' files and is no notebook."))
            continue
        if is_systems_own(file) and len(file.parts) > 1:
            own.append(file)
            file = replace(file, path=None, is_folder=True)  # The student may have handed in nothing else.
        told = times.get(first, time_in_name(file.parts))
        file = replace(file, came=told) if told.is_platforms else file
        for each in senders_of.get(first, [sender]):
            groups[each].append(file)
    if own:
        more = f" and {len(own) - 1} more" * (len(own) > 1)
        passed_over.append((f"{_shown(own[0])}{more}", "The learning platform has made it, or it is feedback."))
    return groups


def _list_files(source, scratch):
    if source.is_dir():
        try:
            return read_folder(source)
        except OSError as error:
            raise Refused(f"'{source}' cannot be opened ({error.strerror}).") from None
    if not source.is_file():
        raise Refused(f"There is no '{source}'. Name the folder or the zip with the submissions.")
    try:
        return read_zip(source, scratch / "class")
    except (zipfile.BadZipFile, OSError) as error:
        raise Refused(f"'{source}' is neither a folder nor a zip that can be read ({error}).") from None


def _of_student(submission, sender, files, scratch, passed_over):
    """Returns a list with a student's `Submission` objects; an empty folder gives one without a key."""
    notebooks, others = [], []
    for index, file in enumerate(files):
        if file.path is not None and file.kind == "zip":
            notebooks += _of_own_zip(file, scratch / str(index))
        elif file.problem or file.kind == "notebook":
            notebooks.append(file)
        elif not file.is_folder:
            others.append(file)
    if not notebooks and others:
        names = [visible(file.parts[-1]) for file in others]
        listed = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        known = [f"{visible(file.parts[-1])} is {with_article(file.kind)}. " for file in others[:3] if file.kind]
        advice = {ADVICE[file.kind] for file in others if file.kind}
        advice = advice.pop() if len(advice) == 1 else "Hand in the .ipynb file."
        problem = f"There is no notebook among what was handed in ({listed}). {''.join(known)}{advice}"
        notebooks = [FoundFile(others[0].parts, None, problem)]
    else:
        passed_over += [(_shown(file), f"It is no notebook; {submission.student} has others.") for file in others]
    if not notebooks:
        return [submission]
    notebooks, ordered = _in_order(notebooks)
    return [
        _describe_file(replace(submission, file=_shown(file), problem=file.problem, ordered=ordered), file)
        for file in notebooks
    ]


def _describe_file(submission, file):
    canvas = CANVAS.match(file.parts[0])
    # A zip of Canvas has the time at which it was downloaded: that says nothing.
    arrival = Arrival("Canvas", late=bool(canvas["late"])) if canvas else file.came
    submission = replace(submission, arrival=arrival)
    try:
        return replace(submission, path=file.path, key=_key(submission.identity, file))
    except OSError as error:
        return replace(submission, problem=_say(error))


def _of_own_zip(zipped, scratch, most_bytes=OWN_ZIP_BYTES):
    """Looks into a zip that a student has made, and into zips in it."""
    try:
        inside = read_zip(zipped.path, scratch, most_bytes)
    except (zipfile.BadZipFile, OSError) as error:
        if getattr(error, "errno", None) in FULL:
            raise
        return [
            replace(zipped, path=None, problem=f"The zip cannot be read ({error}). Hand in the .ipynb file itself.")
        ]
    inside = [
        replace(file, parts=(*zipped.parts, *file.parts), written=(*zipped.written, *file.written), came=zipped.came)
        for file in inside
        if not file.hidden and not file.is_folder
    ]
    notebooks = [file for file in inside if file.problem or file.kind == "notebook"]
    most_bytes //= 10  # A zip in a zip in a zip ends.
    for index, file in enumerate(file for file in inside if file.kind == "zip" and file.path and most_bytes > 1e6):
        notebooks += _of_own_zip(file, scratch / f"zip {index}", most_bytes)
    problem = "There is no notebook in the zip. Hand in the .ipynb file itself."
    return notebooks or [replace(zipped, path=None, problem=problem)]


def _in_order(files):
    """Returns a student's files as they were handed in, the newest last, and what says so ("" for one file)."""
    if len(files) < 2:
        return files, ""
    matches = [CANVAS.match(file.parts[0]) for file in files]
    numbers = {file: int(match["number"][:50]) if match else 0 for file, match in zip(files, matches, strict=True)}
    if len(set(numbers.values())) == len(files):
        return sorted(files, key=numbers.get), "Canvas's number"
    if len({file.came.order for file in files if file.came.is_platforms} - {None}) == len(files):
        return sorted(files, key=lambda file: file.came.order), "the time that the learning platform gives"
    # Files that were copied together have all been written now: that says nothing.
    latest = [max(times) for times in zip(*(file.written for file in files), strict=False)]
    earliest = [min(times) for times in zip(*(file.written for file in files), strict=False)]
    told = any(late - early > COPIED_SECONDS for late, early in zip(latest, earliest, strict=True))
    files = sorted(files, key=lambda file: (numbers[file], file.written if told else (), _natural_order(file)))
    return files, "the time of the file" if told else BY_NAME


def _key(identity, file):
    """Returns the hash of a file's content, or of what is wrong with it."""
    digest = hashlib.sha256()
    if file.path is None:
        digest.update(f"{identity}\0{'/'.join(file.parts)}\0{file.problem}".encode("utf-8", "replace"))
    else:
        with open(file.path, "rb") as content:
            while piece := content.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def _natural_order(file):
    """Returns a key that sorts `hw` before `hw-1`, and name-2 before name-10."""
    path = [*file.parts[:-1], NOTEBOOK.sub("", file.parts[-1])]
    pieces = [re.split(r"([0-9]+)", fold(part)) for part in path]
    # A number may have more digits than `int` reads.
    return [
        [(len(piece.lstrip("0")), piece.lstrip("0")) if index % 2 else (0, piece) for index, piece in enumerate(part)]
        for part in pieces
    ]


def _shown(file):
    return visible("/".join(file.parts))


def _say(error):
    reason = error.strerror if isinstance(error, OSError) and error.strerror else f"{type(error).__name__}: {error}"
    return f"It could not be read here ({visible(reason)}). Grade it again when that is mended."
