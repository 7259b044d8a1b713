"""What the tests share: a quiet TensorFlow, no network, digits, networks, and child processes."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # Before anything imports TensorFlow, and for the child processes.

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import dcgan_lib

_DCGAN = dcgan_lib.DCGAN  # TensorFlow's first import is the library's, which keeps its log lines back.

import keras  # noqa: E402

TESTS = Path(__file__).resolve().parent
DATA = os.environ.get("DCGAN_DATA")  # Read once, before a test takes it away.


def build_dcgan(image_shape=(28, 28, 1), seed=1, **optimizers):
    """Builds the lecture's two networks, with the same weights for the same seed."""
    keras.utils.set_random_seed(seed)
    return _DCGAN(dcgan_lib.build_generator(image_shape), dcgan_lib.build_discriminator(image_shape), **optimizers)


def build_small_dcgan(seed=1, slope=0.2, **optimizers):
    """Builds two networks that train in an instant and have every kind of state that a run carries."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    generator = keras.Sequential(
        [
            keras.Input((6,)),
            layers.Dense(16, activation=layers.LeakyReLU(negative_slope=slope)),
            layers.BatchNormalization(),
            layers.Activation("tanh"),
            layers.Reshape((4, 4, 1)),
        ]
    )
    discriminator = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    return _DCGAN(generator, discriminator, **optimizers)


def build_images(count=40, image_shape=(4, 4, 1), seed=0):
    """Makes uint8 images without meaning."""
    return np.random.default_rng(seed).integers(0, 256, (count, *image_shape), dtype="uint8")


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
        out, err = child.communicate(timeout=120)
        assert child.returncode == 0, err
        return out, err

    return run


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Nothing listens on port 1 of this machine: a test that would download gets its answer at once."""
    monkeypatch.setattr("dcgan_data.mnist.MNIST_URL", "http://127.0.0.1:1/mnist.npz")


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
