"""The last grids of a class: each notebook is read once, and what was found stays in the folder of grades."""

import base64
import contextlib
import json
import math
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial

from dcgan_course.instructor.grading.drawings.picture_reader import Drawing, Work
from dcgan_course.instructor.process.own_command import run_command
from dcgan_lib.system.files import atomic_write

READER = "dcgan_course.instructor.grading.drawings.picture_reader"
RULES = 1  # Another number, and what was found by earlier rules is read again.


class KeptPictures:
    """The folder `pictures/`: a WebP for each notebook that has a last grid, and a list of all that was read.

    Attributes:
        drawings: Dict from a submission's key to its `Drawing`.
    """

    def __init__(self, folder):
        self.folder = folder
        self.drawings = {}
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads((folder / "pictures.json").read_text("utf-8"))
            if kept["rules"] == RULES:
                self.drawings = {key: Drawing(**drawing) for key, drawing in kept["drawings"].items()}

    def path(self, key):
        """Returns where the picture of a submission is, or will be."""
        return self.folder / f"{key[:16]}.webp"

    def is_known(self, key):
        """Says whether a submission need not be read again."""
        drawing = self.drawings.get(key)
        return drawing is not None and (bool(drawing.problem) or self.path(key).exists())

    def read(self, jobs, masters, workers):
        """Reads notebooks, and keeps what they show; what could not be read at all is tried again the next time.

        Args:
            jobs: Dict from a submission's key to a pair: the notebook's path, and which of the course's it is.
            masters: Dict from a master's name to its path.
            workers: How many processes may read at once.
        """
        self.folder.mkdir(exist_ok=True)
        keys = list(jobs)
        hands = [keys[first::workers] for first in range(min(workers, len(keys)))]
        works = [
            Work(
                {name: str(path) for name, path in masters.items()}, [(str(jobs[key][0]), jobs[key][1]) for key in hand]
            )
            for hand in hands
        ]
        stopped = threading.Event()
        with ThreadPoolExecutor(len(works)) as pool:
            try:
                for hand, drawings in zip(hands, pool.map(partial(_read_apart, stopped.is_set), works), strict=True):
                    for key, drawing in zip(hand, drawings, strict=False):
                        self._keep(key, drawing)
            finally:
                stopped.set()
        with atomic_write(self.folder / "pictures.json") as file:
            drawings = {key: asdict(drawing) for key, drawing in self.drawings.items()}
            json.dump({"rules": RULES, "drawings": drawings}, file)

    def _keep(self, key, drawing):
        if not drawing.problem:
            with atomic_write(self.path(key), "wb") as file:
                file.write(base64.b64decode(drawing.webp))
        self.drawings[key] = replace(drawing, webp="")


def _read_apart(is_stopped, work):
    """Does a `Work` in a process of its own; returns a list of `Drawing`, of a reader that died the first ones."""
    given = json.dumps(asdict(work)).encode()
    printed = run_command([sys.executable, "-m", READER], math.inf, is_stopped, given).printed
    return [Drawing(**json.loads(line)) for line in printed.split("\n")[:-1]]
