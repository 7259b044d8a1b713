"""BatchNormalization in one operation makes the same numbers, gradients and moving averages."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Sequential, layers

from dcgan_lib.speed.normalization import fuse_normalization

FUSED = "FusedBatchNormV3"


def new_network(layer, shape):
    keras.utils.set_random_seed(0)
    network = Sequential([keras.Input(shape), layer])
    rng = np.random.default_rng(0)
    for variable in layer.weights:
        variable.assign(rng.uniform(0.5, 1.5, variable.shape))
    return network


def results(network, inputs, training, fused):
    weights = tf.constant(np.random.default_rng(1).normal(size=inputs.shape).astype("float32"))
    inputs = tf.constant(inputs)
    with fuse_normalization(network) if fused else contextlib.nullcontext(), tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = tf.cast(network(inputs, training=training), "float32")
    gradients = tape.gradient(outputs, [inputs, *network.trainable_variables], output_gradients=weights)
    return [np.asarray(value) for value in (outputs, *gradients, *network.non_trainable_variables)]


def operations(network):
    with fuse_normalization(network):
        call = tf.function(lambda inputs: network(inputs, training=True))
        graph = call.get_concrete_function(tf.TensorSpec((None, *network.input_shape[1:]))).graph
    return {operation.type for operation in graph.get_operations()}


@pytest.mark.parametrize("shape", [(6_272,), (5, 3, 7), (14, 14, 64)], ids=str)
@pytest.mark.parametrize("training", [True, False], ids=["training", "inference"])
def test_outputs_gradients_and_moving_averages_are_the_same(shape, training):
    inputs = np.random.default_rng(2).normal(3, 2, (9, *shape)).astype("float32")
    ours, keras_own = (
        results(new_network(layers.BatchNormalization(), shape), inputs, training, fused) for fused in (True, False)
    )
    assert len(ours) == 6
    for one, other in zip(ours, keras_own, strict=True):
        assert np.abs(one - other).max() <= 1e-5 * np.abs(other).max()


def test_it_is_one_operation():
    assert FUSED in operations(new_network(layers.BatchNormalization(), (4,)))


def test_a_batch_of_one_pixel_has_no_variance():
    network = new_network(layers.BatchNormalization(momentum=0.0), (4,))
    ours = results(network, np.full((1, 4), 5, "float32"), True, fused=True)
    np.testing.assert_allclose(ours[0], network.layers[0].beta[None], rtol=1e-6)
    np.testing.assert_array_equal(ours[-2:], [np.full(4, 5), np.zeros(4)])


@pytest.mark.parametrize(
    "layer",
    [
        lambda: layers.BatchNormalization(scale=False),
        lambda: layers.BatchNormalization(center=False),
        lambda: layers.BatchNormalization(axis=1),
        lambda: layers.BatchNormalization(dtype="mixed_bfloat16"),
        lambda: layers.BatchNormalization(trainable=False),
        lambda: layers.LayerNormalization(),
    ],
    ids=["no scale", "no offset", "another axis", "bfloat16", "frozen", "LayerNormalization"],
)
def test_other_layers_are_left_as_they_are(layer):
    inputs = np.random.default_rng(2).normal(3, 2, (9, 4, 4, 6)).astype("float32")
    network = new_network(layer(), inputs.shape[1:])
    assert FUSED not in operations(network)
    ours, keras_own = (results(new_network(layer(), inputs.shape[1:]), inputs, True, fused) for fused in (True, False))
    for one, other in zip(ours, keras_own, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_penalty_on_a_gradient_has_the_gradient_of_the_formula():
    """As in WGAN-GP. Keras's own is off by two percent here: TensorFlow's moments take the mean for a constant."""
    rng = np.random.default_rng(0)
    images, weights = rng.normal(size=(2, 9, 5))
    network = new_network(layers.BatchNormalization(), (5,))
    layer = network.layers[0]
    gamma, beta = np.asarray(layer.gamma, "float64"), np.asarray(layer.beta, "float64")

    def formula(inputs):
        apart = inputs - tf.reduce_mean(inputs, 0)
        return apart / tf.sqrt(tf.reduce_mean(apart**2, 0) + layer.epsilon) * gamma + beta

    def gradient_of_penalty(normalize, dtype):
        inputs = tf.constant(images, dtype)
        with tf.GradientTape() as outer:
            outer.watch(inputs)
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                outputs = normalize(tf.tanh(inputs))
            slopes = tape.gradient(outputs, inputs, output_gradients=tf.constant(weights, dtype))
            penalty = tf.reduce_sum(slopes**2)
        return np.asarray(outer.gradient(penalty, inputs))

    right = gradient_of_penalty(formula, "float64")
    with fuse_normalization(network):
        ours = gradient_of_penalty(lambda inputs: network(inputs, training=True), "float32")
    assert np.abs(ours - right).max() <= 1e-5 * np.abs(right).max()
