"""Makes an empty Colab runtime ready to train, and does it again after the runtime was cut off."""

import os
import shutil
import sys
from importlib import metadata
from pathlib import Path

from dcgan_course import PACKAGES
from dcgan_course.colab import drive, runtime
from dcgan_course.colab.drive import SetupError

PARTS = (*PACKAGES, "notebooks", "pyproject.toml")
# A course folder on Drive may also hold these. They are large, or belong to another machine, and are not copied.
LEFT_ON_DRIVE = ("data", "generated_images", "runs", "release", "grades", ".git", ".venv*", "__pycache__")


def prepare(content, keep_results, package=Path(__file__).parents[1]):
    """Copies the course to the runtime's disk, installs it, connects it with Drive, and prints what it found.

    A second call changes nothing. NumPy and TensorFlow are neither imported nor installed nor upgraded, because
    Colab's own versions fit together. `SetupError` says what the student can do if the course or Drive is not there.

    Args:
        content: Colab's working folder, `/content`. Drive, if it is mounted, is at `gdrive/MyDrive` in it.
        keep_results: Whether pictures and checkpoints go to Drive.
        package: Where `dcgan_course` was found: in the course's folder on the runtime's disk, on Drive, or in a zip.
    """
    content, found = Path(content), Path(package).absolute().parent
    course = _local_course(found, content)
    _import_from(course)
    my_drive = content / "gdrive" / "MyDrive"
    results = drive.link_results(course, my_drive) if keep_results else drive.unlink_results(course)
    data = drive.link_data(course, my_drive, found / "data")
    _install(course)
    print(f"The course is in {course}.")
    print(f"Photos and digits of your own: {', '.join(data) or 'none found on Drive; the course draws faces itself'}.")
    print(results)
    print(runtime.describe())


def _local_course(found, content):
    """Returns the course's folder on the runtime's disk. A course on Drive or in a zip is copied there first."""
    course, unfinished = content / "dcgan-course", content / ".dcgan-course.part"
    origin = found.parent if found.parent.is_file() else found  # A zip holds the course in a folder of its own.
    if found.parent != content:  # Drive is slow for many small files, and has no symbolic links.
        shutil.rmtree(unfinished, ignore_errors=True)
        if origin == found:
            shutil.copytree(found, unfinished / found.name, ignore=shutil.ignore_patterns(*LEFT_ON_DRIVE))
        else:
            shutil.unpack_archive(origin, unfinished)
        found = unfinished / found.name
    missing = [part for part in PARTS if not (found / part).exists()]
    if missing:
        raise SetupError(
            f"The course in '{origin}' is not whole ({', '.join(missing)} missing): delete it, put a whole "
            f"dcgan-course.zip into My Drive, and run this cell again."
        )
    if found.parent == unfinished:
        shutil.rmtree(course, ignore_errors=True)
        os.replace(found, course)
        shutil.rmtree(unfinished)
    return course


def _import_from(course):
    """Makes later imports use the local course: Drive is slow, and the zip may be deleted."""
    sys.path.insert(0, str(course))
    for name, module in list(sys.modules.items()):
        file = Path(getattr(module, "__file__", None) or "")
        if name.partition(".")[0] in PACKAGES and not file.is_relative_to(course):
            del sys.modules[name]


def _install(course):
    """Installs the course without its dependencies, for commands such as `!python -m dcgan_course check`."""
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
