"""Winograd's algorithm computes the plain convolution and its gradients, but for rounding."""

import numpy as np
import pytest
import tensorflow as tf

from dcgan_lib.speed.winograd import convolve_small


def plain(inputs, kernel):
    return tf.nn.conv2d(inputs, kernel, strides=1, padding="SAME")


def outputs_and_gradients(convolve, inputs, kernel, weights):
    inputs, kernel, weights = (tf.constant(values) for values in (inputs, kernel, weights))
    with tf.GradientTape() as tape:
        tape.watch([inputs, kernel])
        outputs = convolve(inputs, kernel)
    return [outputs, *tape.gradient(outputs, [inputs, kernel], output_gradients=weights)]


def random_case(sides, batch=32, channels=128, filters=128, taps=3):
    rng = np.random.default_rng(0)
    shapes = (batch, *sides, channels), (taps, taps, channels, filters), (batch, *sides, filters)
    return [rng.normal(size=shape) for shape in shapes]


def operations(inputs, kernel):
    graph = tf.function(convolve_small).get_concrete_function(*map(tf.constant, (inputs, kernel))).graph
    return {operation.type for operation in graph.get_operations()}


@pytest.mark.parametrize("sides", [(7, 7), (5, 8), (6, 7)], ids=str)
def test_outputs_and_gradients_are_as_exact_as_float32_is(sides):
    case = random_case(sides)
    exact = outputs_and_gradients(plain, *case)
    single = [values.astype("float32") for values in case]
    assert "Conv2D" not in operations(*single[:2])
    for ours, right in zip(outputs_and_gradients(convolve_small, *single), exact, strict=True):
        assert ours.shape == right.shape and ours.dtype == tf.float32
        error = np.asarray(ours, "float64") - right
        assert np.sqrt(np.mean(error**2)) < 2e-6 * np.std(right)
        assert np.abs(error).max() < 1e-5 * np.abs(right).max()


@pytest.mark.parametrize(
    ("case", "dtype"),
    [
        ({"sides": (7, 7), "batch": 16}, "float32"),
        ({"sides": (7, 7), "channels": 64}, "float32"),
        ({"sides": (14, 14)}, "float32"),
        ({"sides": (4, 4)}, "float32"),
        ({"sides": (7, 7), "taps": 5}, "float32"),
        ({"sides": (7, 7)}, "float64"),
        ({"sides": (7, 7)}, "bfloat16"),
    ],
    ids=str,
)
def test_where_it_does_not_pay_the_convolution_is_the_plain_one(case, dtype):
    inputs, kernel, _ = (tf.cast(values, dtype) for values in random_case(**case))
    assert "Conv2D" in operations(inputs, kernel)
    np.testing.assert_array_equal(convolve_small(inputs, kernel), plain(inputs, kernel))


def test_an_unknown_batch_size_is_convolved_plainly():
    kernel = tf.ones((3, 3, 128, 128))
    convolve = tf.function(lambda inputs: convolve_small(inputs, kernel))
    graph = convolve.get_concrete_function(tf.TensorSpec((None, 7, 7, 128))).graph
    assert "Conv2D" in {operation.type for operation in graph.get_operations()}
