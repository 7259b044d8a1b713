"""What a right answer prints: our solutions, run on a batch's secret numbers, in the sandbox that students get."""

import re
import secrets
import shutil
import tempfile
from dataclasses import dataclass

from dcgan_course.instructor.grading.marks.assembly import with_seed
from dcgan_course.refused import Refused

FORMAT = re.compile(r":\.(\d+)f\}")
FINE = re.compile(r"-?\d+\.\d{9}")
# Of a rounding step: an answer that computes the same in another order may end that far from ours.
MARGIN = 0.005
MOST_DRAWS = 40
SECONDS = 300.0


@dataclass(frozen=True)
class Check:
    """A check of this batch.

    Attributes:
        source: The cell, with the secret number in it.
        output: What counts of what a right answer prints.
        parts: The names of its parts in order: each gives the same share of the points.
    """

    source: str
    output: str
    parts: tuple


def counted_lines(text, key):
    """Picks the lines that count: those that begin, after whatever was printed without a newline, with the key.

    Args:
        text: What a check cell printed.
        key: The exercise's key, such as "2.3".

    Returns:
        A list of `(part, line)`: of `2.3 generator: (2, 28)` the part is "generator".
    """
    pattern = re.compile(rf"({re.escape(key)} ([a-z_]+): .*)$")
    return [(match[2], match[1]) for line in text.split("\n") if (match := pattern.search(line.rstrip("\r")))]


def make_reference(master, sandbox):
    """Runs a master's solutions on secret numbers.

    Args:
        master: The `Master`.
        sandbox: The `Sandbox` that students' code will run in.

    Returns:
        A dict from each exercise's key to its `Check`.

    Raises:
        Refused: If a solution fails its own check, or a check prints something else each time.
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


def _draw(kernel, master, exercise):
    """Draws numbers until no printed value is near a rounding edge."""
    # Functions of one name in two exercises: each check has its own solution in front of it.
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
    """Says whether a number could be printed otherwise if it were computed otherwise."""
    scaled = number * 10**decimals
    return abs(scaled % 1 - 0.5) < MARGIN or 0 < abs(scaled) < MARGIN
