"""A run that was killed, stopped or damaged goes on from its last checkpoint and ends with the same bits."""

import os
import random
import re
import signal
import subprocess
import threading
import time

import keras
import numpy as np
import pytest

from dcgan_lib import History, train
from dcgan_lib.run import observers
from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.run.folder import saved_grids

OPTIONS = {"batch_size": 4, "saving_interval": 5}

# Forks a run for each line of stdin, and says its number and how it ended: TensorFlow is imported once. A run saves at
# every grid, on a disk that takes its time: a kill then often comes in the middle of a save.
PARENT = """
import os, sys, time
from small_course import build_images, build_small_dcgan
from dcgan_lib import train
from dcgan_lib.run import observers
fsync = os.fsync
def slow_fsync(file):
    time.sleep(0.01)
    fsync(file)
os.fsync = slow_fsync
observers.CHECKPOINT_SECONDS = 0.0
options = dict(batch_size=4, saving_interval=5, output_dir=os.path.abspath("run/run"), resume=True)
for steps in sys.stdin:
    run = os.fork()
    if run == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        train(build_small_dcgan(), build_images(), steps=int(steps), **options)
        os._exit(0)
    print(run, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(run, 0)[1]), flush=True)
"""


class Runs:
    """Starts runs, one after the other, each in a process of its own."""

    def __init__(self, parent):
        self.parent, self.run = parent, None

    def start(self, steps):
        self.parent.stdin.write(f"{steps}\n")
        self.parent.stdin.flush()
        self.run = int(self.parent.stdout.readline())

    def wait_until(self, condition):
        while not condition():
            os.kill(self.run, 0)  # An error if it has ended.
            time.sleep(0.0005)

    def kill(self):
        os.kill(self.run, signal.SIGKILL)
        assert self.wait() == -signal.SIGKILL, "it ended before it was killed: give it more steps"

    def wait(self):
        return int(self.parent.stdout.readline())


@pytest.fixture
def runs(start_child):
    return lambda code=PARENT: Runs(start_child(code, stdin=subprocess.PIPE))


@pytest.fixture
def saving_always(monkeypatch):
    """A checkpoint at every grid, not only every 20 seconds."""
    monkeypatch.setattr(observers, "CHECKPOINT_SECONDS", 0.0)


def bits_of(folder):
    """Everything of a run that must be the same: losses, weights, optimizers, random states, pictures."""
    checkpoint = Checkpoint.load_newest(folder)
    return (
        (folder / "history.csv").read_bytes(),
        [array.tobytes() for array in checkpoint.arrays],
        {path.name: path.read_bytes() for path in saved_grids(folder).values()},
    )


def checkpoints_of(folder):
    """The steps of the whole checkpoints in a folder: their names appear when they are written."""
    return sorted(int(path.name.split("_")[1]) for path in folder.glob("checkpoint_*.npz"))


def stop_once(condition):
    """Presses the stop button once something is so."""

    def press():
        while not condition():
            time.sleep(0.001)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()


@pytest.fixture
def unfinished(new_small_dcgan, small_images, tmp_path):
    """The folder of a run that was stopped, and how many steps it has."""
    folder = tmp_path / "run"
    stop_once((folder / "gan_run_0.png").exists)
    before = signal.getsignal(signal.SIGINT)
    history = train(new_small_dcgan(), small_images, steps=10**9, **OPTIONS, output_dir=folder)
    assert history.run["finished"] is False and 1 <= len(history) < 10**9
    assert signal.getsignal(signal.SIGINT) is before
    return folder, len(history)


def kill_and_go_on(kills, steps, runs, tmp_path, seed):
    """Kills a run so many times, and lets it end.

    Returns:
        Its folder, the steps of the newest checkpoint at each kill, and how many kills hit a checkpoint
        that was being written.
    """
    folder = tmp_path / "run" / "run"
    rng = random.Random(seed)
    newest, hits = [], 0
    for kill in range(kills):
        runs.start(steps)
        grids, started_with = len(list(folder.glob("gan_*.png"))), checkpoints_of(folder)
        runs.wait_until(
            lambda grids=grids, started_with=started_with: (
                len(list(folder.glob("gan_*.png"))) > grids and checkpoints_of(folder) != started_with
            )
        )
        if kill % 2:
            time.sleep(rng.uniform(0, 0.15))
        else:
            deadline = time.monotonic() + 5
            runs.wait_until(lambda until=deadline: list(folder.glob("checkpoint_*.tmp")) or time.monotonic() > until)
        runs.kill()
        hits += bool(list(folder.glob("checkpoint_*.tmp")))
        newest.append(checkpoints_of(folder)[-1])
    done_before = {path: path.stat().st_mtime_ns for step, path in saved_grids(folder).items() if step < newest[-1]}
    runs.start(steps)
    assert runs.wait() == 0
    assert done_before and {path: path.stat().st_mtime_ns for path in done_before} == done_before
    return folder, newest, hits


@pytest.mark.slow
def test_a_run_that_is_killed_eight_times_ends_with_the_same_bits(new_small_dcgan, small_images, runs, tmp_path):
    kills, steps = 8, 700
    folder, newest, hits = kill_and_go_on(kills, steps, runs(), tmp_path, seed=kills)
    whole = tmp_path / "whole" / "run"
    train(new_small_dcgan(), small_images, steps=steps, **OPTIONS, output_dir=whole)
    assert bits_of(folder) == bits_of(whole)

    assert hits >= kills // 4, "too few kills came in the middle of a save to prove anything"
    assert not list(folder.glob("*.tmp"))
    sessions = History.load(folder).run["times"]["sessions"]
    assert [session["first_step"] for session in sessions] == sorted({0, *newest})
    assert len(set(newest)) == kills  # Each part got further than the one before.
    assert sum(session["steps"] for session in sessions) == steps
    assert not (folder.parent / "run.1").exists()


@pytest.mark.slow
def test_a_run_that_is_killed_before_its_first_checkpoint_starts_from_the_beginning(
    new_small_dcgan, small_images, runs, tmp_path
):
    folder = tmp_path / "run" / "run"
    rarely = runs(PARENT.replace("observers.CHECKPOINT_SECONDS = 0.0", ""))
    for _ in range(2):
        rarely.start(10**9)
        rarely.wait_until((folder / "gan_run_0.png").exists)
        rarely.kill()
        (folder / "gan_run_0.png").unlink()
    train(new_small_dcgan(), small_images, steps=11, **OPTIONS, output_dir=folder, resume=True)
    train(new_small_dcgan(), small_images, steps=11, **OPTIONS, output_dir=tmp_path / "whole" / "run")
    assert bits_of(folder) == bits_of(tmp_path / "whole" / "run")


def test_a_finished_run_goes_on_to_more_steps_with_the_same_bits(new_small_dcgan, small_images, tmp_path):
    folder, whole = tmp_path / "run", tmp_path / "whole" / "run"
    train(new_small_dcgan(), small_images, steps=8, **OPTIONS, output_dir=folder)
    # Other weights, as in a notebook that was started again without its seed: those of the checkpoint count.
    resumed = train(new_small_dcgan(seed=9), small_images, steps=12, **OPTIONS, output_dir=folder, resume=True)
    train(new_small_dcgan(), small_images, steps=12, **OPTIONS, output_dir=whole)
    assert bits_of(folder) == bits_of(whole)
    assert resumed.run["finished"] is True and resumed.run["steps_done"] == 12
    assert [part["first_step"] for part in resumed.run["times"]["sessions"]] == [0, 8]


def test_a_finished_run_of_as_many_steps_or_more_is_returned_and_nothing_trained(
    new_small_dcgan, small_images, tmp_path, capsys
):
    folder = tmp_path / "run"
    dcgan = new_small_dcgan()
    history = train(dcgan, small_images, steps=8, **OPTIONS, output_dir=folder)
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()}
    for steps, which in ((8, "all"), (3, "the first 3")):
        capsys.readouterr()
        again = new_small_dcgan(seed=9)
        returned = train(again, small_images, steps=steps, **OPTIONS, output_dir=folder, resume=True)
        np.testing.assert_array_equal(returned.values, history.values[:steps])
        assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir()} == before
        assert capsys.readouterr().out == (
            f"run holds this run already, 8 steps of it: nothing is trained, the history of {which} is returned. For a "
            f"new run name another folder or use resume=False.\n"
        )
        # The networks are those of the finished run: what is drawn from them is what it learned.
        for ours, theirs in zip(again.generator.get_weights(), dcgan.generator.get_weights(), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_finished_run_is_not_in_the_way_of_another_and_is_kept(new_small_dcgan, small_images, tmp_path, capsys):
    folder = tmp_path / "run"
    train(new_small_dcgan(), small_images, steps=3, **OPTIONS, output_dir=folder)
    first = bits_of(folder)
    capsys.readouterr()
    history = train(new_small_dcgan(), small_images, steps=2, batch_size=5, output_dir=folder, resume=True)
    said = "The earlier run in run is kept as run.1; this one starts from the beginning."
    assert said in capsys.readouterr().out
    assert len(history) == 2 and history.run["times"]["sessions"][0]["first_step"] == 0
    assert bits_of(tmp_path / "run.1") == first
    train(new_small_dcgan(), small_images, steps=2, batch_size=5, output_dir=folder, resume=False)
    assert said.replace("run.1", "run.2") in capsys.readouterr().out
    assert History.load(tmp_path / "run.2").run["parameters"]["batch_size"] == 5


def test_files_of_others_in_the_folder_stay_where_they_are(new_small_dcgan, small_images, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "README.md").write_text("mine")
    train(new_small_dcgan(), small_images, steps=1, **OPTIONS, output_dir=folder, resume=True)
    assert (folder / "README.md").read_text() == "mine" and not (tmp_path / "run.1").exists()


def test_an_unfinished_run_of_something_else_is_refused_and_the_difference_named(
    new_small_dcgan, small_images, unfinished
):
    folder, steps = unfinished
    before = {path: path.read_bytes() for path in folder.iterdir()}
    others = small_images.copy()
    others[0, 0, 0, 0] ^= 1
    changes = {
        "images": {"images": others},
        "batch_size": {"batch_size": 5},
        "seed": {"seed": 1},
        "generator": {"dcgan": new_small_dcgan(slope=0.1)},
        "d_optimizer": {"dcgan": new_small_dcgan(d_optimizer=keras.optimizers.Adam(2e-4))},
        "g_optimizer": {"dcgan": new_small_dcgan(g_optimizer=keras.optimizers.Adam(beta_1=0.5))},
    }
    for name, change in changes.items():
        arguments = {"dcgan": new_small_dcgan(), "images": small_images, **OPTIONS, **change}
        with pytest.raises(ValueError) as error:
            train(**arguments, steps=10**9, output_dir=folder, resume=True)
        assert re.fullmatch(
            rf"train: '{re.escape(str(folder))}' holds an unfinished run \({steps:,} steps\) of something else "
            rf"\({name}: [^;]+, now [^;]+\)\. Go back to what it had, name another output_dir, or start anew with resume=False\.",
            str(error.value),
        ), error.value
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    with pytest.raises(ValueError, match=r"\(batch_size: 4, now 5; seed: 0, now 1\)"):
        train(new_small_dcgan(), small_images, 10**9, batch_size=5, seed=1, output_dir=folder, resume=True)


def test_an_unfinished_run_may_be_left_behind_and_is_kept(new_small_dcgan, small_images, unfinished):
    folder, steps = unfinished
    history = train(new_small_dcgan(), small_images, steps=2, batch_size=5, output_dir=folder, resume=False)
    assert len(history) == 2
    assert len(History.load(folder.with_name("run.1"))) == steps


def test_another_saving_interval_and_a_layers_new_name_are_no_difference(new_small_dcgan, small_images, unfinished):
    folder, steps = unfinished
    new_small_dcgan()  # Keras numbers the layers' names on.
    history = train(
        new_small_dcgan(), small_images, steps + 3, batch_size=4, saving_interval=2, output_dir=folder, resume=True
    )
    assert len(history) == steps + 3


def damage(path, how):
    content = bytearray(path.read_bytes())
    if how == "cut off":
        content = content[: len(content) // 2]
    elif how == "empty":
        content = b""
    else:
        content[len(content) // 2] ^= 1
    path.write_bytes(content)


def test_a_damaged_checkpoint_is_noticed_and_the_one_before_used(
    new_small_dcgan, small_images, tmp_path, saving_always, capsys
):
    folder = tmp_path / "run"
    train(new_small_dcgan(), small_images, steps=12, **OPTIONS, output_dir=folder)
    assert checkpoints_of(folder) == [11, 12]
    newest = max(folder.glob("checkpoint_*.npz"))
    whole = newest.read_bytes()
    for how in ("empty", "one bit", "cut off"):
        newest.write_bytes(whole)
        assert len(Checkpoint.load_newest(folder)) == 12
        damage(newest, how)
        assert len(Checkpoint.load_newest(folder)) == 11
    capsys.readouterr()
    history = train(new_small_dcgan(), small_images, steps=14, **OPTIONS, output_dir=folder, resume=True)
    assert (
        f"The checkpoint {newest.name} is damaged (its content is not what was written); it is passed over."
        in capsys.readouterr().out
    )
    assert [part["first_step"] for part in history.run["times"]["sessions"]] == [0, 11]
    train(new_small_dcgan(), small_images, steps=14, **OPTIONS, output_dir=tmp_path / "whole" / "run")
    assert bits_of(folder) == bits_of(tmp_path / "whole" / "run")


def test_where_every_checkpoint_is_damaged_the_run_starts_from_the_beginning_and_says_so(
    new_small_dcgan, small_images, tmp_path, capsys
):
    folder = tmp_path / "run"
    train(new_small_dcgan(), small_images, steps=3, **OPTIONS, output_dir=folder)
    for path in folder.glob("checkpoint_*.npz"):
        damage(path, "cut off")
    capsys.readouterr()
    history = train(new_small_dcgan(), small_images, steps=3, **OPTIONS, output_dir=folder, resume=True)
    out = capsys.readouterr().out
    assert "is damaged" in out and "The earlier run in run is kept as run.1; this one starts from the beginning." in out
    assert history.run["times"]["sessions"][0]["first_step"] == 0


def test_only_the_last_two_checkpoints_are_kept(new_small_dcgan, small_images, tmp_path, saving_always):
    train(new_small_dcgan(), small_images, steps=30, **OPTIONS, output_dir=tmp_path / "run")
    assert checkpoints_of(tmp_path / "run") == [26, 30]


def test_a_short_run_writes_its_one_checkpoint_at_its_end(new_small_dcgan, small_images, tmp_path):
    """Twenty seconds lie between two."""
    train(new_small_dcgan(), small_images, steps=30, **OPTIONS, output_dir=tmp_path / "run")
    assert checkpoints_of(tmp_path / "run") == [30]


def test_a_run_whose_grids_were_deleted_goes_on(new_small_dcgan, small_images, tmp_path):
    folder = tmp_path / "run"
    train(new_small_dcgan(), small_images, steps=3, **OPTIONS, output_dir=folder)
    for path in saved_grids(folder).values():
        path.unlink()
    history = train(new_small_dcgan(), small_images, steps=5, **OPTIONS, output_dir=folder, resume=True)
    assert len(history) == 5 and history.run["finished"] is True


def test_a_killed_runs_half_written_checkpoint_is_cleared_away(new_small_dcgan, small_images, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "checkpoint_00000007_0123456789abcdef.npz.tmp").write_bytes(b"half")
    train(new_small_dcgan(), small_images, steps=1, **OPTIONS, output_dir=folder, resume=True)
    assert not list(folder.glob("*.tmp"))
