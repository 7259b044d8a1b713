"""Which of the zips and folders on Colab is the course: each is looked into, and the first whole one is taken.

The notebooks' first cell imports this file from whatever has it, perhaps from a course that was copied by half. So it
imports nothing but Python's standard library and the names of the packages.
"""

import ast
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from dcgan_course import PACKAGES

PARTS = (*PACKAGES, "notebooks", "pyproject.toml")
# A course folder on Drive may also hold these. They are large, or belong to another machine, and are not copied.
LEFT_ON_DRIVE = ("data", "generated_images", "runs", "release", "grades", ".git", ".venv*", "__pycache__")
_NAMED = "*dcgan*"


class NoCourseError(Exception):
    """None of the candidates is the whole course. A notebook shows only the sentence, without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


class _NotTheCourse(Exception):
    """Why a zip or folder is passed over."""


def set_up(content, keep_results, repository=""):
    """Takes the first whole course that it finds, says what it passed over and why, and prepares it.

    Args:
        content: Colab's working folder, `/content`. Drive, if it is mounted, is at `gdrive/MyDrive` in it.
        keep_results: Whether pictures and checkpoints go to Drive.
        repository: The address to clone the course from where no other one is whole, or an empty string.

    Raises:
        NoCourseError: If none is whole.
    """
    content = Path(content)
    course, passed_over = content / "dcgan-course", []
    origin = _take_first(_list_candidates(content), course, passed_over)
    if origin is None and repository:
        cloned = content / ".dcgan-course.clone"
        shutil.rmtree(cloned, ignore_errors=True)
        subprocess.run(["git", "-c", "core.askpass=true", "clone", "-q", repository, str(cloned)], check=False)
        origin = _take_first([cloned] if cloned.is_dir() else [], course, passed_over)
    for sentence in passed_over:
        print(f"Passed over: {sentence}")
    if origin is None:
        raise NoCourseError(
            f"None of these is the whole course: {'; '.join(passed_over)}. Put a whole dcgan-course.zip in its place, "
            f"and run this cell again."
        )
    _import_from(course)
    from dcgan_course.colab.prepare import prepare

    prepare(content, keep_results, origin)


def _list_candidates(content):
    places = (content, content / "gdrive" / "MyDrive")
    return [path for place in places for path in sorted(place.glob(_NAMED)) if path.suffix != ".ipynb"]


def _take_first(candidates, course, passed_over):
    """Makes the first whole candidate the course on the runtime's disk; returns where it was, or None."""
    for candidate in candidates:
        try:
            return _take(candidate, course)
        except _NotTheCourse as reason:
            passed_over.append(f"{candidate} ({reason})")
        except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            passed_over.append(f"{candidate} (it cannot be read: {error})")
    return None


def _take(candidate, course):
    found = _find_folder(candidate) if candidate.is_dir() else None
    if found == course:
        _check_whole(course)
        return course
    unfinished = course.with_name(".dcgan-course.part")
    shutil.rmtree(unfinished, ignore_errors=True)
    if found is not None and found.is_dir():
        missing = [part for part in PARTS if not (found / part).exists()]
        if missing:
            raise _NotTheCourse(_describe_missing(missing))
        # Drive is slow for many small files, and has no symbolic links.
        shutil.copytree(found, unfinished, ignore=lambda folder, names: _left_behind(folder, names, found))
    else:
        _unpack(found or candidate, unfinished)
    _check_whole(unfinished)
    aside = course.with_name("course.passed-over")
    shutil.rmtree(aside, ignore_errors=True)
    if course.exists():  # It is not whole, and may hold somebody's pictures.
        course.rename(aside)
    os.replace(unfinished, course)
    return found if found is not None else candidate


def _left_behind(folder, names, course):
    # Of the course's own folder only: dcgan_lib has a folder `data`, too.
    left = LEFT_ON_DRIVE if Path(folder) == course else ("__pycache__",)
    return shutil.ignore_patterns(*left)(folder, names)


def _find_folder(folder):
    """Returns where the course lies in a folder, at most two folders deeper; or a zip of it in the folder."""
    # Only in folders of such a name: one beside them may hold 200,000 photos, which takes hours on Drive.
    for pattern in ("", f"{_NAMED}/", f"{_NAMED}/{_NAMED}/"):
        for found in sorted(folder.glob(f"{pattern}dcgan_course/__init__.py")):
            return found.parents[1]
    zips = sorted(folder.glob(f"{_NAMED}.zip"))
    if not zips:
        raise _NotTheCourse("it has no dcgan_course/ in it")
    return zips[0]


def _unpack(path, target):
    """Unpacks the course out of a zip, however deep it lies there."""
    if not zipfile.is_zipfile(path):
        with open(path, "rb") as file:
            start = file.read(4)
        kind = {b"%PDF": "it is a PDF", b"PK\x03\x04": "it is a zip that is cut off"}.get(start, "it is no zip")
        raise _NotTheCourse(kind)
    with zipfile.ZipFile(path) as archive:
        mark = "dcgan_course/__init__.py"
        tops = [name[: -len(mark)] for name in archive.namelist() if f"/{name}".endswith(f"/{mark}")]
        if not tops:
            raise _NotTheCourse("it has no dcgan_course/ in it")
        top = min(tops, key=len)
        try:
            archive.extractall(target, [name for name in archive.namelist() if name.startswith(top)])
        except Exception as error:  # A byte that is wrong may show as anything.
            raise _NotTheCourse(f"it is damaged: {error}") from None
    if top:
        inner = target.with_name(".dcgan-course.inner")
        shutil.rmtree(inner, ignore_errors=True)
        os.replace(target / top, inner)
        shutil.rmtree(target)
        os.replace(inner, target)


def _check_whole(course):
    """Refuses a course that lacks a part, or a file that another one imports."""
    missing = [part for part in PARTS if not (course / part).exists()]
    missing += [] if missing else sorted(_missing_modules(course))
    if missing:
        raise _NotTheCourse(_describe_missing(missing))


def _describe_missing(missing):
    return f"it is not whole: {', '.join(missing[:5])}{' and more' if len(missing) > 5 else ''} missing"


def _missing_modules(course):
    """Yields what the packages' files import of each other and is not there, and files that end too early."""
    for path in [path for package in PACKAGES for path in (course / package).rglob("*.py")]:
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (SyntaxError, ValueError):
            yield f"the end of {path.relative_to(course).as_posix()}"
            continue
        for node in ast.walk(tree):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            if module and module.partition(".")[0] in PACKAGES:
                needed = course.joinpath(*module.split("."))
                if (needed / "__init__.py").is_file():
                    known = (needed / "__init__.py").read_text("utf-8", "replace")
                    submodules = [needed / alias.name for alias in node.names if alias.name not in known]
                else:
                    submodules = [needed]
                for missing in submodules:
                    if not missing.with_suffix(".py").is_file() and not missing.is_dir():
                        yield missing.with_suffix(".py").relative_to(course).as_posix()


def _import_from(course):
    """Makes later imports use the local course: Drive is slow, and the zip may be deleted."""
    sys.path.insert(0, str(course))
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "")
        if name.partition(".")[0] in PACKAGES and not file.is_relative_to(course):
            del sys.modules[name]
