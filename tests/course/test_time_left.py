"""How long many runs will still take, on a clock of the test's own: every time is given."""

import pytest

from dcgan_course.instructor.running.log import RunProgress, read_progress
from dcgan_course.instructor.running.time_left import TimeLeft

STARTUP, A_STEP = 18.0, 0.08  # TensorFlow is imported, and the first step compiles.


def of_a_run(seconds, steps=2_001, first=0):
    """Returns what a run says so many seconds after its start."""
    if seconds < STARTUP:
        return RunProgress("run", first, steps)
    step = min(steps, first + 1 + int((seconds - STARTUP) / A_STEP))
    return RunProgress("run", step, steps, None if step == first + 1 else round(A_STEP * (steps - step)))


@pytest.mark.parametrize("first", [0, 1_500])
def test_one_run_is_estimated_from_its_steps_alone(first):
    left = TimeLeft({"run": 2_001}, 100.0)
    estimates = {}
    for tenths in range(0, 400):
        left.see(of_a_run(tenths / 10, first=first), 100.0 + tenths / 10)
        estimates[tenths / 10] = left.seconds(100.0 + tenths / 10)
    assert all(estimate is None for seconds, estimate in estimates.items() if seconds < STARTUP)
    for seconds in (19, 22, 30, 39.5):
        assert estimates[seconds] == pytest.approx(A_STEP * (2_001 - of_a_run(seconds, first=first).step), rel=0.15)


def test_runs_that_wait_take_as_long_as_the_one_that_runs():
    left = TimeLeft({"run": 1_000, "waiting": 3_000}, 0.0)
    left.see(RunProgress("run", 100, 1_000, 9), 20.0)
    left.see(RunProgress("run", 200, 1_000, 8), 30.0)
    assert left.seconds(30.0) == pytest.approx((800 + 3_000) / 10)


def test_what_an_earlier_command_has_made_is_no_speed():
    left = TimeLeft({"one": 1_000, "two": 1_000}, 0.0)
    left.see(RunProgress("one", 1, 1_000, 99), 10.0)
    left.see(RunProgress("two", 900, 1_000, 9), 10.0)  # It goes on from there.
    left.see(RunProgress("one", 51, 1_000, 9), 15.0)
    left.see(RunProgress("two", 950, 1_000, 5), 15.0)
    assert left.seconds(15.0) == pytest.approx((949 + 50) / 20)


def test_a_run_that_ended_before_its_steps_is_neither_speed_nor_work():
    left = TimeLeft({"failed": 1_000, "run": 1_000}, 0.0)
    left.end("failed", finished=False)
    left.see(RunProgress("failed", 900, 1_000, 1), 9.0)  # A look that came late.
    left.see(RunProgress("run", 10, 1_000, 99), 10.0)
    left.see(RunProgress("run", 110, 1_000, 89), 20.0)
    assert left.seconds(20.0) == pytest.approx(89.0)
    left.end("run", finished=True)
    assert left.seconds(110.0) == 0


def test_jobs_that_tell_no_steps_count_when_they_have_ended():
    left = TimeLeft(dict.fromkeys("abcd", 1), 0.0)
    left.see(RunProgress("a"), 0.0)
    assert left.seconds(5.0) is None
    left.end("a", finished=True)
    left.end("b", finished=False)
    assert left.seconds(10.0) == pytest.approx(10.0)


def test_the_first_lines_of_a_log_hold_no_estimate(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("\r  0%|          | 0/2001 [00:00<?, ?step/s, compiling]")
    assert read_progress("run", log) == RunProgress("run", 0, 2_001, None)
