"""The bar of a training, on a clock of the test's own."""

import re
from types import SimpleNamespace

import numpy as np
import pytest

from dcgan_lib.run.progress import ProgressBar

STEPS, COMPILING, A_STEP = 2_001, 8.0, 0.08
STATE = re.compile(r"(\d+)/2001 \[([\d:]+)<([\d:?]+), +(\S+)step/s, ([^\]]*)\]")


class Clock:
    """A clock that moves only when the training does."""

    def __init__(self, monkeypatch):
        self.now = 1_000.0
        monkeypatch.setattr("tqdm.std.time", lambda: self.now)
        monkeypatch.setattr("dcgan_lib.run.progress.time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


def train_on(clock, done=0):
    """Trains in the clock's time: the first call compiles, and each step takes the same time."""
    compiling = COMPILING
    with ProgressBar(done, STEPS) as bar:
        while done < STEPS:
            count = min(bar.steps_a_call, STEPS - done)
            with bar.timing(count):
                clock.now += compiling + A_STEP * count
            compiling = 0.0
            done += count
            bar.see(done - 1, SimpleNamespace(latest=np.full((count, 4), 0.5)))


def seconds(left):
    minutes, rest = left.split(":")
    return 60 * int(minutes) + int(rest)


@pytest.mark.parametrize("done", [0, 1_500])
def test_no_estimate_counts_the_compilation(clock, capsys, done):
    train_on(clock, done)
    states = STATE.findall(capsys.readouterr().out)
    estimates = [(int(step), seconds(left)) for step, _, left, _, _ in states if left != "?"]
    assert len(estimates) > 10
    for step, left in estimates:
        assert left == pytest.approx(A_STEP * (STEPS - step), rel=0.02, abs=1.1)


def test_while_the_first_step_compiles_the_bar_says_so_and_then_no_more(clock, capsys):
    train_on(clock)
    states = STATE.findall(capsys.readouterr().out)
    assert states[0] == ("0", "00:00", "?", "?", "compiling")
    assert states[1] == ("1", "00:00", "?", "?", "d_loss 0.500, g_loss 0.500")
    assert all("compiling" not in state[-1] for state in states[1:])


def test_the_bar_is_one_line_that_moves_every_two_seconds_and_ends_in_the_mean_speed(clock, capsys):
    train_on(clock)
    printed = capsys.readouterr().out
    *said, last = printed.rstrip("\n").split("\n")
    assert len(said) == 1 and said[0].rsplit("\r", 1)[1].startswith("12.5 steps a second: the other ")
    assert 2_000 * A_STEP / 2 == pytest.approx(len(STATE.findall(printed)), rel=0.3)
    assert STATE.search(last.rsplit("\r", 1)[1]).groups() == (
        "2001", "02:40", "00:00", "12.50", "d_loss 0.500, g_loss 0.500",
    )  # fmt: skip


def test_a_training_that_is_stopped_while_it_compiles_leaves_what_it_did(clock, capsys):
    with pytest.raises(KeyboardInterrupt), ProgressBar(0, STEPS):
        raise KeyboardInterrupt
    assert STATE.findall(capsys.readouterr().out)[-1][0::4] == ("0", "compiling")
