"""Answers are run on a Dask cluster: what travels there, what comes back, and that the marks are the same."""

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from queue import Empty

import psutil
import pytest
from dask_cluster import run_cluster
from handed_in import hand_in, results
from submissions.case import GRAY, MNIST, solution, solved
from test_run import wait_until

from dcgan_course.exercises.checks.expected import known_seed, read_expected
from dcgan_course.exercises.checks.measured import to_text
from dcgan_course.instructor.grading.cluster import recording as recording_module
from dcgan_course.instructor.grading.cluster.journey import Journey, split_kernels
from dcgan_course.instructor.grading.cluster.kit import describe_kit
from dcgan_course.instructor.grading.cluster.recorded_kernel import RecordedKernel
from dcgan_course.instructor.grading.cluster.recording import read_recording, record_kernels
from dcgan_course.instructor.grading.cluster.report import MOST_BYTES, Report
from dcgan_course.instructor.grading.marks.assembly import assemble, read_masters, setup_id, with_seed
from dcgan_course.instructor.grading.marks.reference import Check
from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel
from dcgan_course.instructor.grading.sandbox.kernel_server import KernelEnded
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox
from dcgan_lib.system.paths import course_root

COURSE = Path(__file__).resolve().parents[2]
MASTERS = read_masters(course_root() / "notebooks")
RECORDER = "dcgan_course.instructor.grading.cluster.recorder"


@pytest.fixture(scope="module")
def sandbox(library):
    return Sandbox(str(library), "bubblewrap", 2.0, 1)


@pytest.fixture(scope="module")
def record(sandbox, tmp_path_factory):
    """Runs cells on the other machine's side: returns the text that comes back."""
    kernel = BoxedKernel(sandbox, str(tmp_path_factory.mktemp("run")))

    def record_cells(*kernels, seconds=20):
        kernel.start_fresh()
        return record_kernels(kernel, [[[source, seconds] for source in cells] for cells in kernels])

    yield record_cells
    kernel.stop()


def replay(kernel, sources):
    """Does what nbval does with cells; returns for each what it has shown, and how it ended."""
    came = []
    for source in sources:
        shown = []
        try:
            request = kernel.execute_cell_input(source)
            kernel.await_reply(request, 20)
            while True:
                message = kernel.get_message("iopub", 20)
                if message["parent_header"]["msg_id"] != request:
                    continue
                if message["content"].get("execution_state") == "idle":
                    break
                if message["msg_type"] in ("stream", "display_data", "error"):
                    shown.append((message["msg_type"], message["content"]))
            end = None
        except (KernelEnded, Empty, RuntimeError) as error:
            end = type(error)
        came.append((shown, end, kernel.ended, kernel.is_alive()))
        if not kernel.is_alive():
            break
    return came


# ---- what travels


def make_checks(master):
    checks = {}
    for exercise in master.exercises:
        right = read_expected(exercise.key, known_seed(exercise.key)).right
        source = with_seed(exercise.check, 123_456_789)
        checks[exercise.key] = Check(source, to_text(exercise.key, right), tuple(right))
    return checks


@pytest.mark.parametrize("master", MASTERS, ids=lambda master: master.name)
def test_what_travels_is_source_alone_and_no_expected_value(master):
    answers = {exercise.key: f"def {exercise.title}(*_):\n    return 'of a student'" for exercise in master.exercises}
    checks = make_checks(master)
    notebook = assemble(master, answers, checks)
    kernels = split_kernels(notebook, set(map(setup_id, master.exercises)), 7.0)
    text = Journey(describe_kit(), "bubblewrap", 3.0, imports=master.imports, kernels=kernels).to_json()
    travelled = json.loads(text)
    assert [source for cells in travelled["kernels"] for source, _ in cells] == [cell.source for cell in notebook.cells]
    assert [[seconds for _, seconds in cells] for cells in travelled["kernels"]] == [[180.0, 7.0, 7.0]] * len(answers)
    assert set(travelled) == {"kit", "isolation", "memory", "threads", "imports", "kernels"}
    for exercise in master.exercises:
        lines = checks[exercise.key].output.splitlines()
        assert len(lines) > 1
        for line in lines:
            label, value = line.split(": ", 1)[1].split(" ", 1)
            assert line not in text and f"{label} {value}" not in text
            assert len(value) < 12 or value not in text
        body = [line.strip() for line in solution(exercise.key).splitlines()[1:] if len(line.strip()) > 25]
        assert not [line for line in body if line.startswith("return ") and line in text]


# ---- what comes back

SAME = ("name", "text", "ename", "evalue", "traceback")
CELLS = {
    "prints": "print('one')\nprint('둘')",
    "raises": "raise ValueError('\\x1b[31mno')",
    "ends": "import os\nprint('before', flush=True)\nos._exit(0)",
    "shows": "from IPython.display import display\ndisplay({'a': 1}, {'text/plain': 'x', 'image/png': 'a' * 9000}, raw=True)",
    "measures": "from IPython.display import display\n"
    "from dcgan_course.exercises.checks.checking import MEASURED_TYPE\n"
    "display({MEASURED_TYPE: '2.2 scaled: shape [1, 2]', 'image/png': 'a'}, raw=True)",
    "asks": "input()",
}


@pytest.mark.parametrize("name", CELLS)
def test_a_recorded_kernel_answers_as_the_kernel_did(name, record, sandbox, tmp_path_factory):
    sources = ["x = 1", CELLS[name], "print(x)"]
    text = record(sources)
    kernel = BoxedKernel(sandbox, str(tmp_path_factory.mktemp("run")))
    try:
        there = replay(kernel, sources)
    finally:
        kernel.stop()
    here = replay(RecordedKernel(text), sources)
    assert [cell[1:] for cell in here] == [cell[1:] for cell in there]
    for (ours, *_), (theirs, *_) in zip(here, there, strict=True):
        assert [kind for kind, _ in ours] == [kind for kind, _ in theirs]
        for (_, mine), (_, its) in zip(ours, theirs, strict=True):
            assert [mine.get(field) for field in SAME] == [its.get(field) for field in SAME]
            data = mine.get("data", {})
            assert "image/png" not in data and data.items() <= its.get("data", {}).items()


def test_each_kernel_begins_fresh_and_what_follows_a_dead_one_is_not_run(record):
    text = record(["y = 1", "import os; os._exit(0)", "print(y)"], ["print('y' in globals())"])
    first, second = read_recording(text)
    assert [cell.ended for cell in first] == [None, "died"]
    kernel = RecordedKernel(text)
    assert kernel.take_seconds() == 0
    assert replay(kernel, ["y = 1", "", ""])[-1][1:] == (KernelEnded, "died", False)
    assert kernel.take_seconds() == first[1].seconds > 0
    assert kernel.take_seconds() == 0
    kernel.start_fresh()
    assert kernel.is_alive()
    ((shown, *_),) = replay(kernel, [""])
    assert shown == [("stream", {"name": "stdout", "text": "False\n"})]


def test_a_time_out_is_recorded(record):
    first, second = read_recording(record(["while True: pass"], ["print(1)"], seconds=2))
    assert [(cell.failure, cell.has_replied) for cell in first] == [("ended", False)]
    assert first[0].ended in ("timeout", "starved")  # The second on a busy machine.
    assert first[0].seconds >= 2
    assert second[0].failure is None


SEND = """
kernel = get_ipython().kernel
kernel.session.send(kernel.iopub_socket, {kind!r}, {content}, parent=kernel.get_parent())
"""


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("display_data", "{'data': 5}"),
        ("display_data", "{}"),
        ("stream", "{'name': [[[1]]], 'text': {'a': {}}}"),
        ("error", "{'ename': {}, 'evalue': ['x', [1]], 'traceback': 'no list'}"),
        ("status", "{}"),
        ("error", "{'ename': 'E', 'evalue': 'e' * 3_000_000, 'traceback': ['t' * 2_000_000] * 9}"),
        ("strange", "{'a': 1}"),
    ],
)
def test_messages_of_any_shape_spoil_their_own_cell_at_most(kind, content, record):
    text = record([SEND.format(kind=kind, content=content)], ["print('next')"])
    assert len(text) < 2 * recording_module.MOST_RECORDED
    _, second = read_recording(text)
    assert [each[1] for each in second[0].messages if each[0] == "stream"] == [{"name": "stdout", "text": "next\n"}]


def test_measurements_without_end_end_the_cell_and_not_the_recording(record):
    source = CELLS["measures"] + "\nfor i in range(9):\n    display({MEASURED_TYPE: 'x' * 900_000}, raw=True)"
    first, second = read_recording(record([source], ["print(1)"]))
    assert [(cell.ended, cell.failure) for cell in first] == [("output", "ended")]
    assert len(json.dumps(first[0].messages)) <= recording_module.MOST_RECORDED
    assert second[0].failure is None


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"recording": 1}', "[" * 100_000])
def test_what_is_no_report_is_refused(text):
    with pytest.raises((ValueError, RecursionError)):
        Report.from_json(text)


def test_a_report_keeps_its_texts_and_has_a_limit(monkeypatch):
    report = Report(recording='[["x"]]', walls=("You are root.",), seconds=2.5)
    assert Report.from_json(report.to_json()) == report
    with pytest.raises(ValueError, match="more than"):
        Report.from_json(" " * (MOST_BYTES + 1))


# ---- the process on a worker


def run_recorder(journey, **other):
    ended = subprocess.run(
        [sys.executable, "-m", RECORDER],
        input=journey.to_json(),
        capture_output=True,
        text=True,
        env=environment(**other),
    )
    assert ended.returncode == 0, ended.stderr
    return Report.from_json(ended.stdout)


def test_another_version_of_what_decides_marks_is_refused():
    kit = describe_kit()
    report = run_recorder(Journey({**kit, "keras": "1.0"}, "bubblewrap", 2.0))
    assert report.refusal == f"it has another version of keras: {kit['keras']} there, 1.0 here. Install the same."
    report = run_recorder(Journey({**kit, "the course's files": "x"}, "bubblewrap", 2.0))
    assert report.refusal == "it has another version of the course's files. Install the same."


def test_a_machine_without_bubblewrap_refuses_cells_too(tmp_path):
    for kernels in ((), [[["print(1)", 5.0]]]):
        report = run_recorder(Journey(describe_kit(), "bubblewrap", 2.0, kernels=kernels), PATH=str(tmp_path))
        assert "bubblewrap, which is not installed" in report.refusal
        assert not report.recording


def test_a_machine_with_a_sandbox_says_what_its_walls_are_and_leaves_nothing(tmp_path):
    base = Path(f"/tmp/dcgan-grade-{os.getuid()}")
    before = set(base.iterdir()) if base.exists() else set()
    report = run_recorder(Journey(describe_kit(), "bubblewrap", 2.0, kernels=[[["print(1)", 5.0]]]))
    (cells,) = read_recording(report.recording)
    assert cells[0].messages[1] == ["stream", {"name": "stdout", "text": "1\n"}]
    assert report.seconds > 0
    assert not {path for path in set(base.iterdir()) - before if path.stem.isdigit() and not _is_alive(path)}


def _is_alive(path):
    return Path(f"/proc/{path.stem}").exists()


# ---- the command


def environment(**other):
    return {**os.environ, "PYTHONPATH": str(COURSE), **other}


def start(folder, *options, **streams):
    command = ["grade", str(folder / "class"), "--output", str(folder / "grades"), *map(str, options)]
    command = [sys.executable, "-m", "dcgan_course", *command]
    return subprocess.Popen(command, text=True, cwd=folder, env=environment(), **streams)


def grade(folder, *options):
    process = start(folder, *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    printed, complaint = process.communicate(timeout=900)
    return process.returncode, printed, complaint


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--workers", 2), "--workers is for this machine"),
        (("--explain", "Kim", "2.2"), "--explain runs the exercise on this machine"),
    ],
)
def test_options_that_do_not_go_with_a_cluster_are_refused(options, sentence, tmp_path):
    (tmp_path / "class").mkdir()
    code, _, complaint = grade(tmp_path, "--scheduler", "tcp://127.0.0.1:1", *options)
    assert code == 2 and complaint.count("\n") == 1
    assert sentence in complaint


def test_without_a_scheduler_nothing_of_dask_is_imported(run_child):
    out, _ = run_child(
        "import sys\n"
        "from dcgan_course.instructor.grading import batch, command\n"
        "from dcgan_course.instructor.grading.marks import plugin\n"
        "print(sorted(name for name in sys.modules if name.split('.')[0] in ('dask', 'distributed')))"
    )
    assert out == "[]\n"


# ---- two workers

needs_dask = pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="Dask is not installed")


@pytest.fixture
def cluster(tmp_path):
    with run_cluster(tmp_path, [environment()] * 2) as running:
        yield running


def broken(key, line):
    """The right answer to an exercise, but for a line that comes first."""
    head, *body = solution(key).splitlines()
    before = next(index for index, text in enumerate(body) if text.endswith(":") and text.startswith("def "))
    return "\n".join([head, *body[: before + 1], f"    {line}", *body[before + 1 :]])


CLASS = {
    "right": solved(MNIST),
    "wrong": solved(
        MNIST, ex12="# EXERCISE 1.2 generator_shapes\ndef generator_shapes(image_shape):\n    return [(1,)] * 9"
    ),
    "mixed": solved(
        GRAY,
        ex21=broken("2.1", "raise ValueError('no')"),
        ex22=broken("2.2", "while True: pass"),
        ex23=broken("2.3", "import os; os._exit(0)"),
        ex24=broken("2.4", "print('loud')"),
    ),
}


def hand_in_all(folder, students):
    for student, notebook in students.items():
        hand_in(folder, student, notebook)


def read_marks(folder):
    """What each answer was given, and why, but for what the secret numbers decide."""
    rows = json.loads((folder / "grades" / "grades.json").read_text("utf-8"))
    told = ("outcome", "points", "possible", "right", "parts", "error", "message", "printed", "line", "mistake")
    return {
        row["student"]: {
            key: {name: marks.get(name) for name in told}
            for entry in row["notebooks"].values()
            for key, marks in entry["exercises"].items()
        }
        for row in rows
    }


def sandboxes_of(process):
    """The processes in the sandboxes of a worker that answers are run in."""
    try:
        children = psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        return []
    return [child for child in children if is_kernel_server(child)]


def is_kernel_server(process):
    try:
        return any(part.endswith("/server") for part in process.cmdline())
    except psutil.Error:
        return False


def leftovers():
    base = Path(f"/tmp/dcgan-grade-{os.getuid()}")
    return {path.name for path in base.iterdir() if not _is_alive(path)} if base.exists() else set()


@pytest.mark.slow
@needs_dask
def test_a_cluster_gives_the_same_marks_and_leaves_nothing(tmp_path, cluster):
    address, _ = cluster
    hand_in_all(tmp_path, CLASS)
    left = leftovers()
    code, printed, complaint = grade(tmp_path, "--timeout", "20", "--scheduler", address)
    assert code in (0, 1), complaint
    there = read_marks(tmp_path)
    wait_until(lambda: leftovers() <= left)  # What another test has killed, its next command removes.
    assert "On tcp://" in printed  # What the walls of the workers are.
    written = list((tmp_path / "grades" / "junit").glob("*.xml"))
    (_,) = (path for path in written if path.stem.endswith(" again"))  # Of the one whose kernel died.
    assert len(written) == len(CLASS) + 1
    ended = next(each for each in results(tmp_path) if each["notebook"] == GRAY)["exercises"]
    assert ended["2.2"]["seconds"] > 7 and ended["2.4"]["measured"] == ended["2.4"]["expected"]

    code, printed, complaint = grade(tmp_path, "--timeout", "20", "--scheduler", address, "--regrade", "1.2")
    assert "Exercise 1.2 was graded again: 2 answers, 0 with other points." in printed, complaint
    assert there == read_marks(tmp_path)

    (tmp_path / "grades").rename(tmp_path / "on the cluster")
    code, printed, complaint = grade(tmp_path, "--timeout", "20")
    assert code in (0, 1), complaint
    assert there == read_marks(tmp_path)
    assert {key: marks["outcome"] for key, marks in there["mixed"].items()} == {
        "2.1": "error", "2.2": "timeout", "2.3": "died", "2.4": "right", "2.5": "right",
    }  # fmt: skip


@pytest.mark.slow
@needs_dask
def test_what_a_lost_worker_had_is_graded_elsewhere_once(tmp_path, cluster):
    address, workers = cluster
    students = {f"student {number}": solved(MNIST, ex11=f"{solution('1.1')}\n# {number}") for number in range(3)}
    hand_in_all(tmp_path, students)
    process = start(tmp_path, "--scheduler", address, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    inside = wait_until(lambda: sandboxes_of(workers[0]))
    workers[0].kill()
    printed, _ = process.communicate(timeout=600)
    assert process.returncode in (0, 1), printed
    assert psutil.wait_procs(inside, timeout=60)[1] == []
    keys = [result["key"] for result in results(tmp_path)]
    assert len(keys) == len(set(keys)) == len(students)
    assert all(result["status"] == "graded" for result in results(tmp_path)), printed
    assert {marks["outcome"] for row in read_marks(tmp_path).values() for marks in row.values()} == {"right"}


@pytest.mark.slow
@needs_dask
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_stopped_or_killed_command_leaves_nothing_on_the_workers(tmp_path, cluster, number):
    address, workers = cluster
    endless = broken("2.2", "while True: pass")
    hand_in_all(tmp_path, {name: solved(GRAY, ex22=f"{endless}\n# {name}") for name in ("one", "two", "three")})
    left = leftovers()
    options = ("--timeout", 300, "--scheduler", address)
    process = start(tmp_path, *options, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    inside = sum(wait_until(lambda: all(found := [*map(sandboxes_of, workers)]) and found), [])
    process.send_signal(number)
    printed, _ = process.communicate(timeout=300)
    assert process.returncode == {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 130}[number], printed
    assert psutil.wait_procs(inside, timeout=60)[1] == []
    wait_until(lambda: not any(psutil.Process(worker.pid).children(recursive=True) for worker in workers))
    own = (
        {str(process.pid), f"{process.pid}.lock"} if number == signal.SIGKILL else set()
    )  # The next command's to remove.
    wait_until(lambda: leftovers() - left <= own)  # What another test has killed, its next command removes.


@pytest.mark.slow
@needs_dask
def test_a_worker_without_bubblewrap_is_named_before_anything_is_run(tmp_path):
    hand_in_all(tmp_path, {"right": CLASS["right"]})
    with run_cluster(tmp_path, [environment(), environment(PATH=str(tmp_path))]) as (address, _):
        code, printed, complaint = grade(tmp_path, "--scheduler", address)
    assert code == 2 and complaint.count("\n") == 1
    assert "the worker tcp://127.0.0.1:" in complaint and "apt-get install bubblewrap" in complaint
    assert results(tmp_path) == []


@pytest.mark.slow
@needs_dask
def test_nobody_at_the_address_is_said(tmp_path):
    hand_in_all(tmp_path, {"right": CLASS["right"]})
    code, _, complaint = grade(tmp_path, "--scheduler", "tcp://127.0.0.1:1")
    assert code == 2 and "no Dask scheduler answers" in complaint


@pytest.mark.slow
@needs_dask
def test_a_scheduler_that_is_lost_ends_the_command_with_one_sentence(tmp_path, cluster):
    address, workers = cluster
    hand_in_all(tmp_path, {"endless": solved(GRAY, ex22=broken("2.2", "while True: pass"))})
    options = ("--timeout", 300, "--scheduler", address)
    process = start(tmp_path, *options, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: process.poll() is not None or any(map(sandboxes_of, workers)))
    assert process.poll() is None, process.communicate()
    (scheduler,) = (each for each in psutil.Process().children() if "distributed.cli.dask_scheduler" in each.cmdline())
    scheduler.kill()
    _, complaint = process.communicate(timeout=600)
    assert process.returncode == 2, complaint
    assert complaint.splitlines()[-1].endswith("the Dask scheduler is gone. What is graded is kept.")
    assert results(tmp_path) == []
