"""Real papermill on small notebooks; where TensorFlow is not the point, plain Python writes what a training leaves."""

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from dcgan_course.instructor.running.command import add_arguments
from dcgan_course.instructor.running.notebook import Notebook
from dcgan_course.instructor.running.page import write_page
from dcgan_course.instructor.running.plan import Run, plan_runs
from dcgan_course.instructor.running.result import Result
from dcgan_course.instructor.running.summary import summarize, write_summary
from dcgan_course.instructor.running.verdict import judge
from dcgan_lib.system.machine import usable_cores

ROOT = Path(__file__).resolve().parents[2]

PARAMETERS = """steps = 6  # few
saving_interval = 2
batch_size = 32
seed = 0
pause = 0.0
fail = ""
data_dir = None
rate = 0.5
output_dir = "generated_images/FAKE"
"""
TROUBLE = """import os, sys, time
if fail == "raise": raise ValueError("<script>alert(1)</script>")
if fail == "die": os._exit(0)
if fail == "exit": sys.exit(0)
if fail == "hang": time.sleep(1000)
if fail == "eat": hoard = bytearray(500_000_000); time.sleep(1000)
print(f"<b>seed {seed}</b>")"""
# What a training leaves behind, and its ways: it goes on from where it stopped, and SIGINT ends it without an error.
TRAINING = r"""import base64, json, pathlib, time
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAADCAAAAABzQ+pjAAAADklEQVR4nGNgYGBgQCYAAAwAAR2lP4kAAAAASUVORK5CYII=")
folder = pathlib.Path(output_dir)
folder.mkdir(parents=True, exist_ok=True)
kept = folder / "run.json"
first = json.loads(kept.read_text())["steps_done"] if kept.exists() else 0
print("from step", first)
try:
    for step in range(first, steps):
        if step % saving_interval == 0:
            (folder / f"gan_fake_{step}.png").write_bytes(PNG)
        time.sleep(pause)
        print(f"\r 10%|#  | {step}/{steps} [00:01<00:09, 9step/s]", end="", flush=True)
        rows = "".join(f"{i},0.7,{0.8 + seed},0.6,0.4\n" for i in range(step + 1))
        (folder / "history.csv").write_text("step,d_loss,g_loss,d_real,d_fake\n" + rows)
        done = dict(finished=step + 1 == steps and fail != "unfinished", steps_done=step + 1)
        kept.write_text(json.dumps({**done, "times": {"steps_per_second": 9.0}}))
except KeyboardInterrupt:
    print("interrupted")"""


def write_notebook(path, cells=(TROUBLE, TRAINING), parameters=PARAMETERS):
    tagged = new_code_cell(parameters, metadata={"tags": ["parameters"]})
    nbformat.write(new_notebook(cells=[tagged, *map(new_code_cell, cells)]), path)
    return path


def instruct(*arguments, cwd, timeout=600):
    command = [sys.executable, "-m", "dcgan_course", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment(), text=True, capture_output=True, timeout=timeout)


def start(*arguments, cwd):
    command = [sys.executable, "-m", "dcgan_course", *map(str, arguments)]
    return subprocess.Popen(
        command, cwd=cwd, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def wait_until(happened, seconds=300):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if value := happened():
            return value
        time.sleep(0.1)
    raise AssertionError(f"it did not happen within {seconds} seconds")


def is_called(process, name):
    """Says whether a process has a name in its command line; one that has just ended has none."""
    try:
        return name in process.cmdline()
    except psutil.Error:
        return False


def steps_of(folder):
    found = {}
    for path in Path(folder).glob("*/FAKE/run.json"):
        try:
            found[path.parent.parent.name] = json.loads(path.read_text())["steps_done"]
        except ValueError:
            continue
    return found


@pytest.fixture
def notebook(tmp_path):
    return write_notebook(tmp_path / "fake.ipynb")


# ---- what is refused before anything starts


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nosuch"], "There is no notebook 'nosuch'"),
        (["fake.ipynb", "fake.ipynb"], "fake is named twice"),
        (["fake.ipynb", "-p", "step", "3"], "fake has no parameter 'step'. It has: steps, saving_interval"),
        (["fake.ipynb", "-p", "step", "3"], "Did you mean steps?"),
        (["fake.ipynb", "-p", "steps", "many"], "steps must be a whole number"),
        (["fake.ipynb", "-p", "steps", "2.5"], "steps must be a whole number"),
        (["fake.ipynb", "-p", "rate", "fast"], "rate must be a number"),
        (["fake.ipynb", "-p", "seed", "True"], "seed must be a whole number"),
        (["fake.ipynb", "--sweep", "seed=1,2,1"], "has a value twice"),
        (["fake.ipynb", "--sweep", "seed=1,,2"], "--sweep is NAME=V1,V2"),
        (["fake.ipynb", "--sweep", "sead=1,2"], "Did you mean seed?"),
        (["fake.ipynb", "-p", "seed", "1", "--sweep", "seed=1,2"], "both fixed by -p and swept"),
        (["fake.ipynb", "--sweep", "seed=1,2", "--repeat-seeds", "2"], "both choose seeds"),
        (["fake.ipynb", "--sweep", "output_dir=a,b"], "output_dir cannot be swept"),
        (["fake.ipynb", "--repeat-seeds", "0"], "--repeat-seeds must be 1 or more"),
        (["fake.ipynb", "--data", "nowhere"], "there is no folder 'nowhere'"),
        (["fake.ipynb", "--workers", "0"], "--workers must be more than 0"),
        (["fake.ipynb", "--timeout", "-1"], "--timeout must be more than 0"),
        (["untagged.ipynb"], "no cell tagged 'parameters'"),
        (["fake.ipynb", "--output", "text.ipynb"], "cannot be written to"),
    ],
)
def test_what_cannot_be_run_is_refused_in_a_sentence(notebook, arguments, sentence, monkeypatch, capsys):
    from dcgan_course.__main__ import main

    folder = notebook.parent
    (folder / "text.ipynb").write_text("a file where the output folder should be")
    nbformat.write(new_notebook(cells=[new_code_cell("steps = 3")]), folder / "untagged.ipynb")
    before = sorted(folder.iterdir())
    monkeypatch.chdir(folder)
    monkeypatch.setattr(
        sys, "argv", ["instructor", "run", *arguments, *([] if "--output" in arguments else ["--output", "out"])]
    )
    assert main() == 2
    assert sentence in capsys.readouterr().err
    assert sorted(folder.iterdir()) == before


def test_nbformat_comes_without_the_grammars_of_addresses_and_nothing_is_left_behind():
    code = """import sys
from dcgan_course.instructor.process.quick_imports import GRAMMARS, skip_address_grammars
with skip_address_grammars():
    import nbformat
assert GRAMMARS not in sys.modules
nbformat.validate(nbformat.v4.new_notebook())
try:
    nbformat.validate({"nbformat": 4, "nbformat_minor": 5, "cells": []})
except nbformat.ValidationError as error:
    print(error.message)"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert ended.stdout == "'metadata' is a required property\n", ended.stderr


# ---- one run, and many


def test_sweeps_multiply_and_each_run_has_its_own_folder_page_and_numbers(notebook):
    folder = notebook.parent
    sweep = ("--sweep", "batch_size=16,32", "--repeat-seeds", 2)
    ended = instruct("run", notebook, "-p", "steps", 4, *sweep, "--output", "out", cwd=folder)
    assert ended.returncode == 0, ended.stderr
    names = [f"fake-batch_size={size}-seed={seed}" for size in (16, 32) for seed in (0, 1)]
    for name in names:
        own = folder / "out" / name
        assert (own / "fake.ipynb").is_file() and (own / "fake.html").is_file() and (own / "log.txt").is_file()
        assert json.loads((own / "run.json").read_text())["finished"] is True
        assert (own / "FAKE" / "gan_fake_2.png").is_file()
        assert name in ended.stdout
    rows = list(csv.DictReader((folder / "out" / "summary.csv").open()))
    assert [row["name"] for row in rows] == names
    assert [(row["setting_batch_size"], row["setting_seed"]) for row in rows] == [
        ("16", "0"), ("16", "1"), ("32", "0"), ("32", "1"),
    ]  # fmt: skip
    assert float(rows[1]["g_loss"]) == pytest.approx(1.8)
    assert not (folder / "generated_images").exists()


def test_without_a_sweep_the_notebook_chooses_where_pictures_go(notebook, monkeypatch):
    folder = notebook.parent
    (folder / "notebooks").mkdir()
    monkeypatch.setattr("dcgan_lib.system.paths.INSTALLED_IN", folder)
    monkeypatch.chdir(folder)
    (folder / "photos").mkdir()
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    (run,), out = plan_runs(parser.parse_args(["fake.ipynb", "--data", "photos"]))
    assert run.pictures == folder / "generated_images" / "FAKE"
    assert run.executed == folder / "runs" / "quick" / "fake.ipynb" and out == folder / "runs" / "quick"
    assert run.settings == {"steps": 1_001, "data_dir": str(folder / "photos")}
    (run,), out = plan_runs(parser.parse_args(["fake.ipynb", "--profile", "lecture", "-p", "output_dir", "pics"]))
    assert run.settings == {} and run.steps == 6 and run.parameters == {"output_dir": str(folder / "pics")}
    assert out == folder / "runs" / "lecture"


def test_a_run_that_fails_costs_itself_only_and_says_where_and_why(notebook):
    folder = notebook.parent
    ended = instruct(
        "run", notebook, "-p", "steps", 3, "--sweep", "fail=raise,die,exit,unfinished,no", "--output", "out", cwd=folder
    )
    rows = {row["settings"]["fail"]: row for row in json.loads((folder / "out" / "summary.json").read_text())}
    assert ended.returncode == 1
    assert {fail: row["status"] for fail, row in rows.items()} == {
        "raise": "failed", "die": "failed", "exit": "failed", "unfinished": "failed", "no": "finished",
    }  # fmt: skip
    assert rows["raise"]["error"] == "ValueError: <script>alert(1)</script>"
    assert rows["raise"]["cell"].startswith("code cell 2: import os")
    assert any("ValueError" in line for line in rows["raise"]["last_lines"])
    assert "died" in rows["die"]["error"] and rows["die"]["cell"].startswith("code cell 2")
    assert rows["exit"]["error"] == "SystemExit: 0"
    assert "does not say finished" in rows["unfinished"]["error"]
    assert all(Path(row["executed"]).is_file() for row in rows.values())
    page = (folder / "out" / "index.html").read_text()
    assert "<script>alert" not in page and "&lt;script&gt;alert(1)" in page
    assert "http" not in page.replace("http-equiv", "")


MEETING = """import pathlib, time
pictures = pathlib.Path(output_dir)
pictures.with_suffix(".began").touch()
until = time.monotonic() + 60
while len(list(pictures.parent.glob("*.began"))) < 2:
    assert time.monotonic() < until, "the other one has not begun"
    time.sleep(0.1)"""


@pytest.mark.skipif(usable_cores() < 2, reason="on one core there is one run at once")
def test_notebooks_run_at_once_on_a_core_each(tmp_path):
    for name in ("ONE", "TWO"):
        parameters = PARAMETERS.replace("generated_images/FAKE", str(tmp_path / name))
        write_notebook(tmp_path / f"{name}.ipynb", (MEETING, TRAINING), parameters)
    ended = instruct("run", "ONE.ipynb", "TWO.ipynb", "-p", "steps", 3, "--output", "out", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_file_that_is_no_notebook_is_a_failed_run_and_the_others_go_on(notebook):
    folder = notebook.parent
    (folder / "text.ipynb").write_text("not a notebook")
    (folder / "binary.ipynb").write_bytes(b"\xff\xfe\x00")
    sweep = ("-p", "steps", 3, "--sweep", "seed=1,2", "--output", "out")
    ended = instruct("run", "text.ipynb", notebook, "binary.ipynb", *sweep, cwd=folder)
    rows = {row["name"]: row for row in json.loads((folder / "out" / "summary.json").read_text())}
    assert ended.returncode == 1, ended.stderr
    assert {name: row["status"] for name, row in rows.items()} == {
        "text": "failed", "fake-seed=1": "finished", "fake-seed=2": "finished", "binary": "failed",
    }  # fmt: skip
    assert "is not a notebook of format 4" in rows["text"]["error"] and "not a text file" in rows["binary"]["error"]


@pytest.mark.parametrize("count", [None, 2])
def test_the_cell_a_kernel_died_in_is_named_whether_or_not_it_has_a_count(tmp_path, count):
    cells = [new_code_cell(source, execution_count=None) for source in (PARAMETERS, TROUBLE, TRAINING)]
    for cell, number in zip(cells, (1, count), strict=False):  # As papermill leaves it: all completed, two started.
        cell.execution_count, cell.metadata["papermill"] = number, {"start_time": "now", "status": "completed"}
    cells[2].metadata["papermill"] = {"start_time": None, "status": "completed"}
    nbformat.write(new_notebook(cells=cells), tmp_path / "executed.ipynb")
    executed, log = tmp_path / "executed.ipynb", tmp_path / "none.log"
    run = Run("fake", None, {"steps": 6}, {}, pictures=tmp_path, executed=executed, log=log)
    result = judge(run, None, {"error": "The kernel died (Kernel died)."}, 0)
    assert result.status == "failed" and result.cell == "code cell 2: import os, sys, time"


@pytest.mark.parametrize("broken", ["history.csv", "run.json"])
def test_a_half_written_run_folder_costs_its_numbers_only(tmp_path, broken):
    executed = tmp_path / "fake.ipynb"
    written = {
        "history.csv": "step,d_loss,g_loss,d_real,d_fake\n0,0.7,0.8,0.6,0.4\n",
        "run.json": json.dumps({"finished": True, "steps_done": 1, "times": {"steps_per_second": 9.0}}),
        "gan_fake_0.png": "not a picture",
    }
    for name, text in written.items():
        (tmp_path / name).write_text(text[:-8] if name == broken else text)
    notebook = Notebook(write_notebook(executed))
    run = Run("<fake>", notebook, {}, {}, tmp_path, executed, tmp_path / "log.txt", tmp_path / "state.json")
    summary = summarize(run, Result("<fake>", "finished"))
    write_summary([summary, summarize(run, None)], tmp_path)
    write_page([summary, summarize(run, None)], tmp_path)
    assert (summary.steps, summary.losses, summary.last_grid) == (None, {}, None)
    assert [row["status"] for row in json.loads((tmp_path / "summary.json").read_text())] == ["finished", "not started"]
    assert "&lt;fake&gt;" in (tmp_path / "index.html").read_text()


@pytest.mark.slow
def test_time_out_and_memory_limit_end_a_run(notebook):
    folder = notebook.parent
    began = time.monotonic()
    ended = instruct(
        "run", notebook, "--sweep", "fail=hang,eat", "--timeout", 0.2, "--memory", 0.4, "--output", "out", cwd=folder
    )
    rows = {row["settings"]["fail"]: row for row in json.loads((folder / "out" / "summary.json").read_text())}
    assert ended.returncode == 1 and time.monotonic() - began < 60
    assert rows["hang"]["error"].startswith("Time-out") and rows["hang"]["cell"].startswith("code cell 2")
    assert rows["eat"]["error"].startswith("Memory limit") and rows["eat"]["cell"].startswith("code cell 2")


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(notebook):
    folder = notebook.parent
    command = ("run", notebook, "-p", "steps", 10, "--sweep", "pause=0,2", "--workers", 2, "--output", "out")
    running = start(*command, cwd=folder)
    wait_until(
        lambda: steps_of(folder / "out").get("fake-pause=0.0") == 10 and "fake-pause=2.0" in steps_of(folder / "out")
    )
    wait_until(lambda: (folder / "out" / "fake-pause=0.0" / "state.json").is_file())
    running.send_signal(signal.SIGINT)
    printed, _ = running.communicate(timeout=120)
    assert running.returncode == 130, printed
    rows = {row["name"]: row["status"] for row in json.loads((folder / "out" / "summary.json").read_text())}
    assert rows == {"fake-pause=0.0": "finished", "fake-pause=2.0": "stopped"}
    made = steps_of(folder / "out")["fake-pause=2.0"]
    again = instruct(*command, cwd=folder)
    assert again.returncode == 0, again.stdout
    assert "1 of 2 runs are finished already and kept" in again.stdout
    assert f"from step {made}" in (folder / "out" / "fake-pause=2.0" / "log.txt").read_text()


@pytest.mark.slow
def test_ctrl_c_does_not_start_what_waits(notebook):
    folder = notebook.parent
    command = ("run", notebook, "-p", "pause", 30, "--repeat-seeds", 3, "--workers", 1, "--output", "out")
    running = start(*command, cwd=folder)
    wait_until(lambda: (folder / "out" / "fake-seed=0" / "FAKE").is_dir())
    running.send_signal(signal.SIGINT)
    printed, _ = running.communicate(timeout=120)
    assert running.returncode == 130, printed
    assert printed.count("stopped after") == 3 and not (folder / "out" / "fake-seed=1" / "log.txt").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the processes")
@pytest.mark.parametrize("victim", ["parent", "worker"])
def test_a_killed_parent_leaves_no_kernel_behind(notebook, victim):
    folder = notebook.parent
    running = start("run", notebook, "-p", "pause", 30, "--repeat-seeds", 2, "--output", "out", cwd=folder)

    def family():
        children = psutil.Process(running.pid).children(recursive=True)
        kernels = [child for child in children if is_called(child, "ipykernel_launcher")]
        return children if len(kernels) == 2 and len(list((folder / "out").glob("*/FAKE"))) == 2 else None

    children = wait_until(family)
    if victim == "parent":
        running.kill()
        running.wait()
        gone = children
    else:
        worker = next(child for child in children if is_called(child, "dcgan_course.instructor.running.worker"))
        gone = [worker, *worker.children(recursive=True)]
        worker.kill()
    _, alive = psutil.wait_procs(gone, timeout=60)
    running.kill()
    running.communicate()
    assert not alive


def test_two_commands_do_not_write_to_the_same_folder(notebook):
    folder = notebook.parent
    first = start("run", notebook, "-p", "pause", 30, "--output", "out", "--repeat-seeds", 2, cwd=folder)
    try:
        wait_until(lambda: (folder / "out" / ".lock").exists())
        second = instruct("run", notebook, "--output", "out", "--repeat-seeds", 2, cwd=folder)
        assert second.returncode == 2 and "Another run is writing" in second.stderr
    finally:
        first.kill()
        first.communicate()


@pytest.mark.slow
def test_a_brace_or_a_blank_in_a_name_is_no_trouble(tmp_path):
    notebook = write_notebook(tmp_path / "my {odd} one.ipynb")
    ended = instruct("run", notebook, "--sweep", "fail=a/b c,no", "-p", "steps", 2, "--output", "o {u} t", cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert len(list((tmp_path / "o {u} t").glob("*/my {odd} one.ipynb"))) == 2


@pytest.mark.slow
def test_the_library_itself_trains_in_a_run_and_goes_on_from_its_checkpoint(tmp_path):
    training = """from dcgan_lib import DCGAN, build_discriminator, build_generator, draw_digits, train
import keras
keras.utils.set_random_seed(seed)
images = draw_digits(64, seed=0)[0][..., None]
dcgan = DCGAN(build_generator(latent_dim=10), build_discriminator())
train(dcgan, images, steps=steps, batch_size=4, saving_interval=5, output_dir=output_dir, seed=seed, resume=True)"""
    notebook = write_notebook(tmp_path / "real.ipynb", [training])
    command = ("run", notebook, "--sweep", "seed=1,2", "--output", "out")
    first = instruct(*command, "-p", "steps", 6, cwd=tmp_path, timeout=300)
    assert first.returncode == 0, first.stdout
    second = instruct(*command, "-p", "steps", 11, cwd=tmp_path, timeout=300)
    assert second.returncode == 0, second.stdout
    run = json.loads((tmp_path / "out" / "real-seed=1" / "FAKE" / "run.json").read_text())
    assert run["steps_done"] == 11 and [session["first_step"] for session in run["times"]["sessions"]] == [0, 6]
    executed = nbformat.read(tmp_path / "out" / "real-seed=1" / "real.ipynb", as_version=4)
    (printed,) = (output.text for output in executed.cells[-1].outputs if output.output_type == "stream")
    assert printed.splitlines()[-1].startswith("100%|") and " 11/11 [" in printed and printed.count("%|") == 1
    log = (tmp_path / "out" / "real-seed=1" / "log.txt").read_text()
    assert "compiling]" in log and log.count("%|") > 1
