"""Dropout from 16 bits drops what its rate says, and its random state goes on as Keras's does."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Sequential, layers

from dcgan_lib.speed.dropout import shorten_dropout


def dropped(layer, inputs, training=True, shortened=True):
    network = Sequential([keras.Input(inputs.shape[1:]), layer])
    with shorten_dropout(network) if shortened else contextlib.nullcontext():
        return network(inputs, training=training).numpy()


@pytest.mark.parametrize("rate", [0.3, 0.5, 0.01])
@pytest.mark.parametrize("shape", [(64, 31, 33), (1, 99_999)], ids=str)
def test_the_share_of_zeros_is_the_rate_and_the_mean_stays(rate, shape):
    outputs = dropped(layers.Dropout(rate, seed=1), np.ones(shape, "float32"))
    count, deviation = outputs.size, np.sqrt(rate * (1 - rate) / outputs.size)
    assert outputs.shape == shape
    assert abs(np.sum(outputs == 0) / count - rate) < 5 * deviation
    assert set(np.unique(outputs)) == {0, outputs.max()}
    assert outputs.max() == pytest.approx(1 / (1 - rate), rel=2**-15)


def test_neither_neighbours_nor_images_nor_calls_share_a_decision():
    layer = layers.Dropout(0.3, seed=1)
    kept = np.stack([dropped(layer, np.ones((50, 2_000), "float32")) > 0 for _ in range(2)])
    bound = 5 / np.sqrt(kept[0].size)
    pairs = {
        "neighbours": (kept[0, :, 1:], kept[0, :, :-1]),
        "next but one": (kept[0, :, 2:], kept[0, :, :-2]),
        "images": (kept[0, 1:], kept[0, :-1]),
        "calls": (kept[0], kept[1]),
    }
    for name, (one, other) in pairs.items():
        assert abs(np.corrcoef(one.ravel(), other.ravel())[0, 1]) < bound, name


def test_the_gradient_goes_where_the_numbers_went():
    network = Sequential([keras.Input((1_000,)), layers.Dropout(0.3, seed=1)])
    inputs = tf.constant(np.random.default_rng(0).normal(size=(3, 1_000)).astype("float32"))
    with shorten_dropout(network), tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = network(inputs, training=True)
    np.testing.assert_allclose(tape.gradient(outputs, inputs) * inputs, outputs, rtol=1e-6)


def test_the_same_random_state_drops_the_same_and_moves_on_as_keras_moves_it():
    ones, layer, other = np.ones((2, 500), "float32"), layers.Dropout(0.3), layers.Dropout(0.3)
    start = np.array([7, 3], "uint32")
    for one in (layer, other):
        one.seed_generator.state.assign(start)
    first, second = dropped(layer, ones), dropped(layer, ones)
    dropped(other, ones, shortened=False)
    dropped(other, ones, shortened=False)
    np.testing.assert_array_equal(layer.seed_generator.state, other.seed_generator.state)
    layer.seed_generator.state.assign(start)
    np.testing.assert_array_equal(dropped(layer, ones), first)
    np.testing.assert_array_equal(dropped(layer, ones), second)
    assert (first != second).any()


def test_in_inference_and_afterwards_it_is_keras_layer():
    layer, ones = layers.Dropout(0.3, seed=1), np.ones((2, 500), "float32")
    before = np.asarray(layer.seed_generator.state)
    np.testing.assert_array_equal(dropped(layer, ones, training=False), ones)
    np.testing.assert_array_equal(layer.seed_generator.state, before)
    assert "call" not in vars(layer)


@pytest.mark.parametrize(
    "layer",
    [
        layers.Dropout(0.0, seed=1),
        layers.Dropout(1e-6, seed=1),
        layers.Dropout(1 - 1e-6, seed=1),  # Of 1 itself Keras 3.13, as on Colab, makes an error.
        layers.Dropout(0.3, noise_shape=(2, 1), seed=1),
        layers.SpatialDropout1D(0.3, seed=1),
    ],
    ids=["rate 0", "rate below 1/65536", "rate nearly 1", "noise_shape", "SpatialDropout1D"],
)
def test_other_layers_are_left_as_they_are(layer):
    inputs = np.ones((2, 50, 4) if isinstance(layer, layers.SpatialDropout1D) else (2, 50), "float32")
    outputs = []
    for shortened in (False, True):
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign(np.array([7, 3], "uint32"))
        outputs.append(dropped(layer, inputs, shortened=shortened))
    np.testing.assert_array_equal(*outputs)
