"""The checks of a batch: whoever waits for those of a notebook makes some of them, and nothing is made twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from submissions.case import MNIST

from dcgan_course.instructor.grading.marks import reference
from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_course.instructor.grading.marks.reference import References
from dcgan_course.instructor.grading.sandbox.room_server import RoomServer
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox
from dcgan_course.instructor.process.turns import Turns
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root

# Its two exercises need no TensorFlow.
MASTER = replace(
    next(master for master in read_masters(course_root() / "notebooks") if master.name == MNIST),
    imports="import os\nimport numpy as np\nfrom dcgan_course.exercises import check",
    parameters="",
)
KEYS = {exercise.key for exercise in MASTER.exercises}
WAIT_SECONDS = 300


@pytest.fixture(scope="module")
def server(library):
    with RoomServer(Sandbox(str(library), "bubblewrap", 2.0, 1), MASTER.imports, rooms=2) as server:
        yield server


def make_references(server, master=MASTER):
    return References({MNIST: master}, server, Turns(2))


def ask_twice_at_once(references):
    """Returns what two that need the checks at the same moment get: the checks, or the error."""
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(references.__getitem__, MNIST) for _ in range(2)]
        return [each.exception() or each.result() for each in asked]


@pytest.fixture
def drawn(monkeypatch):
    """The exercises whose checks were made, each with the thread that did; two begin together."""
    made, together, draw = [], threading.Barrier(2, timeout=WAIT_SECONDS), reference._draw

    def draw_together(kernel, master, exercise):
        made.append((exercise.key, threading.get_ident()))
        together.wait()
        return draw(kernel, master, exercise)

    monkeypatch.setattr(reference, "_draw", draw_together)
    return made


def test_two_that_wait_make_the_checks_together_and_each_of_them_once(server, drawn):
    first, second = ask_twice_at_once(make_references(server))
    assert first is second and set(first) == KEYS
    assert len(drawn) == len(KEYS) == 2 and len({thread for _, thread in drawn}) == 2
    for key, check in first.items():
        assert check.output.startswith(f"{key} ") and check.mistakes and check.output not in check.mistakes.values()


def test_what_one_could_not_finish_is_made_by_the_other(server, monkeypatch):
    draw, failed = reference._draw, []

    def fail_once(*arguments):
        if not failed:
            failed.append(arguments)
            raise OSError("No space left on device")
        return draw(*arguments)

    monkeypatch.setattr(reference, "_draw", fail_once)
    answers = ask_twice_at_once(make_references(server))
    (checks,) = (each for each in answers if isinstance(each, dict))
    assert set(checks) == KEYS
    assert sum(isinstance(each, OSError) for each in answers) == 1


def test_a_solution_that_does_not_run_is_refused_to_all_who_wait(server, drawn):
    first, *others = MASTER.exercises
    broken = replace(first, solution=f"{first.solution}\nraise ValueError('out of order')")
    references = make_references(server, replace(MASTER, exercises=[broken, *others]))
    answers = ask_twice_at_once(references)
    assert all(isinstance(each, Refused) for each in answers), answers
    for each in (*answers, references.refusal):
        assert "own solutions do not run in the sandbox: ValueError: out of order" in str(each)
