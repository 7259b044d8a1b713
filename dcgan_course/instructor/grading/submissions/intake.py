"""What was handed in, and by whom. The name of the folder or file says whose it is, never the notebook."""

import hashlib
import re
import zipfile
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from dcgan_course.instructor.grading.submissions.archive import FULL, NOTEBOOK, FoundFile, read_folder, read_zip
from dcgan_course.instructor.grading.submissions.roster import fold
from dcgan_course.instructor.grading.submissions.senders import (
    CANVAS,
    match_sender,
    match_senders,
    name_apart,
    read_sender,
)
from dcgan_course.instructor.process.wording import visible
from dcgan_course.refused import Refused

# Lists, pages and texts that lie beside the students' files: an LMS's own, or the instructor's.
NOBODYS = re.compile(r"\.(csv|tsv|xlsx?|ods|html?|txt|md|json|ya?ml|xml|log)$", re.IGNORECASE)
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
    late: bool = False  # Whether Canvas says that it came late.


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
    found, intake = _unwrap(_list_files(source, scratch), roster), Intake([], [])
    groups = defaultdict(list)
    hidden = [file for file in found if file.hidden]
    for file in found:
        if not file.hidden:
            sender = read_sender(file.parts, file.spellings[0], file.is_folder)
            if _is_nobodys(file) and match_sender(roster, sender).person is None:
                intake.passed_over.append((_shown(file), "It lies beside the students' files and is no notebook."))
            else:
                groups[sender].append(file)
    matches = match_senders(groups, roster, intake.surprises)
    identities = name_apart(matches, {person.identity for person in roster.people})
    for number, sender in enumerate(sorted(groups)):
        files, match = groups[sender], matches[sender]
        person = match.person
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


def _unwrap(found, roster):
    """Takes away a folder around the whole class, which some systems make; loose files may lie beside it."""
    while True:
        files = [file for file in found if not file.hidden and not file.is_folder and not _is_nobodys(file)]
        tops = {file.parts[0] for file in files}
        if len(tops) != 1 or any(len(file.parts) < 2 for file in files):
            return found
        (top,) = tops
        around = read_sender((top,), is_folder=True)
        if around.system or match_sender(roster, around).person:
            return found
        inner = [file.parts[1:] for file in files]
        deep = all(len(parts) > 1 for parts in inner)
        several = len({parts[0] for parts in inner if len(parts) > 1}) > 1
        senders = [read_sender(parts) for parts in inner]
        if not (deep or several or any(each.system or match_sender(roster, each).person for each in senders)):
            return found
        found = [
            replace(file, parts=file.parts[1:], spellings=file.spellings[1:]) if file.parts[0] == top else file
            for file in found
            if file.parts != (top,)
        ]


def _is_nobodys(file):
    return (
        len(file.parts) == 1
        and not file.is_folder
        and bool(NOBODYS.search(file.parts[0]))
        and not (NOTEBOOK.search(file.parts[0]) or read_sender(file.parts).system)
    )


def _of_student(submission, sender, files, scratch, passed_over):
    """Returns a list with a student's `Submission` objects; an empty folder gives one without a key."""
    notebooks, others = [], []
    for index, file in enumerate(files):
        if file.path is not None and file.parts[-1].lower().endswith(".zip"):
            notebooks += _of_own_zip(file, scratch / str(index))
        elif file.problem or NOTEBOOK.search(file.parts[-1]):
            notebooks.append(file)
        elif not file.is_folder:
            others.append(file)
    if not notebooks and others:
        names = [visible(file.parts[-1]) for file in others]
        listed = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        problem = f"There is no notebook among what was handed in ({listed}). Hand in the .ipynb file."
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
    submission = replace(submission, late=bool(canvas and canvas["late"]))
    try:
        return replace(submission, path=file.path, key=_key(submission.identity, file))
    except OSError as error:
        return replace(submission, problem=_say(error))


def _of_own_zip(zipped, scratch):
    """Looks into a zip that a student has made."""
    try:
        inside = read_zip(zipped.path, scratch, OWN_ZIP_BYTES)
    except (zipfile.BadZipFile, OSError) as error:
        if getattr(error, "errno", None) in FULL:
            raise
        return [
            replace(zipped, path=None, problem=f"The zip cannot be read ({error}). Hand in the .ipynb file itself.")
        ]
    notebooks = [
        replace(file, parts=(*zipped.parts, *file.parts), written=(*zipped.written, *file.written))
        for file in inside
        if not file.hidden and (file.problem or NOTEBOOK.search(file.parts[-1]))
    ]
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
