"""What a right answer gives: our solutions run on a batch's secret numbers, in the sandbox that students get."""

import json
import secrets
import threading
from dataclasses import dataclass, field

from dcgan_course.exercises.checks.measured import DECIMALS, to_text
from dcgan_course.instructor.grading.marks.assembly import with_seed
from dcgan_course.instructor.grading.sandbox.leftovers import remove_tree
from dcgan_course.instructor.masters.mistakes import apply_mistakes
from dcgan_course.refused import Refused

# As a share of the last digit: a right answer that computes in another order may differ from ours by so much.
MARGIN = 0.005
MOST_DRAWS = 40
SECONDS = 300.0
LEAST_SEED = 1_000  # Below are those of the notebooks, whose expected values students have.


@dataclass(frozen=True)
class Check:
    """A check of this batch."""

    source: str  # The cell, with the secret number in it.
    output: str  # The lines that a right answer gives.
    parts: tuple  # The names of its parts in order: each gives the same share of the points.
    mistakes: dict = field(default_factory=dict)  # From the name of each known mistake to the lines that it gives.


def split_parts(key, text):
    """Splits what a check has measured: returns a dict from each part's name to its lines.

    Of the line "2.3 generator: shape [8, 28, 28, 1]" the part is "generator".
    """
    parts = {}
    for line in text.splitlines():
        name, colon, _ = line.removeprefix(f"{key} ").partition(":")
        if colon and line.startswith(f"{key} "):
            parts.setdefault(name, []).append(line)
    return parts


def make_reference(master, sandbox):
    """Runs a master's solutions on secret numbers; returns a dict from each exercise's key to its `Check`.

    Raises `Refused` if a solution fails, or a check does not measure the same each time.
    """
    from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel

    runtime = sandbox.make_runtime()
    kernel = None
    try:
        kernel = BoxedKernel(sandbox, runtime, master.imports)
        kernel.run(f"{master.setup}{MEASURE}", SECONDS)
        return {exercise.key: _draw(kernel, master, exercise) for exercise in master.exercises}
    except RuntimeError as error:
        raise Refused(f"{master.name}: the master's own solutions do not run in the sandbox: {error}.") from None
    finally:
        if kernel is not None:
            kernel.stop()
        remove_tree(runtime)


class References:
    """The checks of each notebook in this batch, made when the first submission of that notebook comes.

    `masters` is a dict by name, and `server` the `RoomServer` in which solutions run. `refusal` is the
    `Refused` that one of them has raised, or None.
    """

    def __init__(self, masters, server):
        self.masters, self._server = masters, server
        self._locks = {name: threading.Lock() for name in masters}
        self._made = {}
        self.refusal = None

    def only(self, keys):
        """Returns the references of some exercises."""
        return References({name: master.only(keys) for name, master in self.masters.items()}, self._server)

    def __getitem__(self, name):
        with self._locks[name]:
            if name not in self._made:
                try:
                    self._made[name] = make_reference(self.masters[name], self._server.sandbox())
                except Refused as refusal:
                    self.refusal = refusal
                    raise
            return self._made[name]


# Measures each source, a solution or a mistake, with all digits. It leaves no name of an exercise behind.
MEASURE = """
import json
from dcgan_course.exercises.checks.measures import measure


def measure_source(source, key, name, seed):
    names = dict(globals())
    exec(source, names)
    print(json.dumps(measure(key, names[name], seed)))
"""


def _draw(kernel, master, exercise):
    """Makes a check with numbers that decide: none near a rounding edge, and known mistakes give other values."""
    mistakes = apply_mistakes(exercise.key, exercise.solution)
    for _ in range(MOST_DRAWS):
        seed = LEAST_SEED + secrets.randbelow(2**31 - LEAST_SEED)
        right = _measure(kernel, exercise, exercise.solution, seed)
        if any(map(_near_edge, _floats(right))):
            continue
        output = to_text(exercise.key, right)
        wrong = {}
        for name, mistake in mistakes.items():
            wrong[name] = to_text(exercise.key, _measure(kernel, exercise, mistake, seed))
            if wrong[name] == output:
                break
        if output in wrong.values():
            continue
        source = with_seed(exercise.check, seed)
        if kernel.run(f"{exercise.solution}\n{source}", SECONDS) != output:
            raise Refused(f"{master.name}: cell '{exercise.check_id}' must measure the same values each time.")
        return Check(source, output, tuple(right), wrong)
    raise Refused(
        f"{master.name}: cell '{exercise.check_id}' measures too many numbers near a rounding edge, or the same for a "
        f"known mistake as for the solution."
    )


def _measure(kernel, exercise, source, seed):
    call = f"measure_source({source!r}, {exercise.key!r}, {exercise.title!r}, {seed})"
    return json.loads(kernel.run(call, SECONDS))


def _floats(value):
    """Yields all floats of a measurement."""
    if isinstance(value, float):
        yield value
    elif isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _floats(item)


def _near_edge(number):
    """Says whether a number computed in another order could be rounded to another text."""
    scaled = number * 10**DECIMALS
    return abs(scaled % 1 - 0.5) < MARGIN or 0 < abs(scaled) < MARGIN
