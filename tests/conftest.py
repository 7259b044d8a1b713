"""What the tests share: a quiet TensorFlow, no network, digits, networks, and child processes."""

from small_course import DATA, build_dcgan, build_images, build_small_dcgan  # First: it quiets TensorFlow.

# isort: split
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import dcgan_lib
from dcgan_lib.system import paths

TESTS = Path(__file__).resolve().parent
LONGEST = tuple(
    TESTS / name for name in ("course/test_grading_cases.py", "course/test_grading_cluster.py", "notebooks")
)


def pytest_make_parametrize_id(val, argname):
    """A file's bytes do not name a test: a zip holds the time, and two workers must collect the same names."""
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(items):
    """Begins with the longest tests: one that comes last keeps one worker busy while the other has nothing to do."""
    items.sort(key=lambda item: not any(item.path.is_relative_to(path) for path in LONGEST))


@pytest.fixture
def new_dcgan():
    return build_dcgan


@pytest.fixture
def new_small_dcgan():
    return build_small_dcgan


@pytest.fixture(scope="session")
def small_images():
    return build_images()


@pytest.fixture(scope="session")
def digits():
    """uint8 (n, 28, 28, 1): MNIST where `DCGAN_DATA` names a folder that has it, else drawn ones."""
    if DATA and (Path(DATA) / "mnist.npz").is_file():
        return np.asarray(dcgan_lib.load_mnist(DATA))
    return dcgan_lib.draw_digits(1_000, seed=0)[0][..., np.newaxis]


@pytest.fixture
def empty_course(tmp_path, monkeypatch):
    """A course of its own: an empty data/, no Keras download, no `DCGAN_DATA`."""
    course = tmp_path / "course"
    for name in ("notebooks", "dcgan_lib", "data"):
        (course / name).mkdir(parents=True)
    monkeypatch.setattr(paths, "INSTALLED_IN", course)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("DCGAN_DATA", raising=False)
    return course


@pytest.fixture
def start_child(tmp_path):
    """Starts Python code in a process of its own, which can import this file and is killed if it outlives the test."""
    children = []

    def start(code, *arguments, **options):
        path = os.pathsep.join([str(TESTS), str(TESTS.parent), os.environ.get("PYTHONPATH", "")])
        child = subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=options.pop("cwd", tmp_path),
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", **options.pop("env", {})},
            **options,
        )
        children.append(child)
        return child

    yield start
    for child in children:
        child.kill()
        child.communicate()


@pytest.fixture
def run_child(start_child):
    """Runs Python code in a process of its own; returns what it wrote to stdout and stderr."""

    def run(code, *arguments, **options):
        child = start_child(code, *arguments, **options)
        out, err = child.communicate(timeout=600)  # It has hung; a busy machine takes minutes for TensorFlow.
        assert child.returncode == 0, err
        return out, err

    return run


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing listens on port 1 of this machine: a test that would download gets its answer at once."""
    monkeypatch.setattr("dcgan_lib.data.mnist.MNIST_URL", "http://127.0.0.1:1/mnist.npz")


@pytest.fixture(autouse=True)
def no_idle_optimizer(monkeypatch):
    """An optimizer step that moves nothing is an error: Keras itself lets it pass without a word."""
    apply = keras.optimizers.Optimizer.apply

    def checked_apply(self, grads, trainable_variables=None):
        grads = list(grads)
        assert grads, "an optimizer step over an empty list of variables"
        assert all(grad is not None for grad in grads), "an optimizer step without a gradient for each variable"
        return apply(self, grads, trainable_variables)

    monkeypatch.setattr(keras.optimizers.Optimizer, "apply", checked_apply)
