"""The sandbox itself: what can be written to inside, which limits hold, and that one exercise leaves nothing to the next."""

import contextlib
import math
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from dcgan_course.instructor.grading.sandbox import sandbox as sandbox_module
from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel
from dcgan_course.instructor.grading.sandbox.control_group import control_group, has_control_groups
from dcgan_course.instructor.grading.sandbox.leftovers import remove_tree
from dcgan_course.instructor.grading.sandbox.limits import LimitMonitor
from dcgan_course.instructor.grading.sandbox.room_server import RoomServer
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox
from dcgan_course.instructor.process.family import longest_wait
from dcgan_lib.system.machine import usable_cores

# Opens each file that is there for writing, and makes one in each folder; nothing is written.
WALK = """
import os, stat
opened = []
for folder, folders, files in os.walk("/"):
    if folder.startswith("/proc/") and folder.split("/")[2].isdigit():  # What a process says of itself.
        folders.clear()
        continue
    for name in files:
        path = os.path.join(folder, name)
        try:
            if not stat.S_ISREG(os.stat(path).st_mode):
                continue
            os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK))
            opened.append(path)
        except OSError:
            pass
    try:
        path = os.path.join(folder, "made")
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
        os.unlink(path)
        opened.append(folder)
    except OSError:
        pass
print("\\n".join(opened))
"""


@contextlib.contextmanager
def open_kernel(library, place, imports="import numpy", memory=2.0):
    """A kernel in a room that a submission gets, or in a sandbox of its own, as where there can be no rooms."""
    sandbox = Sandbox(str(library), "bubblewrap", memory, 1)
    with RoomServer(sandbox, imports, rooms=2) as server:
        if place == "a room":
            sandbox = server.sandbox()
            assert sandbox.rooms
        kernel = BoxedKernel(sandbox, sandbox.make_runtime(), imports)
        try:
            yield kernel
        finally:
            kernel.stop()


TIME_OUT = ("timeout", "starved")  # The second on a busy machine.
PROCESSES = ("processes", None)  # A system may refuse threads before we count them: then the kernel lives on.
PLACES = ("a room", pytest.param("its own sandbox", marks=pytest.mark.slow))


@contextlib.contextmanager
def full_machine():
    """Twenty processes for each core that never rest, in sessions of their own as rooms are."""
    command, number = ["sh", "-c", "while :; do :; done"], 20 * usable_cores()
    with contextlib.ExitStack() as stack:
        started = [stack.enter_context(subprocess.Popen(command, start_new_session=True)) for _ in range(number)]
        try:
            yield [psutil.Process(process.pid) for process in started]
        finally:
            for process in started:
                process.kill()


@pytest.fixture(scope="module", params=PLACES)
def kernel(request, library):
    with open_kernel(library, request.param) as kernel:
        yield kernel


@pytest.fixture
def fresh(kernel):
    kernel.start_fresh()
    return kernel


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("user", ["as it is", "as another user"])
def test_nothing_but_the_sandboxes_own_folders_can_be_opened_for_writing(user, place, library, monkeypatch):
    if user == "as another user":  # What a user gets who is not root. Run by root it is the harder case.
        monkeypatch.setattr(sandbox_module, "is_root", lambda: False)
        sandbox_module._bubblewrap.cache_clear()
    try:
        with open_kernel(library, place) as kernel:
            opened = kernel.run(WALK, 120).split()
    finally:
        sandbox_module._bubblewrap.cache_clear()
    own = ("/tmp", "/dev/shm")
    assert {"/tmp", "/dev/shm"} <= set(opened)
    assert [path for path in opened if not path.startswith(own)] == []


@pytest.mark.parametrize(
    "ask",
    [
        "libc.memfd_create(b'x', 0)",
        "libc.shmget(5, 4096, 0o1600)",
        "libc.msgget(5, 0o1600)",
        "libc.syscall(KEYCTL, 0, -3, 1)",  # The keys of the session, which is the instructor's.
    ],
)
def test_memory_that_no_process_holds_is_refused(ask, fresh):
    keyctl = {"x86_64": 250, "aarch64": 219}[platform.machine()]
    code = (
        f"import ctypes\nKEYCTL, libc = {keyctl}, ctypes.CDLL(None, use_errno=True)\nprint({ask}, ctypes.get_errno())"
    )
    assert fresh.run(code, 30) == "-1 38\n"


def test_a_fresh_kernel_knows_nothing_of_what_the_one_before_did(fresh):
    fresh.run(
        "import os, signal, subprocess, sys, threading, time\n"
        "import numpy as np\n"
        "np.pad = print; sys.modules['json'] = None; sys.stdout.write = None; signal.alarm(1)\n"
        "os.makedirs('/tmp/a/b'); open('/dev/shm/c', 'w').close()\n"
        "subprocess.Popen(['sleep', '1000'], start_new_session=True)\n"
        "threading.Thread(target=lambda: (time.sleep(1), print('late'))).start()",
        30,
    )
    fresh.start_fresh()
    assert fresh.run("import json, numpy as np; print(np.pad([1], 1).tolist())", 30) == "[0, 1, 0]\n"
    assert fresh.run("import os; print(os.path.exists('/tmp/a'), os.listdir('/dev/shm'))", 30) == "False []\n"
    names = "[open(f'/proc/{p}/cmdline').read() for p in os.listdir('/proc') if p.isdigit()]"
    assert "sleep" not in fresh.run(f"import os; print({names})", 30)
    time.sleep(1.5)
    assert fresh.run("print(1)", 30) == "1\n"


def test_a_kernel_starts_without_a_debugger_and_has_what_is_installed(fresh):
    assert fresh.run("import sys; print('debugpy' in sys.modules)", 10) == "False\n"
    assert fresh.run("import debugpy; print(debugpy.__name__)", 30) == "debugpy\n"


def test_a_file_that_is_called_as_the_folder_of_sockets_begins_goes_too(fresh):
    beginning = os.path.dirname(fresh.server.path)[: len("/tmp/") + 1]
    fresh.run(f"open({beginning!r}, 'w').close()", 30)
    fresh.start_fresh()
    assert fresh.run(f"import os; print(os.path.exists({beginning!r}))", 30) == "False\n"


@pytest.mark.parametrize(
    ("code", "ended"),
    [
        ("import os; os._exit(0)", ("died",)),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", ("died",)),
        ("while True: pass", TIME_OUT),
        ("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass", TIME_OUT),
        ("import os, time\nfor _ in range(100): os.fork()\ntime.sleep(60)", PROCESSES),
        ("import os\nwhile True:\n    os.fork()", PROCESSES),
        (
            "import threading, time\nfor _ in range(700): threading.Thread(target=time.sleep, args=(60,)).start()\n"
            "time.sleep(60)",
            PROCESSES,
        ),
        ("import os\nfor n in range(60_000): os.mkdir(f'/tmp/{n}')\nimport time; time.sleep(60)", ("disk",)),
        (
            "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        held = b'1' * 700_000_000\n"
            "        time.sleep(60)\ntime.sleep(60)",
            ("memory",),
        ),
    ],
)  # fmt: skip
def test_whatever_ends_a_kernel_costs_no_more_than_the_kernel(code, ended, fresh):
    with pytest.raises(RuntimeError):
        fresh.run(code, 2 if ended is TIME_OUT else 120)  # On a busy machine a monitor needs its time.
    assert fresh.ended in ended
    fresh.start_fresh()
    assert fresh.run("print(6 * 7)", 30) == "42\n"


def test_a_time_out_on_a_full_machine_is_not_the_answers(fresh):
    with full_machine() as others:
        with pytest.raises(RuntimeError):
            fresh.run("while True: pass", 4)
        assert fresh.ended == "starved"
        with subprocess.Popen(["sleep", "600"]) as sleeping:
            assert longest_wait([psutil.Process(sleeping.pid)]) < longest_wait(others) / 2
            sleeping.kill()
    assert longest_wait([]) == math.inf  # As where the system does not say.


@pytest.mark.parametrize(
    ("place", "ended"), [("a room", TIME_OUT), pytest.param("its own sandbox", ("died",), marks=pytest.mark.slow)]
)
def test_the_first_process_of_a_room_takes_no_signal_from_inside(place, ended, library):
    with open_kernel(library, place) as kernel:
        with pytest.raises(RuntimeError):
            kernel.run("import os\nos.kill(os.getppid(), 9)\nimport time; time.sleep(60)", 5)
        assert kernel.ended in ended
        kernel.start_fresh()
        assert kernel.run("print(6 * 7)", 30) == "42\n"


@pytest.mark.parametrize("code", ["exit()", "quit()", "import sys; sys.exit(0)", "raise KeyboardInterrupt"])
def test_a_kernel_that_was_asked_to_leave_is_replaced(code, fresh):
    try:
        fresh.run(code, 20)
    except RuntimeError:
        pass
    fresh.start_fresh()
    assert fresh.run("print(6 * 7)", 30) == "42\n"


@pytest.mark.slow
@pytest.mark.parametrize("whom", ["-1", "os.getppid()"])
def test_whoever_kills_the_sandbox_is_found_out_however_soon_the_cell_ends(whom, library):
    with open_kernel(library, "its own sandbox") as kernel:
        for _ in range(10):  # Without the question to the first process it was the clock's luck.
            with contextlib.suppress(RuntimeError):  # The cell may be done before the sandbox is.
                kernel.run(f"import os\nos.kill({whom}, 9)", 60)
            assert not kernel.is_alive()
            kernel.start_fresh()
            assert kernel.run("print(6 * 7)", 60).strip() == "42"


def test_a_sandbox_ends_when_whoever_started_it_is_gone(library):
    with open_kernel(library, "its own sandbox") as kernel:
        kernel.server.place.process.stdin.close()  # It was killed before bubblewrap could notice.
        kernel.server.place.process.wait(timeout=300)


@pytest.mark.parametrize("place", PLACES)
def test_what_many_processes_share_counts_once(place, library):
    with open_kernel(library, place, "held = b'1' * 600_000_000", memory=1.5) as kernel:
        kernel.run("import os, time\nfor _ in range(4):\n    if os.fork() == 0: time.sleep(60)\ntime.sleep(2)", 30)
        assert kernel.ended is None


def test_thousands_of_nested_folders_are_noticed_and_removed(tmp_path):
    folder = tmp_path / "deep"
    folder.mkdir()
    code = "import os\nfor _ in range(3_000):\n    os.mkdir('d' * 9); os.chdir('d' * 9)"
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    sleeping = subprocess.Popen(["sleep", "60"])
    monitor = LimitMonitor(sleeping.pid, str(folder), 2.0)
    monitor.start()
    monitor.join(20)
    assert monitor.reason == "disk"
    assert sleeping.wait(10) != 0
    remove_tree(folder)
    assert not folder.exists()


def test_where_systemd_has_control_groups_the_system_itself_counts(tmp_path, monkeypatch):
    """systemd is not everywhere; a program of its name says here what it was asked for, and starts the rest."""
    program, asked = tmp_path / "systemd-run", tmp_path / "asked"
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {asked}\nwhile [ "$1" != -- ] && [ "$1" != true ]; do shift; done\n[ "$1" = -- ] && shift\nexec "$@"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    has_control_groups.cache_clear()
    try:
        command = control_group(2.0)
        assert subprocess.run([*command, "echo", "inside"], capture_output=True, text=True).stdout == "inside\n"
        assert "MemoryMax=2000000000" in asked.read_text() and "TasksMax" in asked.read_text()
        program.write_text("#!/bin/sh\nexit 1\n")
        has_control_groups.cache_clear()
        assert control_group(2.0) == ()
    finally:
        has_control_groups.cache_clear()


def test_root_is_told_that_students_code_runs_as_nobody(library, fresh):
    sentences = Sandbox(str(library), "bubblewrap", 2.0, 1).weaknesses()
    assert any("nobody" in sentence for sentence in sentences) == (os.geteuid() == 0)
    assert fresh.run("import os; print(os.getuid())", 30).strip() == ("65534" if os.geteuid() == 0 else "1000")
    assert "without a sandbox" in Sandbox(str(library), "none", 2.0, 1).weaknesses()[0]


def test_no_file_of_the_sandbox_names_the_course_as_it_is_installed(library):
    for file in Path(library).rglob("*.py"):
        assert not re.search(r"^(?:from|import) dcgan_lib\b", file.read_text("utf-8"), re.MULTILINE), file


def test_what_a_killed_batch_has_left_is_removed_by_the_next_one():
    code = (
        "import os, tempfile\nfrom dcgan_course.instructor.grading.sandbox.leftovers import scratch_folder\n"
        "with scratch_folder() as folder:\n    os.makedirs(folder / 'deep' / 'er')\n"
        "    assert tempfile.gettempdir() == str(folder)\n    print(folder, flush=True)\n    {}"
    )
    killed = subprocess.run(
        [sys.executable, "-c", code.format("os.kill(os.getpid(), 9)")], capture_output=True, text=True
    )
    left = Path(killed.stdout.strip())
    assert (left / "deep" / "er").is_dir()
    running = subprocess.Popen(
        [sys.executable, "-c", code.format("input()")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    others = Path(running.stdout.readline().strip())
    assert not left.exists()
    ended = subprocess.run([sys.executable, "-c", code.format("raise SystemExit(3)")], capture_output=True, text=True)
    assert ended.returncode == 3
    assert others.is_dir()  # It runs still.
    running.communicate("\n", timeout=300)
    for folder in (left, others, Path(ended.stdout.strip())):
        assert not folder.exists() and not folder.with_suffix(".lock").exists()
