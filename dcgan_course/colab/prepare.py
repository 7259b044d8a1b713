"""Makes an empty Colab runtime ready to train, and does it again after the runtime was cut off."""

import sys
from importlib import metadata

from dcgan_course.colab import drive, runtime


def prepare(content, keep_results, origin):
    """Installs the course, connects it with Drive, and prints what it found.

    A second call changes nothing. NumPy and TensorFlow are neither imported nor installed nor upgraded, because
    Colab's own versions fit together.

    Args:
        content: Colab's working folder, a `pathlib.Path`; the course is at `dcgan-course` in it.
        keep_results: Whether pictures and checkpoints go to Drive.
        origin: Where the course was found, a folder or a zip.

    Raises:
        SetupError: If Drive is not there or cannot be written to.
    """
    course, my_drive = content / "dcgan-course", content / "gdrive" / "MyDrive"
    results = drive.link_results(course, my_drive) if keep_results else drive.unlink_results(course)
    data = drive.link_data(course, my_drive, origin / "data")
    _install(course)
    print(f"The course is in {course}.")
    print(f"Photos and digits of your own: {', '.join(data) or 'none found on Drive; the course draws faces itself'}.")
    print(results)
    print(runtime.describe())


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
