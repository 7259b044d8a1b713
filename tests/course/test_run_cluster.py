"""Runs on a real Dask scheduler with two worker processes on loopback, one of which is killed."""

import json
import signal
import sys
from concurrent.futures import CancelledError, Future

import psutil
import pytest
from dask_cluster import run_cluster
from test_run import environment, instruct, is_called, start, wait_until, write_notebook

from dcgan_course.instructor.running.result import Result

pytest.importorskip("distributed")
pytestmark = pytest.mark.slow


@pytest.fixture
def cluster(tmp_path):
    with run_cluster(tmp_path, [environment()] * 2) as running:
        yield running


def kernels_of(process):
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if is_called(child, "ipykernel_launcher")]


def test_a_run_whose_worker_is_lost_is_run_again_elsewhere(tmp_path, cluster):
    address, workers = cluster
    notebook = write_notebook(tmp_path / "fake.ipynb")
    command = ("run", notebook, "-p", "steps", 8, "-p", "pause", 0.5, "--repeat-seeds", 3, "--output", "out")
    running = start(*command, "--scheduler", address, cwd=tmp_path)
    wait_until(lambda: all(kernels_of(worker) for worker in workers))
    lost = kernels_of(workers[0])
    workers[0].kill()
    printed, _ = running.communicate(timeout=600)
    _, alive = psutil.wait_procs(lost, timeout=60)
    assert running.returncode == 0, printed
    assert not alive
    for seed in range(3):
        own = tmp_path / "out" / f"fake-seed={seed}"
        assert json.loads((own / "FAKE" / "run.json").read_text())["finished"] is True
        assert (own / "fake.ipynb").is_file() and "from step" in (own / "log.txt").read_text()
        assert (own / "FAKE" / "gan_fake_6.png").is_file()


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the processes")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_or_killed_parent_leaves_no_kernel_on_the_cluster(tmp_path, cluster, number):
    address, workers = cluster
    notebook = write_notebook(tmp_path / "fake.ipynb")
    command = ("run", notebook, "-p", "pause", 30, "--repeat-seeds", 3, "--output", "out", "--scheduler", address)
    running = start(*command, cwd=tmp_path)
    wait_until(lambda: all(kernels_of(worker) for worker in workers))
    kernels = kernels_of(workers[0]) + kernels_of(workers[1])
    running.send_signal(number)
    printed, _ = running.communicate(timeout=120)
    _, alive = psutil.wait_procs(kernels, timeout=60)
    assert not alive
    assert running.returncode == {signal.SIGKILL: -signal.SIGKILL, signal.SIGINT: 130}[number], printed


def test_nobody_at_the_address_is_said(tmp_path):
    notebook = write_notebook(tmp_path / "fake.ipynb")
    ended = instruct("run", notebook, "--scheduler", "tcp://127.0.0.1:1", "--output", "out", cwd=tmp_path)
    assert ended.returncode == 2 and "no Dask scheduler answers" in ended.stderr, ended.stderr


def test_a_run_whose_files_are_coming_home_cannot_be_cancelled_any_more(monkeypatch):
    from dcgan_course.instructor.running import travel

    future, result = Future(), Result("fake", "finished")
    coming = travel.bring_home(future, None)
    monkeypatch.setattr(travel, "_unpack_files", lambda archive, run: coming.cancel())
    future.set_result((result, b""))
    assert coming.result(timeout=1) is result


def test_a_run_that_is_cancelled_on_the_cluster_does_not_come_home():
    from dcgan_course.instructor.running import travel

    future = Future()
    coming = travel.bring_home(future, None)
    assert future.cancel()
    with pytest.raises(CancelledError):
        coming.result(timeout=1)
