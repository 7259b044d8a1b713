"""What a right answer gives: our solutions run on a batch's secret numbers, in the sandbox that students get."""

import contextlib
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


class References:
    """The checks of each notebook in this batch, made when the first submission of that notebook comes.

    Whoever waits for checks makes some of them. `masters` is a dict by name, `server` the `RoomServer` in which
    solutions run, and `turns` is held while some run. `refusal` is the `Refused` that one of them has raised, or None.
    """

    def __init__(self, masters, server, turns):
        self.masters, self._server, self._turns = masters, server, turns
        self._left = {name: [*master.exercises] for name, master in masters.items()}
        self._made = {name: {} for name in masters}
        self._changed = threading.Condition()
        self.refusal = None

    def only(self, keys):
        """Returns the references of some exercises."""
        masters = {name: master.only(keys) for name, master in self.masters.items()}
        return References(masters, self._server, self._turns)

    def __getitem__(self, name):
        """Returns a dict from each exercise's key to its `Check`.

        Raises `Refused` if a solution fails, or a check does not measure the same each time.
        """
        master, left, made = self.masters[name], self._left[name], self._made[name]
        while len(made) < len(master.exercises):
            with self._turns:
                self._make_some(master, left, made)
            with self._changed:
                self._changed.wait_for(lambda: left or len(made) == len(master.exercises) or self.refusal)
            if self.refusal:
                raise self.refusal
        return made

    def _make_some(self, master, left, made):
        """Makes checks of a notebook until none is left; others may do so meanwhile."""
        if not left or self.refusal:
            return
        exercise = None
        try:
            with _open_kernel(master, self._server.sandbox()) as kernel:
                while exercise := self._take(left):
                    made[exercise.key] = _draw(kernel, master, exercise)
        except Refused as refusal:
            self.refusal = refusal
            raise
        except RuntimeError as error:
            self.refusal = Refused(f"{master.name}: the master's own solutions do not run in the sandbox: {error}.")
            raise self.refusal from None
        finally:
            with self._changed:
                if exercise and exercise.key not in made:
                    left.append(exercise)
                self._changed.notify_all()

    def _take(self, left):
        with self._changed:
            return left.pop() if left and not self.refusal else None  # The networks come last, and take longest.


@contextlib.contextmanager
def _open_kernel(master, sandbox):
    """Yields a kernel in which solutions can be measured."""
    from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel

    runtime, kernel = sandbox.make_runtime(), None
    try:
        kernel = BoxedKernel(sandbox, runtime, master.imports)
        kernel.run(f"{master.setup}{MEASURE}", SECONDS)
        yield kernel
    finally:
        if kernel is not None:
            kernel.stop()
        remove_tree(runtime)


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
