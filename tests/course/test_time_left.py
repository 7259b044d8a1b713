"""How long many runs will still take, on a clock of the test's own: every time is given."""

import pytest

from dcgan_course.instructor.running.log import RunProgress, read_progress
from dcgan_course.instructor.running.time_left import TimeLeft

STARTUP, A_STEP, AFTER = 18.0, 0.08, 10.0  # TensorFlow is imported, and the first step compiles; pictures are measured.


def duration(steps, first=0):
    return STARTUP + A_STEP * (steps - first - 1) + AFTER


def of_a_run(name, seconds, steps, first=0):
    """Returns what a run says so many seconds after its start; its bar moves every two seconds."""
    if seconds < STARTUP:
        return RunProgress(name) if seconds < STARTUP - 8 else RunProgress(name, first, steps)
    moved = 2 * int((seconds - STARTUP) / 2) if seconds < duration(steps, first) - AFTER else seconds - STARTUP
    step = min(steps, first + 1 + int(moved / A_STEP))
    return RunProgress(name, step, steps, None if step == first + 1 else round(A_STEP * (steps - step)))


def estimates_of(steps, workers=1, first=0):
    """Lets runs of these steps go through, and returns the estimate at each second, with the time that is left."""
    left = TimeLeft({f"run {number}": count for number, count in enumerate(steps)}, workers)
    waiting, running, seen, now = list(enumerate(steps)), {}, [], 0.0
    while waiting or running:
        while waiting and len(running) < workers:
            number, count = waiting.pop(0)
            running[number] = (now, count)
        for number, (began, count) in list(running.items()):
            left.see(of_a_run(f"run {number}", now - began, count, first), now)
            if now - began >= duration(count, first):
                left.end(f"run {number}", now)
                del running[number]
        seen.append((now, left.seconds(now)))
        now += 0.25
    return [(time, estimate, now - time) for time, estimate in seen]


@pytest.mark.parametrize("first", [0, 1_500])
def test_one_run_is_estimated_from_its_steps_and_not_from_what_was_before_them(first):
    estimates = estimates_of([2_001], first=first)
    assert all(estimate is None for time, estimate, _ in estimates if time < STARTUP + 2)
    for time, estimate, left in estimates:
        if time > STARTUP + 5:
            assert estimate == pytest.approx(max(0, left - AFTER), abs=2.5)


@pytest.mark.parametrize(("steps", "workers"), [([2_001] * 4, 1), ([2_001] * 8, 2), ([101] * 6, 1), ([101, 2_001], 1)])
def test_many_runs_are_estimated_well_from_the_first_one_on(steps, workers):
    estimates = estimates_of(steps, workers)
    first = duration(steps[0]) + 1
    assert all(estimate is not None for time, estimate, _ in estimates if time > first)
    for time, estimate, left in estimates:
        if time > first:
            assert left - AFTER - 0.25 * left - 1 <= estimate <= 1.25 * left + 1
        elif estimate is not None:  # What comes after a training is not yet known.
            assert 0.4 * left - AFTER - 1 <= estimate <= 1.25 * left + 1


def test_what_an_earlier_command_has_made_is_no_speed():
    left = TimeLeft({"one": 1_000, "two": 1_000}, workers=2)
    for name, step in (("one", 1), ("two", 900)):  # The second goes on from there.
        left.see(RunProgress(name, step, 1_000, 99), 10.0)
    for name, step in (("one", 51), ("two", 950)):
        left.see(RunProgress(name, step, 1_000, 9), 15.0)
    assert left.seconds(15.0) == pytest.approx(949 / 10)


def test_a_run_that_fails_before_its_steps_says_nothing_of_the_others():
    left = TimeLeft({"failed": 1_000, "run": 1_000}, workers=1)
    left.see(RunProgress("failed"), 0.0)
    left.end("failed", 3.0)
    left.see(RunProgress("run"), 3.0)
    assert left.seconds(4.0) is None
    left.see(RunProgress("run", 10, 1_000, 99), 10.0)
    assert left.seconds(10.0) is None
    left.see(RunProgress("run", 110, 1_000, 89), 20.0)
    assert left.seconds(20.0) == pytest.approx(89.0)
    left.end("run", 110.0)
    assert left.seconds(110.0) == 0


def test_jobs_that_tell_no_steps_are_estimated_from_those_that_have_ended():
    left = TimeLeft(dict.fromkeys("abcdef", 1), workers=2)
    for name in "ab":
        left.see(RunProgress(name), 0.0)
    assert left.seconds(5.0) is None
    for name, other in zip("ab", "cd", strict=True):
        left.end(name, 10.0)
        left.see(RunProgress(other), 10.0)
    assert left.seconds(10.0) == pytest.approx(20.0)
    assert left.seconds(14.0) == pytest.approx(16.0)


def test_the_first_lines_of_a_log_hold_no_estimate(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text("\r  0%|          | 0/2001 [00:00<?, ?step/s, compiling]")
    assert read_progress("run", log) == RunProgress("run", 0, 2_001, None)
