"""Where things of the course are, wherever a notebook's kernel was started."""

import os
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]


def course_path(path):
    """Says where a path of the course is, wherever the notebook's kernel was started.

    `None` stays `None`, and an absolute path as it is. A relative one starts at the course's root, the folder
    that holds `dcgan_lib/` and `notebooks/`; without such a folder at the working folder.
    """
    return None if path is None else _course_root() / Path(path).expanduser()


def _course_root():
    if (COURSE / "notebooks").is_dir():
        return COURSE
    here = Path.cwd()
    above = (at for at in (here, *here.parents) if (at / "dcgan_lib").is_dir() and (at / "notebooks").is_dir())
    return next(above, here)


def shown_path(path):
    """Names a file as outputs may show it: with nothing of the machine that they were made on."""
    path, root = Path(os.path.abspath(path)), _course_root()
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else "/".join(path.parts[-2:])


def named_path(caller, path):
    """Returns what the argument or `DCGAN_DATA` names, or `None` if neither does."""
    path, who = (os.environ.get("DCGAN_DATA") or None, "DCGAN_DATA names ") if path is None else (path, "")
    if path is None:
        return None
    for found in (Path(path).expanduser(), course_path(path)):
        if found.exists():
            return found
    raise FileNotFoundError(
        f"{caller}: {who}'{path}', and there is no such file or folder. Correct the name, or leave it out (None) "
        f"for what the course finds by itself."
    )
