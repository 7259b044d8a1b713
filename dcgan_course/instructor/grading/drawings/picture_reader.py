"""Reads the last grids of many notebooks, each notebook in a process with limits: run as a module.

A `Work` comes as JSON on stdin; for each of its jobs a line with a `Drawing` as JSON goes to stdout. The process forks
for each notebook, so that Python and Pillow are started once.
"""

import base64
import contextlib
import json
import os
import resource
import signal
import sys
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from PIL import Image

from dcgan_course.exercises.student_notebook import LARGEST, NotGradable, parse_notebook
from dcgan_course.instructor.grading.drawings.last_grid import find_grids, sources_by_id
from dcgan_course.instructor.grading.drawings.picture import NoPicture, read_picture
from dcgan_course.instructor.process.die_with_parent import end_with

MEMORY_BYTES = 2_000_000_000
CPU_SECONDS = 20
SECONDS = 300  # By the clock, for what does not compute: a busy machine must stop nobody.
LONGEST_ANSWER = 4_000_000  # Bytes.
MOST_TRIED = 6  # If the last picture is damaged, the one before it may be whole.
NOTHING = "Its outputs have no picture by the generator: its last cells were not run, or their outputs were deleted."
STOPPED = "Its pictures could not be read within the limits of time and memory."


@dataclass(frozen=True)
class Drawing:
    """What was found in one notebook: a picture, or why there is none."""

    problem: str = ""  # A sentence; "" if there is a picture.
    cell: str = ""  # What kind of cell it comes from, an entry of `GRID_CELLS`.
    webp: str = ""  # In base64.
    width: int = 0
    height: int = 0
    pixels: str = ""  # As a `Picture` has them.
    look: str = ""


@dataclass(frozen=True)
class Work:
    """What the process has to do."""

    masters: dict  # From a master's name to its file's path.
    jobs: list  # Pairs of a notebook's path and the name of its master.


def main():
    """Reads what stdin names."""
    work = Work(**json.load(sys.stdin))
    cells = {name: sources_by_id(json.loads(Path(path).read_bytes())) for name, path in work.masters.items()}
    Image.init()  # Or each process would load Pillow's formats anew, which takes as long as all the rest.
    for path, name in work.jobs:
        print(json.dumps(_read_apart(Path(path), name, cells[name])), flush=True)


def read_drawing(path, name, masters_cells):
    """Reads a notebook's last grid; returns a `Drawing`, whatever the file is.

    `name` says which of the course's notebooks it is, and `masters_cells` is what `sources_by_id` gives for its master.
    """
    if path.stat().st_size > LARGEST:
        return Drawing(f"The file is larger than {LARGEST / 1e6:.0f} MB, and its pictures were not read.")
    try:
        notebook, _ = parse_notebook(path.read_bytes())
    except NotGradable as error:
        return Drawing(str(error))
    problem = NOTHING
    for cell, encoded in islice(find_grids(notebook, name, masters_cells), MOST_TRIED):
        try:
            picture = read_picture(encoded)
        except NoPicture as error:
            problem = f"Its picture cannot be shown: {error}."
            continue
        return Drawing(cell=cell, **{**asdict(picture), "webp": base64.b64encode(picture.webp).decode()})
    return Drawing(problem)


def _read_apart(path, name, masters_cells):
    """Reads a notebook in a process of its own; returns the dict of a `Drawing`."""
    incoming, outgoing = os.pipe()
    reader, child = os.getpid(), os.fork()
    if child == 0:
        try:
            end_with(reader)
            os.close(incoming)
            _limit_process()
            with open(outgoing, "wb") as pipe:
                pipe.write(json.dumps(asdict(read_drawing(path, name, masters_cells))).encode())
        finally:
            os._exit(0)  # An error, too, ends it here: it has written nothing.
    os.close(outgoing)
    with open(incoming, "rb") as pipe:
        answer = pipe.read(LONGEST_ANSWER)
    os.waitpid(child, 0)
    with contextlib.suppress(ValueError):
        return json.loads(answer)
    return asdict(Drawing(STOPPED))


def _limit_process():
    """Limits what this process can take; it can write to no file, and ends by itself."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.alarm(SECONDS)


if __name__ == "__main__":
    main()
