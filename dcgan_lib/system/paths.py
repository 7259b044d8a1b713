"""Where things of the course are, wherever a notebook's kernel was started."""

import os
from pathlib import Path

INSTALLED_IN = Path(__file__).resolve().parents[2]  # The folder that holds dcgan_lib: the course, or site-packages.


def course_path(path):
    """Says where a path of the course is, wherever the notebook's kernel was started.

    `None` stays `None`, and an absolute path as it is. A relative one starts at the course's root, the folder
    that holds `dcgan_lib/` and `notebooks/`; without such a folder at the working folder.
    """
    if path is None:
        return None
    path = _expand(path)
    return path if path.is_absolute() else course_root() / path


def course_root():
    """Returns the folder that holds `notebooks/`: beside the library, above the working folder, or this one itself."""
    if (INSTALLED_IN / "notebooks").is_dir():
        return INSTALLED_IN
    try:
        here = Path.cwd()
    except OSError:
        raise FileNotFoundError(
            "The current folder was deleted or cannot be reached. Go to another one with os.chdir, or restart the "
            "kernel."
        ) from None
    above = (folder for folder in (here, *here.parents) if (folder / "notebooks").is_dir())
    return next((folder for folder in above if (folder / "dcgan_lib").is_dir()), here)


def find_path(path):
    """Returns where something to read is: in the course, or in the working folder where the course has no such."""
    in_course = course_path(path)
    return in_course if os.path.exists(in_course) else _expand(path)


def shown_path(path):
    """Names a file as outputs may show it: with nothing of the machine that they were made on."""
    path = Path(os.path.abspath(path))
    try:
        root = course_root()
    except OSError:  # The current folder was deleted.
        root = INSTALLED_IN
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])


def named_path(caller, path):
    """Returns what the argument or `DCGAN_DATA` names, or `None` if neither does; a relative path as `find_path`."""
    path, by = (os.environ.get("DCGAN_DATA") or None, ", which DCGAN_DATA names") if path is None else (path, "")
    if path is None:
        return None
    if os.path.exists(found := find_path(path)):
        return found
    raise FileNotFoundError(
        f"{caller}: there is no file or folder '{path}'{by}. Correct the name, or leave it out (None) for what the "
        f"course finds by itself."
    )


def home():
    """Returns the user's home folder, or None where the system knows none."""
    try:
        return Path.home()
    except RuntimeError:
        return None


def _expand(path):
    try:
        return Path(path).expanduser()
    except RuntimeError:
        raise FileNotFoundError(
            f"'{path}' begins with ~, and this system knows no home folder. Name the folder from / on."
        ) from None
