"""What a right answer prints: our solutions run on a batch's secret numbers, in the sandbox that students get."""

import re
import secrets
import shutil
import tempfile
import threading
from dataclasses import dataclass

from dcgan_course.instructor.grading.marks.assembly import with_seed
from dcgan_course.refused import Refused

FORMAT = re.compile(r":\.(\d+)f\}")
FINE = re.compile(r"-?\d+\.\d{9}")
# As a share of the last digit: a right answer that computes in another order may differ from ours by so much.
MARGIN = 0.005
MOST_DRAWS = 40
SECONDS = 300.0


@dataclass(frozen=True)
class Check:
    """A check of this batch."""

    source: str  # The cell, with the secret number in it.
    output: str  # The lines that count of what a right answer prints.
    parts: tuple  # The names of its parts in order: each gives the same share of the points.


def counted_lines(text, key):
    """Picks the lines that count: those that begin with the key, even behind something printed without a newline.

    Returns a list of `(part, line)`: of `2.3 generator: (2, 28)` the part is "generator".
    """
    pattern = re.compile(rf"({re.escape(key)} ([a-z_]+): .*)$")
    return [(match[2], match[1]) for line in text.split("\n") if (match := pattern.search(line.rstrip("\r")))]


def make_reference(master, sandbox):
    """Runs a master's solutions on secret numbers; returns a dict from each exercise's key to its `Check`.

    Raises `Refused` if a solution fails, or a check does not print the same each time.
    """
    from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel

    runtime = tempfile.mkdtemp(prefix="grade-", dir="/tmp")
    kernel = None
    try:
        kernel = BoxedKernel(sandbox, runtime)
        kernel.run(master.setup, SECONDS)
        for exercise in master.exercises:
            kernel.run(exercise.solution, SECONDS)
        return {exercise.key: _draw(kernel, master, exercise) for exercise in master.exercises}
    except RuntimeError as error:
        raise Refused(f"{master.name}: the master's own solutions do not run in the sandbox: {error}.") from None
    finally:
        if kernel is not None:
            kernel.stop()
        shutil.rmtree(runtime, ignore_errors=True)


class References:
    """The checks of each notebook in this batch, made when the first submission of that notebook comes.

    `masters` is a dict by name. `refusal` is the `Refused` that one of them has raised, or None.
    """

    def __init__(self, masters, sandbox):
        self._masters, self._sandbox = masters, sandbox
        self._locks = {name: threading.Lock() for name in masters}
        self._made = {}
        self.refusal = None

    def __getitem__(self, name):
        with self._locks[name]:
            if name not in self._made:
                try:
                    self._made[name] = make_reference(self._masters[name], self._sandbox)
                except Refused as refusal:
                    self.refusal = refusal
                    raise
            return self._made[name]


def _draw(kernel, master, exercise):
    """Makes a check with numbers for which no printed value is near a rounding edge."""
    # Two exercises may define functions of one name, so each solution runs again before its own check.
    kernel.run(f"{exercise.solution}\n", SECONDS)
    kernel.marker = f"{exercise.key} "
    decimals = {int(digits) for digits in FORMAT.findall(exercise.check)}
    if len(decimals) > 1:
        raise Refused(f"{master.name}: cell '{exercise.check_id}' must print all its numbers with as many decimals.")
    for _ in range(MOST_DRAWS):
        source = with_seed(exercise.check, secrets.randbelow(2**31))
        fine = kernel.run(master.restore + FORMAT.sub(":.9f}", source), SECONDS)
        if decimals and any(_near_edge(float(number), *decimals) for number in FINE.findall(fine)):
            continue
        lines = counted_lines(kernel.run(master.restore + source, SECONDS), exercise.key)
        rounded = FINE.sub(lambda match: f"{float(match[0]):.{max(decimals)}f}", fine) if decimals else fine
        if not lines or lines != counted_lines(rounded, exercise.key):
            raise Refused(
                f"{master.name}: cell '{exercise.check_id}' must print lines that begin with '{exercise.key} NAME:', "
                f"and the same ones each time."
            )
        output = "".join(f"{line}\n" for _, line in lines)
        return Check(source, output, tuple(dict.fromkeys(part for part, _ in lines)))
    raise Refused(
        f"{master.name}: cell '{exercise.check_id}' prints too many numbers near a rounding edge. Print fewer."
    )


def _near_edge(number, decimals):
    """Says whether a number computed in another order could be rounded to another text."""
    scaled = number * 10**decimals
    return abs(scaled % 1 - 0.5) < MARGIN or 0 < abs(scaled) < MARGIN
