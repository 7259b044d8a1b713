"""Networks that are not the lecture's: whatever their layers are, the faster step computes what they say."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Sequential, layers

from dcgan_lib import DCGAN
from dcgan_lib.speed.compiled import compile_update
from dcgan_lib.speed.layers import replace_methods
from dcgan_lib.speed.upsampling import fuse_upsampling


def new_generator(*more):
    parts = [layers.Dense(16, activation="tanh"), *more, layers.Reshape((4, 4, 1))]
    return Sequential([keras.Input((6,)), *parts], name="generator")


def new_discriminator(*more):
    parts = [layers.Flatten(), *more, layers.Dense(1, activation="sigmoid")]
    return Sequential([keras.Input((4, 4, 1)), *parts], name="discriminator")


def step(dcgan):
    return compile_update(dcgan)(np.zeros((3, 4, 4, 1), "float32"), np.ones((3, 6), "float32"))


def new_shared_twice(layer):
    """A discriminator of two models, both with the same layer."""
    parts = []
    for _ in range(2):
        inputs = keras.Input((16,))
        parts.append(keras.Model(inputs, layer(layers.Dense(16)(inputs))))
    return new_discriminator(*parts)


@pytest.mark.parametrize("new_layer", [lambda: layers.Dropout(0.3), layers.BatchNormalization], ids=["Dropout", "BN"])
@pytest.mark.parametrize(
    "new_networks",
    [
        lambda layer: (new_generator(layer), new_discriminator(layer)),
        lambda layer: (new_generator(), new_shared_twice(layer)),
    ],
    ids=["in both networks", "twice in one"],
)
def test_a_layer_in_two_places_trains_and_is_itself_again(new_networks, new_layer):
    layer = new_layer()
    losses = step(DCGAN(*new_networks(layer)))
    assert all(np.isfinite(value) for value in losses.values())
    assert "call" not in vars(layer)


class Scaled(keras.Layer):
    """A layer whose `layers` is a number, which is its own business."""

    def __init__(self, layers):
        super().__init__()
        self.layers = layers

    def call(self, inputs):
        return inputs / self.layers


def test_a_layer_may_call_anything_its_layers():
    losses = step(DCGAN(new_generator(), new_discriminator(Scaled(layers=2))))
    assert all(np.isfinite(value) for value in losses.values())


class Halved(layers.Conv2D):
    def call(self, inputs):
        return super().call(inputs) / 2


class Shifted(layers.UpSampling2D):
    def call(self, inputs):
        return super().call(inputs) + 1


class Twice(Sequential):
    def call(self, inputs, training=None, mask=None):
        doubled, convolution = self.layers
        return convolution(doubled(doubled(inputs)))


@pytest.mark.parametrize(
    "network",
    [
        Sequential([keras.Input((6, 6, 4)), layers.UpSampling2D(), Halved(2, 3, padding="same")]),
        Sequential([keras.Input((6, 6, 4)), Shifted(), layers.Conv2D(2, 3, padding="same")]),
        Twice([keras.Input((6, 6, 4)), layers.UpSampling2D(), layers.Conv2D(2, 3, padding="same")]),
    ],
    ids=["Conv2D", "UpSampling2D", "Sequential"],
)
def test_a_class_of_ones_own_computes_what_it_says(network):
    inputs = np.random.default_rng(0).normal(size=(2, 6, 6, 4)).astype("float32")
    expected = network(inputs)
    with fuse_upsampling(network):
        np.testing.assert_array_equal(network(inputs), expected)


def test_a_method_of_ones_own_comes_back():
    layer = layers.Dropout(0.3)
    own = layer.call = lambda inputs, training=False: inputs
    with replace_methods([(layer, "call", tf.identity)]):
        assert layer.call is tf.identity
    assert layer.call is own


class Interrupting(layers.Layer):
    """A layer that is interrupted while its method is replaced."""

    def __setattr__(self, name, value):
        if name == "call":
            raise KeyboardInterrupt
        super().__setattr__(name, value)


def test_an_interrupt_while_methods_are_replaced_leaves_none_behind():
    layer = layers.Dropout(0.3)
    with pytest.raises(KeyboardInterrupt):
        with replace_methods([(layer, "call", tf.identity), (Interrupting(), "call", tf.identity)]):
            pass
    assert "call" not in vars(layer)
