"""The gradient by the images of a strided convolution is the same number, computed as a plain convolution."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Sequential, layers

from dcgan_lib.speed.strided import convolve_gradients


def new_network(shape, dtype="float64", **options):
    options = {"kernel_size": 5, "strides": 2, "padding": "same", **options}
    network = Sequential([keras.Input(shape, dtype=dtype), layers.Conv2D(8, activation="tanh", dtype=dtype, **options)])
    rng = np.random.default_rng(0)
    network.set_weights([rng.normal(0, 0.3, weight.shape) for weight in network.get_weights()])
    return network


def results(network, inputs, ours):
    """Outputs, gradients, and the gradients by the weights of a penalty on the gradient by the images (as R1)."""
    inputs = tf.constant(inputs)
    with convolve_gradients(network) if ours else contextlib.nullcontext(), tf.GradientTape() as outer:
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(inputs)
            outputs = network(inputs)
            loss = tf.reduce_sum(outputs**2)
        slopes = tape.gradient(loss, inputs)
        penalty = tf.reduce_sum(slopes**2)
    gradients = tape.gradient(loss, network.trainable_variables)
    return [outputs, slopes, *gradients, *outer.gradient(penalty, network.trainable_variables)]


def operations(network):
    with convolve_gradients(network):

        @tf.function
        def slopes(inputs):
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                outputs = network(inputs)
            return tape.gradient(outputs, inputs)

        dtype = network.inputs[0].dtype
        graph = slopes.get_concrete_function(tf.TensorSpec((2, *network.input_shape[1:]), dtype)).graph
    return {operation.type for operation in graph.get_operations()}


@pytest.mark.parametrize("kernel_size", [1, 2, 3, 4, 5, 6, 7, (3, 5), (9, 2)], ids=str)
@pytest.mark.parametrize("shape", [(10, 6, 1), (6, 8, 3)], ids=str)
def test_all_gradients_are_exact_in_double_precision(shape, kernel_size):
    network = new_network(shape, kernel_size=kernel_size)
    inputs = np.random.default_rng(1).normal(size=(3, *shape))
    assert "DepthToSpace" in operations(network)
    for one, other in zip(results(network, inputs, True), results(network, inputs, False), strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12 * np.abs(other).max())


@pytest.mark.parametrize("shape", [(28, 28, 1), (28, 40, 3)], ids=str)
def test_they_differ_by_rounding_only_in_single_precision(shape):
    network = new_network(shape, dtype="float32")
    inputs = np.random.default_rng(1).normal(size=(3, *shape)).astype("float32")
    for one, other in zip(results(network, inputs, True), results(network, inputs, False), strict=True):
        assert np.abs(one - other).max() <= 1e-5 * np.abs(other).max()


@pytest.mark.parametrize(
    ("shape", "options"),
    [
        ((7, 8, 1), {}),
        ((None, 8, 1), {}),
        ((8, 8, 5), {}),
        ((8, 8, 1), {"strides": 1}),
        ((9, 9, 1), {"strides": 3}),
        ((8, 8, 1), {"padding": "valid"}),
        ((8, 8, 4), {"groups": 2}),
    ],
    ids=str,
)
def test_other_layers_are_left_as_they_are(shape, options):
    network = new_network(shape, dtype="float32", **options)
    assert "DepthToSpace" not in operations(network)
    assert "convolution_op" not in vars(network.layers[0])
