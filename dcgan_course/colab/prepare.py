"""From a runtime that has nothing of the course to one that trains, and the same again after a cut-off."""

import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

from dcgan_course import PACKAGES
from dcgan_course.colab import drive, runtime
from dcgan_course.colab.drive import SetupError

PARTS = (*PACKAGES, "notebooks", "pyproject.toml")
# What a course folder on Drive may hold besides the course itself: large, or another machine's.
LEFT_ON_DRIVE = ("data", "generated_images", "runs", "release", "grades", ".git", ".venv*", "__pycache__")


def prepare(content, keep_results, package=Path(__file__).parents[1]):
    """Puts the course on the runtime's own disk, installs it, and connects it with Drive; says what it found.

    Run twice, it changes nothing. Neither NumPy nor TensorFlow is imported, installed or upgraded: Colab's own
    versions belong together.

    Args:
        content: Colab's working folder, `/content`; Drive, if it is mounted, is at `gdrive/MyDrive` in it.
        keep_results: Whether pictures and checkpoints go to Drive.
        package: Where `dcgan_course` was found: in the course's folder on the runtime's disk, on Drive, or in a zip.

    Raises:
        SetupError: If the course is not whole, or Drive cannot be written to.
    """
    content, found = Path(content), Path(package).absolute().parent
    course = _local_course(found, content)
    my_drive = content / "gdrive" / "MyDrive"
    results = drive.link_results(course, my_drive) if keep_results else drive.unlink_results(course)
    data = drive.link_data(course, my_drive, found / "data")
    _install(course)
    print(f"The course is in {course}.")
    print(f"Photos and digits of your own: {', '.join(data) or 'none found on Drive; the course draws faces itself'}.")
    print(results)
    print(runtime.describe())


def _local_course(found, content):
    """Returns the course's folder on the runtime's disk; from Drive or out of a zip it is copied there first."""
    course, half = content / "dcgan-course", content / ".dcgan-course.part"
    where = found.parent if found.parent.is_file() else found  # A zip holds the course in a folder of its own.
    if found.parent != content:  # Drive is slow for many small files, and knows no links.
        shutil.rmtree(half, ignore_errors=True)
        if where == found:
            shutil.copytree(found, half / found.name, ignore=shutil.ignore_patterns(*LEFT_ON_DRIVE))
        else:
            shutil.unpack_archive(where, half)
        found = half / found.name
    missing = [part for part in PARTS if not (found / part).exists()]
    if missing:
        raise SetupError(
            f"The course in '{where}' is not whole ({', '.join(missing)} missing): delete it, put a whole "
            f"dcgan-course.zip into My Drive, and run this cell again."
        )
    if found.parent == half:
        shutil.rmtree(course, ignore_errors=True)
        os.replace(found, course)
        shutil.rmtree(half)
    sys.path.insert(0, str(course))
    return course


def _install(course):
    """Installs the course, and nothing else, for commands such as `!python -m dcgan_course check`."""
    try:
        metadata.version("dcgan-course")
        return
    except metadata.PackageNotFoundError:
        pass
    status, last_line = runtime.run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        + ["--no-build-isolation", "--editable", str(course)]
    )
    if status:  # The notebook itself finds the course without it.
        print(f"pip could not install the course ({last_line}). For its commands, run first: %cd {course}")
