"""Rooms: several submissions share a sandbox that has imported TensorFlow, and know nothing of each other."""

import contextlib
import os
import socket
import time

import psutil
import pytest

from dcgan_course.instructor.grading.sandbox import sandbox as sandbox_module
from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel
from dcgan_course.instructor.grading.sandbox.kernel_server import OwnSandbox, Room
from dcgan_course.instructor.grading.sandbox.room_server import RoomServer
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox

IMPORTS = "import numpy"
# What one room leaves where another could look for it, and how the other one looks.
TRACES = {
    "a process": (
        "import subprocess; subprocess.Popen(['sleep', '987'])",
        "import os; print([p for p in os.listdir('/proc') if p.isdigit() and '987' in open(f'/proc/{p}/cmdline').read()])",
    ),
    "a file in /tmp": ("open('/tmp/trace', 'w').close()", "import os; print([f for f in os.listdir('/tmp') if f == 'trace'])"),
    "a file in memory": ("open('/dev/shm/trace', 'w').close()", "import os; print(os.listdir('/dev/shm'))"),
    "a file beside the sockets": (
        "import glob; open(glob.glob('/tmp/*/*/*')[0] + '/trace', 'w').close()",
        "import glob; print([f for f in glob.glob('/tmp/**', recursive=True) if 'trace' in f])",
    ),
    "a terminal": ("import pty; kept = pty.openpty()", "import os; print([f for f in os.listdir('/dev/pts') if f != 'ptmx'])"),
    "a socket without a file": (
        "import socket; kept = socket.socket(socket.AF_UNIX); kept.bind('\\0trace'); kept.listen()",
        "import socket\ntry: socket.socket(socket.AF_UNIX).connect('\\0trace'); print(['there'])\nexcept OSError: print([])",
    ),
    "a port": (
        "import socket; kept = socket.create_server(('127.0.0.1', 4321))",
        "import socket\ntry: socket.create_connection(('127.0.0.1', 4321), 5); print(['there'])\nexcept OSError: print([])",
    ),
    "a semaphore": (
        "import ctypes; assert ctypes.CDLL(None).semget(4321, 1, 0o1666) >= 0",
        "import ctypes; print(['there'] if ctypes.CDLL(None).semget(4321, 1, 0) >= 0 else [])",
    ),
    "a variable of Python's": ("import numpy; numpy.trace = 1", "import numpy; print(['there'] if numpy.trace == 1 else [])"),
}  # fmt: skip


@pytest.fixture
def server(library):
    with RoomServer(Sandbox(str(library), "bubblewrap", 2.0, 1), IMPORTS, rooms=3) as server:
        yield server


@contextlib.contextmanager
def kernel_in(sandbox):
    kernel = BoxedKernel(sandbox, sandbox.make_runtime(), IMPORTS)
    try:
        yield kernel
    finally:
        kernel.stop()


@contextlib.contextmanager
def told(monkeypatch, name, value):
    """With another function in sandbox.py, and nothing that was kept of it."""
    sandbox_module._bubblewrap.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(sandbox_module, name, value)
        yield
    sandbox_module._bubblewrap.cache_clear()


def family(server):
    return psutil.Process(server.process.pid).children(recursive=True)


@pytest.mark.parametrize("user", ["as it is", "as another user"])
def test_a_room_finds_no_trace_of_another_one(user, library, monkeypatch):
    root = sandbox_module.is_root() and user == "as it is"
    with told(monkeypatch, "is_root", lambda: root):
        with RoomServer(Sandbox(str(library), "bubblewrap", 2.0, 1), IMPORTS, rooms=3) as server:
            sandbox = server.sandbox()
            with kernel_in(sandbox) as one, kernel_in(sandbox) as other:
                assert isinstance(one.server.place, Room) and isinstance(other.server.place, Room)
                for what, (leave, look) in TRACES.items():
                    one.run(leave, 30)
                    assert one.run(look, 30) != "[]\n", what  # Whoever looks in the right room finds it.
                    assert other.run(look, 30) == "[]\n", what
            with kernel_in(sandbox) as later:
                for what, (_, look) in TRACES.items():
                    assert later.run(look, 30) == "[]\n", what


def test_a_room_has_no_rights_and_gets_none(server):
    code = """
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
rights = [line.split()[1] for line in open("/proc/self/status") if line.startswith("Cap")]
assert len(rights) == 5 and set(rights) == {"0" * 16}, rights
for flags in (0x10000000, 0x00020000, 0x20000000, 0x40000000):
    assert libc.unshare(flags) == -1, hex(flags)
for path in (b"/proc", b"/tmp", b"/dev/shm", b"/dev/pts", b"/"):
    assert libc.umount2(path, 2) == -1, path
    assert libc.mount(b"tmpfs", path, b"tmpfs", 0, None) == -1, path
assert [p for p in os.listdir("/proc/1/fd") if "socket" not in os.readlink(f"/proc/1/fd/{p}")
        and os.readlink(f"/proc/1/fd/{p}") not in ("/dev/null", "anon_inode:[eventpoll]")] == []
assert os.readlink("/proc/1/cwd") == "/tmp" and os.readlink("/proc/1/root") == "/"
print("none")
"""
    with kernel_in(server.sandbox()) as kernel:
        assert kernel.run(code, 30) == "none\n"


def test_a_room_ends_with_whoever_asked_for_it_and_the_others_live_on(server):
    sandbox = server.sandbox()
    with kernel_in(sandbox) as kernel:
        before = len(family(server))
        code = "import subprocess; child = subprocess.Popen(['sleep', '60'], start_new_session=True)"
        with kernel_in(sandbox) as other:
            other.run(code, 30)
            assert len(family(server)) > before
            other.server.place.connection.shutdown(socket.SHUT_RDWR)  # As it is when that process was killed.
            until = time.monotonic() + 30
            while len(family(server)) > before and time.monotonic() < until:
                time.sleep(0.1)
            assert len(family(server)) == before
        assert kernel.run("print(6 * 7)", 30) == "42\n"


def test_a_limit_ends_one_room_and_no_other(server):
    hog = "import os, time\nfor _ in range(4):\n    if os.fork() == 0:\n        held = b'1' * 700_000_000\n        time.sleep(60)\ntime.sleep(60)"
    sandbox = server.sandbox()
    with kernel_in(sandbox) as kernel, kernel_in(sandbox) as other:
        with pytest.raises(RuntimeError):
            other.run(hog, 120)
        assert other.ended == "memory"
        assert kernel.run("print(6 * 7)", 30) == "42\n"
        other.start_fresh()
        assert other.run("print(6 * 7)", 30) == "42\n"


def test_each_room_is_a_session_so_that_a_busy_one_leaves_the_others_their_part_of_the_processor(server):
    sandbox = server.sandbox()
    with kernel_in(sandbox) as kernel, kernel_in(sandbox) as other:
        processes = (server.process, kernel.server.monitor.process, other.server.monitor.process)
        assert len({os.getsid(process.pid) for process in processes}) == 3


def test_all_rooms_end_with_the_server_and_a_killed_server_is_replaced(server):
    sandbox = server.sandbox()
    with kernel_in(sandbox) as kernel:
        inside = family(server)
        server.process.kill()
        _, alive = psutil.wait_procs(inside, timeout=60)
        assert not alive and not kernel.is_alive()
        kernel.start_fresh()  # Whoever has a room there goes on in a sandbox of its own.
        assert isinstance(kernel.server.place, OwnSandbox)
        assert kernel.run("print(6 * 7)", 60) == "42\n"
    again = server.sandbox()
    assert again.rooms and again.rooms != sandbox.rooms
    with kernel_in(again) as kernel:
        assert kernel.run("print(6 * 7)", 60) == "42\n"
    folder, inside = os.path.dirname(again.rooms), family(server)
    server.stop()
    assert not os.path.exists(folder) and not psutil.wait_procs(inside, timeout=60)[1]


def test_the_process_that_rooms_come_from_ends_when_whoever_started_it_is_gone(server):
    server.sandbox()
    inside = family(server)
    server.process.stdin.close()  # As it is when that process was killed before bubblewrap could notice.
    server.process.wait(timeout=60)
    assert not psutil.wait_procs(inside, timeout=60)[1]


@pytest.mark.skipif("not sandbox_module._own_users()[1:]", reason="This bubblewrap is older than 0.8.")
def test_where_the_system_allows_no_rooms_each_submission_has_a_sandbox_of_its_own(library, monkeypatch):
    strict = lambda has_rooms, build=sandbox_module._bubblewrap.__wrapped__: build(False)  # noqa: E731
    with monkeypatch.context() as patch:
        patch.setattr(sandbox_module, "is_root", lambda: False)
        patch.setattr(sandbox_module, "_bubblewrap", strict)
        with RoomServer(Sandbox(str(library), "bubblewrap", 2.0, 1), IMPORTS, rooms=2) as server:
            sandbox = server.sandbox()
            assert sandbox.rooms is None
            with kernel_in(sandbox) as kernel:
                assert isinstance(kernel.server.place, OwnSandbox)
                assert kernel.run("print(6 * 7)", 60) == "42\n"


def test_without_isolation_there_are_no_rooms(library):
    with RoomServer(Sandbox(str(library), "none", 2.0, 1), IMPORTS, rooms=2) as server:
        assert server.sandbox().rooms is None and server.process is None
