"""What was handed in, and by whom: the folder's or file's name says so, never the notebook."""

import hashlib
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from dcgan_course.instructor.grading.submissions.archive import NOTEBOOK, Found, read_folder, read_zip
from dcgan_course.refused import Refused

CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<id>\d+)_(?P<number>\d+)_(?P<file>.+)$")
MOODLE = re.compile(r"^(?P<name>.+?)_(?P<id>\d+)_assignsubmission_[a-z]+_?(?P<file>.*)$")
# What a file is called besides its student's name.
NOISE = re.compile(
    r"(?:^|(?<=[\s_.-]))(?:copy of|사본|의|0?[123]_?(?:mnist|faces_(?:grayscale|colour)))", re.IGNORECASE
)
OWN_ZIP_BYTES = 300_000_000


@dataclass(frozen=True)
class Submission:
    """One notebook of one student.

    Attributes:
        student: What the student is called: the roster's name, or the folder's.
        identity: What makes the student one: the roster's id, or the name.
        file: What was handed in, as a path inside SUBMISSIONS.
        path: Where it can be read; None if there is a problem.
        problem: A sentence, or None.
        key: A hash of its content.
        known: Whether the roster has the student; None without a roster.
        lms_id: The number that Canvas or Moodle wrote into the name, or "".
    """

    student: str
    identity: str
    file: str
    path: Path | None
    problem: str | None
    key: str
    known: bool | None
    lms_id: str


def find_submissions(source, roster, scratch):
    """Finds all notebooks that were handed in.

    Args:
        source: A folder of folders or of files, or a zip of either.
        roster: The `Roster`.
        scratch: A folder for copies out of zips.

    Returns:
        A list of `Submission` in the order of the names, so that a student's later attempts come later.

    Raises:
        Refused: If there is nothing, or it is neither a folder nor a zip.
    """
    source = Path(source)
    if source.is_dir():
        found = read_folder(source)
        empty = [Found((path.name,), None) for path in sorted(source.iterdir()) if path.is_dir() and _is_empty(path)]
        found += [one for one in empty if not one.parts[0].startswith(".")]
    elif source.is_file():
        try:
            found = read_zip(source, scratch / "class")
        except (zipfile.BadZipFile, OSError) as error:
            raise Refused(f"'{source}' is neither a folder nor a zip that can be read ({error}).") from None
    else:
        raise Refused(f"There is no '{source}'. Name the folder or the zip with the submissions.")
    groups = {}
    for one in _without_wrapping(found):
        groups.setdefault(_student(one.parts), []).append(one)
    submissions = []
    for number, ((name, lms_id), files) in enumerate(sorted(groups.items())):
        submissions += _of_student(name, lms_id, files, roster, scratch / str(number))
    if not submissions:
        raise Refused(f"There is nothing in '{source}': no folder and no notebook.")
    return submissions


def _is_empty(folder):
    return not any(path.is_file() for path in folder.rglob("*"))


def _without_wrapping(found):
    """Takes away a folder that all files have around them: some systems wrap the class in one."""
    while len({one.parts[0] for one in found}) == 1 and all(len(one.parts) > 2 for one in found):
        found = [Found(one.parts[1:], one.path, one.problem) for one in found]
    return found


def _student(parts):
    """Returns who a file is from: a name, and the number that Canvas or Moodle gave."""
    first = parts[0]
    match = MOODLE.match(first) or CANVAS.match(first)
    if match:
        return match["name"], match["id"]
    if len(parts) > 1:
        return first, ""
    stem = NOTEBOOK.sub("", first)
    stem = stem[:-4] if stem.lower().endswith(".zip") else stem
    name = re.sub(r"[\s_-]*\(\d+\)$", "", stem)
    name = re.sub(r"[\s_.-]+", " ", NOISE.sub("", name)).strip()
    return name or stem, ""


def _of_student(name, lms_id, files, roster, scratch):
    person = roster.find([lms_id, name, *re.split(r"[\s_]+", name)]) if roster.people else None
    student = person["name"] if person else name
    about = {
        "student": student,
        "identity": (person["id"] or person["name"]) if person else name,
        "known": None if not roster.people else person is not None,
        "lms_id": lms_id,
    }
    notebooks = []
    for index, one in enumerate(files):
        if one.path is not None and one.parts[-1].lower().endswith(".zip"):
            notebooks += _of_own_zip(one, scratch / str(index))
        elif one.problem or NOTEBOOK.search(one.parts[-1]):
            notebooks.append(one)
    names = [one.parts[-1] for one in files if len(one.parts) > 1 or one.path is not None or one.problem]
    if not notebooks and names:
        listed = ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
        problem = f"There is no notebook among what was handed in ({listed}). Hand in the .ipynb file."
        notebooks = [Found(files[0].parts, None, problem)]
    if not notebooks:
        return [Submission(file=files[0].parts[0], path=None, problem=None, key="", **about)]
    return [_submission(one, about) for one in sorted(notebooks, key=lambda one: _natural(one.parts))]


def _of_own_zip(zipped, scratch):
    """Looks into a zip that a student has made."""
    try:
        inside = read_zip(zipped.path, scratch, OWN_ZIP_BYTES)
    except (zipfile.BadZipFile, OSError) as error:
        return [Found(zipped.parts, None, f"The zip cannot be read ({error}). Hand in the .ipynb file itself.")]
    notebooks = [
        Found((*zipped.parts, *one.parts), one.path, one.problem)
        for one in inside
        if one.problem or NOTEBOOK.search(one.parts[-1])
    ]
    return notebooks or [Found(zipped.parts, None, "There is no notebook in the zip. Hand in the .ipynb file itself.")]


def _submission(one, about):
    file = "/".join(one.parts)
    if one.path is None:
        key = hashlib.sha256(f"{about['identity']}\0{file}\0{one.problem}".encode()).hexdigest()
    else:
        key = _hash(one.path)
    return Submission(file=file, path=one.path, problem=one.problem, key=key, **about)


def _hash(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _natural(parts):
    """Sorts name-2 before name-10."""
    return [[int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", part)] for part in parts]
