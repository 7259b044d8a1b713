"""Where things of the course are, wherever a notebook's kernel was started."""

import os
from pathlib import Path

INSTALLED_IN = Path(__file__).resolve().parents[2]  # The folder that holds dcgan_lib: the course, or site-packages.


def course_path(path):
    """Says where a path of the course is, wherever the notebook's kernel was started.

    `None` stays `None`, and an absolute path as it is. A relative one starts at the course's root, the folder
    that holds `dcgan_lib/` and `notebooks/`; without such a folder at the working folder.
    """
    return None if path is None else course_root() / Path(path).expanduser()


def course_root():
    """Returns the folder that holds `notebooks/`: beside the library, above the working folder, or this one itself."""
    if (INSTALLED_IN / "notebooks").is_dir():
        return INSTALLED_IN
    here = Path.cwd()
    above = (folder for folder in (here, *here.parents) if (folder / "notebooks").is_dir())
    return next((folder for folder in above if (folder / "dcgan_lib").is_dir()), here)


def find_path(path):
    """Returns where something to read is: in the course, or in the working folder where the course has no such."""
    in_course = course_path(path)
    return in_course if in_course.exists() else Path(path).expanduser()


def shown_path(path):
    """Names a file as outputs may show it: with nothing of the machine that they were made on."""
    path, root = Path(os.path.abspath(path)), course_root()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])


def named_path(caller, path):
    """Returns what the argument or `DCGAN_DATA` names, or `None` if neither does; a relative path as `find_path`."""
    path, who = (os.environ.get("DCGAN_DATA") or None, "DCGAN_DATA names ") if path is None else (path, "")
    if path is None:
        return None
    if (found := find_path(path)).exists():
        return found
    raise FileNotFoundError(
        f"{caller}: {who}'{path}', and there is no such file or folder. Correct the name, or leave it out (None) "
        f"for what the course finds by itself."
    )
