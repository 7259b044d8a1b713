"""What a cell prints, in real kernels: one output in the notebook, and in the log whatever came."""

import os

import nbformat
import psutil
import pytest
from nbformat.v4 import new_output
from test_run import PARAMETERS, is_called, start, wait_until, write_notebook

from dcgan_course.instructor.running.execution import execute
from dcgan_course.instructor.running.notebook import Notebook
from dcgan_course.instructor.running.plan import Run
from dcgan_course.instructor.running.streams import join_streams

BAR = """import os, sys, time
for step in range(1, 8):
    print(f"\\r {step}/7 [00:01<00:0{7 - step}, 1step/s]", end="", flush=True)
    time.sleep(0.3)
"""
SAYING = (
    BAR
    + """    if step == 3:
        print("\\r" + 30 * " " + "\\rhalf of it", flush=True)
print()
"""
)
MIXED = """import sys, time
from IPython.display import HTML, display
print("before", flush=True)
display(HTML("<b>picture</b>"))
print("after", flush=True)
time.sleep(0.4)
print("after that", flush=True)
time.sleep(0.4)
print("careful", file=sys.stderr, flush=True)
time.sleep(0.4)
print("last", flush=True)
"""


def run_cells(folder, *cells):
    """Runs a notebook of these cells; returns its `Result`, the outputs of the last cell, and the log."""
    notebook = Notebook(write_notebook(folder / "fake.ipynb", cells))
    run = Run("fake", notebook, {}, {}, folder / "pictures", folder / "out" / "fake.ipynb", folder / "log.txt")
    result = execute(run)
    return result, nbformat.read(run.executed, as_version=4).cells[-1].outputs, run.log.read_bytes().decode()


def printed_in(executed):
    """Returns the outputs of the last cell; none while the notebook is not there, or is being written."""
    try:
        return nbformat.read(executed, as_version=4).cells[-1].outputs
    except (OSError, ValueError):
        return []


def test_of_a_progress_line_the_last_state_stays_as_a_terminal_would_show_it():
    def stream(text):
        return new_output("stream", name="stdout", text=text)

    figure = new_output("display_data", data={"text/plain": "figure"})
    joined = join_streams([stream("a\r"), stream("bb\rccc"), stream("\rdddd\nnext\n"), figure, stream("e\n\rf\n")])
    assert [output.get("text") for output in joined] == ["dddd\nnext\n", None, "e\nf\n"]


def test_a_bar_is_one_output_and_the_log_has_every_state(tmp_path):
    _, (output,), log = run_cells(tmp_path, SAYING)
    assert output.text == "half of it\n 7/7 [00:01<00:00, 1step/s]\n"
    assert all(f"\r {step}/7 [00:01" in log for step in range(1, 8))


def test_what_is_printed_stays_where_it_was_printed(tmp_path):
    _, outputs, _ = run_cells(tmp_path, MIXED)
    shown = [output.get("text") or output.data["text/html"] for output in outputs]
    assert shown == ["before\n", "<b>picture</b>", "after\nafter that\n", "careful\n", "last\n"]


def test_the_file_holds_the_notebook_once(tmp_path):
    run_cells(tmp_path, "print('said', 'once')")
    text = (tmp_path / "out" / "fake.ipynb").read_text("utf-8")
    assert text.count("print('said', 'once')") == 1 and text.count("said once") == 1


@pytest.mark.parametrize("end", ["raise ValueError('broken')", "os._exit(1)"])
def test_of_a_run_that_fails_the_bar_is_one_output_too(tmp_path, end):
    result, outputs, _ = run_cells(tmp_path, BAR + end)
    assert result.status == "failed"
    assert [output.text for output in outputs if output.output_type == "stream"] == [" 7/7 [00:01<00:00, 1step/s]"]


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="ends a process as Unix does")
def test_of_a_run_that_is_killed_the_bar_is_one_output_too(tmp_path):
    """Papermill saves a notebook every 30 seconds while a cell runs."""
    endless = BAR.replace("range(1, 8)", "range(1, 10_000)")
    notebook = write_notebook(tmp_path / "fake.ipynb", [endless], PARAMETERS)
    running = start("run", notebook, "--sweep", "seed=1", "--output", "out", cwd=tmp_path)
    executed = tmp_path / "out" / "fake-seed=1" / "fake.ipynb"
    try:
        wait_until(lambda: printed_in(executed))
        family = psutil.Process(running.pid).children(recursive=True)
        worker = next(child for child in family if is_called(child, "dcgan_course.instructor.running.worker"))
        worker.kill()
        printed, _ = running.communicate(timeout=300)
    finally:
        running.kill()
    assert running.returncode == 1, printed
    (output,) = printed_in(executed)
    assert output.text.count("step/s") == 1 and (tmp_path / "out" / "fake-seed=1" / "fake.html").is_file()
