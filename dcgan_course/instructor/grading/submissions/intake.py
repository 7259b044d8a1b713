"""What was handed in, and by whom. The name of the folder or file says whose it is, never the notebook."""

import functools
import hashlib
import re
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

from dcgan_course.instructor.grading.submissions.archive import NOTEBOOK, FoundFile, read_folder, read_zip
from dcgan_course.refused import Refused

CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_(?P<number>\d+)_(?P<file>.+)$")
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)$")
# Parts of a file's name that are not the student's name.
NOISE = re.compile(
    r"(?:^|(?<=[\s_.-]))(?:copy of|사본|의|0?[123]_?(?:mnist|faces_(?:grayscale|colour)))", re.IGNORECASE
)
OWN_ZIP_BYTES = 300_000_000


@dataclass(frozen=True)
class Submission:
    """A notebook that a student handed in."""

    student: str  # The student's name: the roster's, or the folder's.
    identity: str  # What tells the student from all others: the roster's id, or the name.
    file: str  # As a path inside SUBMISSIONS.
    path: Path | None  # Where it can be read; None if there is a problem.
    problem: str | None  # A sentence.
    key: str  # A hash of its content; "" if nothing was handed in.
    known: bool | None  # Whether the roster has the student; None without a roster.
    lms_id: str  # The number that Canvas or Moodle wrote into the name, or "".


def find_submissions(source, roster, scratch):
    """Finds all notebooks in a folder of folders or of files, or in a zip of either.

    Returns a list of `Submission` in the order of the names, so that a student's later attempts come later. Copies out
    of zips go to `scratch`. Raises `Refused` if there is nothing, or it is neither a folder nor a zip.
    """
    if source.is_dir():
        found = read_folder(source)
    elif source.is_file():
        try:
            found = read_zip(source, scratch / "class")
        except (zipfile.BadZipFile, OSError) as error:
            raise Refused(f"'{source}' is neither a folder nor a zip that can be read ({error}).") from None
    else:
        raise Refused(f"There is no '{source}'. Name the folder or the zip with the submissions.")
    # Some systems put the whole class into one folder.
    while len({file.parts[0] for file in found}) == 1 and all(len(file.parts) > 2 for file in found):
        found = [replace(file, parts=file.parts[1:]) for file in found]
    groups = {}
    for file in found:
        groups.setdefault(_sender(file.parts), []).append(file)
    submissions = []
    for number, ((name, lms_id), files) in enumerate(sorted(groups.items())):
        submissions += _of_student(name, lms_id, files, roster, scratch / str(number))
    if not submissions:
        raise Refused(f"There is nothing in '{source}': no folder and no notebook.")
    return submissions


def _sender(parts):
    """Returns who a file is from: a name, and the number that Canvas or Moodle gave."""
    first = parts[0]
    match = MOODLE.match(first) or CANVAS.match(first)
    if match:
        return match["name"], match["id"]
    if len(parts) > 1:
        return first, ""
    stem = re.sub(r"\.zip$", "", NOTEBOOK.sub("", first), flags=re.IGNORECASE)
    name = re.sub(r"[\s_-]*\(\d+\)$", "", stem)
    name = re.sub(r"[\s_.-]+", " ", NOISE.sub("", name)).strip()
    return name or stem, ""


def _of_student(name, lms_id, files, roster, scratch):
    """Returns a list with a student's `Submission` objects; an empty folder gives one without a key."""
    person = roster.find([lms_id, name, *re.split(r"[\s_]+", name)]) if roster.people else None
    identity = person.identity if person else name
    submission = functools.partial(
        Submission,
        student=person.name if person else name,
        identity=identity,
        known=None if not roster.people else person is not None,
        lms_id=lms_id,
    )
    notebooks = []
    for index, file in enumerate(files):
        if file.path is not None and file.parts[-1].lower().endswith(".zip"):
            notebooks += _of_own_zip(file, scratch / str(index))
        elif file.problem or NOTEBOOK.search(file.parts[-1]):
            notebooks.append(file)
    names = [file.parts[-1] for file in files if len(file.parts) > 1 or file.path is not None or file.problem]
    if not notebooks and names:
        listed = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        problem = f"There is no notebook among what was handed in ({listed}). Hand in the .ipynb file."
        notebooks = [FoundFile(files[0].parts, None, problem)]
    if not notebooks:
        return [submission(file=files[0].parts[0], path=None, problem=None, key="")]
    notebooks.sort(key=_natural_order)
    return [
        submission(file="/".join(file.parts), path=file.path, problem=file.problem, key=_key(identity, file))
        for file in notebooks
    ]


def _of_own_zip(zipped, scratch):
    """Looks into a zip that a student has made."""
    try:
        inside = read_zip(zipped.path, scratch, OWN_ZIP_BYTES)
    except (zipfile.BadZipFile, OSError) as error:
        return [FoundFile(zipped.parts, None, f"The zip cannot be read ({error}). Hand in the .ipynb file itself.")]
    notebooks = [
        replace(file, parts=(*zipped.parts, *file.parts))
        for file in inside
        if file.problem or NOTEBOOK.search(file.parts[-1])
    ]
    problem = "There is no notebook in the zip. Hand in the .ipynb file itself."
    return notebooks or [FoundFile(zipped.parts, None, problem)]


def _key(identity, file):
    """Returns the hash of a file's content, or of what is wrong with it."""
    digest = hashlib.sha256()
    if file.path is None:
        digest.update(f"{identity}\0{'/'.join(file.parts)}\0{file.problem}".encode())
    else:
        with open(file.path, "rb") as content:
            while piece := content.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()


def _natural_order(file):
    """Returns a key that sorts name-2 before name-10."""
    return [[int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", part)] for part in file.parts]
