"""Losses from logits are Keras's own losses; the networks are left as they were."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_lib import DCGAN, build_discriminator, build_generator
from dcgan_lib.logits import compute_logits, last_sigmoid, loss_from_logits

SHAPE = (8, 8, 1)


def sequential():
    return build_discriminator(SHAPE)


def functional():
    images = keras.Input(SHAPE)
    hidden = keras.layers.Dense(3, activation="relu")(keras.layers.Flatten()(images))
    return keras.Model(images, keras.layers.Dense(1, activation="sigmoid")(hidden))


def nested():
    return keras.Sequential([keras.Input(SHAPE), build_discriminator(SHAPE)])


def ends_in_an_activation():
    return keras.Sequential(
        [keras.Input(SHAPE), keras.layers.Flatten(), keras.layers.Dense(1), keras.layers.Activation("sigmoid")]
    )


class Subclassed(keras.Model):
    """Its last attribute is not its last layer."""

    def __init__(self):
        super().__init__()
        self.flatten, self.score = keras.layers.Flatten(), keras.layers.Dense(1, activation="tanh")
        self.hidden = keras.layers.Dense(4, activation="sigmoid")
        self(keras.Input(SHAPE))

    def call(self, images):
        return 0.5 + 0.5 * self.score(self.hidden(self.flatten(images)))


NETWORKS = [sequential, functional, nested, ends_in_an_activation]


@pytest.fixture
def images():
    return np.random.default_rng(0).uniform(-1, 1, (6, *SHAPE)).astype("float32")


@pytest.mark.parametrize("build", NETWORKS)
def test_the_scores_are_the_sigmoids_of_the_logits_and_the_activation_comes_back(build, images):
    network = build()
    layer = last_sigmoid(network)
    logits = compute_logits(network, layer, images, training=False)
    np.testing.assert_allclose(tf.sigmoid(logits), network(images, training=False), rtol=1e-6)
    assert layer.activation is keras.activations.sigmoid


@pytest.mark.parametrize("build", [*NETWORKS, Subclassed])
@pytest.mark.parametrize("label", [0.0, 1.0])
def test_loss_and_gradients_are_those_of_kerass_binary_cross_entropy(build, label, images):
    keras.utils.set_random_seed(0)
    network = build()
    variables = network.trainable_variables
    dcgan = type("Holder", (), {})()
    dcgan.discriminator, dcgan.loss_function = network, keras.losses.BinaryCrossentropy()
    results = []
    for from_logits in (False, True):
        with loss_from_logits(dcgan) if from_logits else tf.name_scope("plain"), tf.GradientTape() as tape:
            scores = network(images, training=False)
            loss = dcgan.loss_function(tf.fill(tf.shape(scores), label), scores)
        results.append([loss, *tape.gradient(loss, variables)])
    for theirs, ours in zip(*results, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)
    assert isinstance(dcgan.loss_function, keras.losses.BinaryCrossentropy)


def test_a_score_that_is_exactly_one_still_has_a_gradient(images):
    network = ends_in_an_activation()
    network.layers[1].bias.assign([100.0])
    dcgan = DCGAN(build_generator(SHAPE), network)
    with loss_from_logits(dcgan), tf.GradientTape() as tape:
        scores = network(images)
        loss = dcgan.loss_function(tf.zeros_like(scores), scores)
    assert float(tf.reduce_min(scores)) == 1.0 and float(loss) == pytest.approx(100, rel=0.1)
    assert float(tape.gradient(loss, network.layers[1].bias)[0]) == pytest.approx(1.0)


def test_after_an_error_inside_everything_is_as_before(images):
    dcgan = DCGAN(build_generator(SHAPE), sequential())
    with pytest.raises(ZeroDivisionError), loss_from_logits(dcgan):
        dcgan.discriminator(images)
        raise ZeroDivisionError
    assert isinstance(dcgan.loss_function, keras.losses.BinaryCrossentropy)
    assert dcgan.discriminator.layers[-1].activation is keras.activations.sigmoid
