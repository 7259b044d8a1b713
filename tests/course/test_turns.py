"""Turns: some at once, or one alone."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from dcgan_course.instructor.process.turns import Turns

WAIT_SECONDS = 60


def test_so_many_run_at_once_and_no_more():
    turns, most, running, together = Turns(2), [], [], threading.Barrier(2, timeout=WAIT_SECONDS)

    def run(_):
        with turns:
            running.append(1)
            together.wait()  # It comes only where two are inside.
            most.append(len(running))
            together.wait()
            running.pop()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(run, range(6)))
    assert max(most) == 2


def test_who_is_alone_waits_for_the_others_and_keeps_new_ones_out():
    turns, order, inside, leave = Turns(3), [], threading.Event(), threading.Event()

    def run_until_told():
        with turns:
            inside.set()
            leave.wait(WAIT_SECONDS)
            order.append("before")

    def run(name):
        with turns:
            order.append(name)

    def run_alone(name):
        with turns.alone():
            new = pool.submit(run, "after")
            with pytest.raises(TimeoutError):
                new.result(timeout=0.2)
            order.append(name)
        return new

    with ThreadPoolExecutor(6) as pool:
        pool.submit(run_until_told)
        assert inside.wait(WAIT_SECONDS)
        alone = [pool.submit(run_alone, name) for name in ("alone", "alone")]
        assert not any(each.done() for each in alone)
        leave.set()
        for each in alone:
            each.result(WAIT_SECONDS).result(WAIT_SECONDS)
    assert order[0] == "before" and sorted(order[1:]) == ["after", "after", "alone", "alone"]


def test_an_error_gives_the_turn_back():
    turns = Turns(1)
    for turn in (turns, turns.alone(), turns, turns.alone()):
        with pytest.raises(ZeroDivisionError), turn:
            raise ZeroDivisionError
