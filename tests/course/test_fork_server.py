"""Processes that are forked with their imports: what they return, how they are ended, and that none is left."""

import os
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
from test_run import wait_until

from dcgan_course.instructor.process.fork_server import ForkServer, NoAnswer, ServerEnded
from dcgan_course.instructor.process.own_command import Stopped

WORK = """
import os, sys, time
IMPORTED_BY = os.getpid()

def main(what, value=None):
    if what == "ids":
        return f"{IMPORTED_BY} {os.getppid()} {os.getpid()}"
    if what == "raise":
        raise ValueError("no")
    if what == "exit":
        os._exit(3)
    if what == "print":
        print("to stdout"); print("to stderr", file=sys.stderr)
        return "printed"
    if what == "variable":
        return os.environ.get(value, "none")
    if what == "sleep":
        open(value, "w").write(str(os.getpid()))
        time.sleep(600)
    return value
"""


@pytest.fixture
def server(tmp_path, monkeypatch):
    (tmp_path / "work_of_a_test.py").write_text(WORK)
    monkeypatch.chdir(tmp_path)
    with ForkServer(["work_of_a_test"]) as server:
        yield server


def call(server, *arguments, seconds=60, is_stopped=lambda: False):
    return server.call("work_of_a_test", arguments, seconds, is_stopped)


def test_each_call_has_a_process_of_its_own_and_the_import_was_made_once(server):
    first, second = (list(map(int, call(server, "ids").split())) for _ in range(2))
    assert first[:2] == second[:2] == [server.process.pid] * 2
    assert first[2] != second[2]


def test_calls_at_once_get_their_own_answers(server):
    texts = [str(number) * 100_000 for number in range(8)]  # More than a pipe holds.
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda text: call(server, "give", text), texts)) == texts


@pytest.mark.parametrize("what", ["raise", "exit"])
def test_a_process_that_ends_without_an_answer_is_said(server, what):
    with pytest.raises(NoAnswer):
        call(server, what)
    assert call(server, "give", "next") == "next"


def test_what_it_prints_is_lost(server, capfd):
    assert call(server, "print") == "printed"
    assert capfd.readouterr() == ("", "")


def test_variables_are_those_of_the_call_and_pytests_options_do_not_come_along(server, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    call(server, "give", "x")
    monkeypatch.setenv("OF_THE_CALL", "here")
    assert call(server, "variable", "OF_THE_CALL") == "here"
    assert call(server, "variable", "PYTEST_ADDOPTS") == "none"


def wait_for_number(file):
    return int(wait_until(lambda: file.exists() and file.read_text()))


def is_gone(number):
    return not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE


def test_a_call_that_takes_too_long_or_is_stopped_leaves_no_process(server, tmp_path):
    with pytest.raises(subprocess.TimeoutExpired):
        call(server, "sleep", str(tmp_path / "one"), seconds=3)
    began = time.monotonic()
    with pytest.raises(Stopped):
        call(server, "sleep", str(tmp_path / "two"), is_stopped=(tmp_path / "two").exists)
    assert time.monotonic() - began < 30
    for name in ("one", "two"):
        number = wait_for_number(tmp_path / name)
        wait_until(lambda number=number: is_gone(number))
    with pytest.raises(Stopped):
        call(server, "give", "x", is_stopped=lambda: True)


def kill(server):
    os.kill(server.process.pid, signal.SIGKILL)


@pytest.mark.parametrize("end", [kill, ForkServer.stop])
def test_a_server_that_has_ended_is_no_fault_of_its_processes_ends_them_and_is_replaced(end, server, tmp_path):
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(call, server, "sleep", str(tmp_path / "number"))
        number, before = wait_for_number(tmp_path / "number"), server.process
        end(server)
        with pytest.raises(ServerEnded):
            answer.result()
    before.wait()
    wait_until(lambda: is_gone(number))
    assert call(server, "give", "y") == "y" and server.process.pid != before.pid


def test_when_we_are_killed_the_server_and_what_it_forked_end(server, tmp_path, start_child):
    code = (
        "import sys\n"
        "from dcgan_course.instructor.process.fork_server import ForkServer\n"
        "ForkServer(['work_of_a_test']).call('work_of_a_test', ('sleep', sys.argv[1]), 600, lambda: False)"
    )
    child = start_child(code, tmp_path / "number")
    number = wait_for_number(tmp_path / "number")
    parent = psutil.Process(number).ppid()
    child.kill()
    child.wait()
    wait_until(lambda: is_gone(number) and is_gone(parent))
