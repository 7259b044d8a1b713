"""The oracle: the slides' own training code, run with Keras 2's meaning, makes the same updates as `DCGAN.update`.

tf_keras is Keras 2. There `discriminator.trainable = False` counts from the next `compile` on, as the slides
mean it. Both sides start from the same weights and see the same batches and noise. Dropout, whose random
numbers the two draw differently, is off.

Both sides run in double precision. The game is chaotic: Adam turns a gradient's last bits into whole steps, so that
two orders of summing in float32, both right, are some 1e-3 apart after ten steps (so are the plain layers and the
slides' code). In double precision the same growth starts at 1e-16 and stays below 1e-6: what is left
there is no rounding but a difference in what is computed. That float32 computes the same is shown
step by step, each from the state of the double-precision run, where nothing has grown yet.
"""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf
import tf_keras
from tf_keras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    Input,
    LeakyReLU,
    Reshape,
    UpSampling2D,
)
from tf_keras.models import Model, Sequential

STEPS, BATCH_SIZE = 10, 8


def build_as_on_the_slides(channels):
    generator = Sequential()
    generator.add(Dense(128 * 7 * 7, input_shape=(100,), activation=LeakyReLU(0.2)))
    generator.add(BatchNormalization())
    generator.add(Reshape((7, 7, 128)))
    generator.add(UpSampling2D())
    generator.add(Conv2D(64, kernel_size=5, padding="same"))
    generator.add(BatchNormalization())
    generator.add(Activation(LeakyReLU(0.2)))
    generator.add(UpSampling2D())
    generator.add(Conv2D(channels, kernel_size=5, padding="same", activation="tanh"))

    discriminator = Sequential()
    discriminator.add(Conv2D(64, kernel_size=5, strides=2, input_shape=(28, 28, channels), padding="same"))
    discriminator.add(Activation(LeakyReLU(0.2)))
    discriminator.add(Dropout(0.0))
    discriminator.add(Conv2D(128, kernel_size=5, strides=2, padding="same"))
    discriminator.add(Activation(LeakyReLU(0.2)))
    discriminator.add(Dropout(0.0))
    discriminator.add(Flatten())
    discriminator.add(Dense(1, activation="sigmoid"))
    discriminator.compile(loss="binary_crossentropy", optimizer="adam")
    discriminator.trainable = False

    ginput = Input(shape=(100,))
    dis_output = discriminator(generator(ginput))
    gan = Model(inputs=ginput, outputs=dis_output)
    gan.compile(loss="binary_crossentropy", optimizer="adam")
    return generator, discriminator, gan


def train_as_on_the_slides(generator, discriminator, gan, batches):
    true = np.ones((BATCH_SIZE, 1))
    fake = np.zeros((BATCH_SIZE, 1))
    d_loss, g_loss = [], []
    for imgs, noise in batches:
        d_loss_real = discriminator.train_on_batch(imgs, true)
        gen_imgs = generator.predict(noise, verbose=0)
        d_loss_fake = discriminator.train_on_batch(gen_imgs, fake)
        d_loss.append(0.5 * np.add(d_loss_real, d_loss_fake))
        g_loss.append(gan.train_on_batch(noise, true))
    return np.array(d_loss), np.array(g_loss)


def difference(ours, theirs):
    ours, theirs = (np.asarray(values, "float64") for values in (ours, theirs))
    return np.linalg.norm(ours - theirs) / np.linalg.norm(theirs)


def state_of(dcgan):
    owners = (dcgan.generator, dcgan.discriminator, dcgan.d_optimizer, dcgan.g_optimizer)
    return [variable for owner in owners for variable in owner.variables]


def weights_of(dcgan):
    return dcgan.generator.get_weights() + dcgan.discriminator.get_weights()


def without_dropout(dcgan):
    for layer in dcgan.discriminator.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return dcgan


@pytest.fixture
def in_double_precision():
    def set_precision(precision):
        for package in (keras.config, tf_keras.backend):
            package.set_floatx(precision)
        keras.config.set_dtype_policy(precision)
        tf_keras.mixed_precision.set_global_policy(precision)

    @contextlib.contextmanager
    def double():
        set_precision("float64")
        try:
            yield
        finally:
            set_precision("float32")

    return double


@pytest.mark.parametrize("channels", [pytest.param(1, id="gray"), pytest.param(3, id="colour", marks=pytest.mark.slow)])
def test_update_makes_the_slides_three_updates(channels, new_dcgan, digits, in_double_precision, record_property):
    assert tf_keras.__version__.startswith("2") and keras.__version__.startswith("3")
    rng = np.random.default_rng(0)
    tint = np.array([1.0, 0.7, 0.4])[:channels]
    batches = [
        (
            (digits[rng.integers(0, len(digits), BATCH_SIZE)] * tint - 127.5) / 127.5,
            rng.normal(0, 1, (BATCH_SIZE, 100)),
        )
        for _ in range(STEPS)
    ]
    single = without_dropout(new_dcgan((28, 28, channels)))
    paths = [weight.path for weight in single.generator.weights]
    # The gradient of a convolution's bias in front of BatchNormalization is rounding noise around 0, which Adam
    # blows up to whole steps; the normalization takes the bias away again, by its moving average.
    bias = paths.index(single.generator.layers[4].bias.path)
    average = paths.index(single.generator.layers[5].moving_mean.path)
    update_single = tf.function(single.update)
    slips = {"loss": 0.0, "weights": 0.0}  # Of float32, in one step.
    ours = []
    with in_double_precision():
        dcgan = without_dropout(new_dcgan((28, 28, channels)))
        generator, discriminator, gan = build_as_on_the_slides(channels)
        generator.set_weights(dcgan.generator.get_weights())
        discriminator.set_weights(dcgan.discriminator.get_weights())
        d_loss, g_loss = train_as_on_the_slides(generator, discriminator, gan, batches)
        update = tf.function(dcgan.update)
        for real, noise in batches:
            for one, other in zip(state_of(single), state_of(dcgan), strict=True):
                one.assign(np.asarray(other).astype(one.dtype))
            ours.append(update(tf.constant(real), tf.constant(noise)))
            step = update_single(tf.constant(real, "float32"), tf.constant(noise, "float32"))
            assert step["d_loss"].dtype == tf.float32 and ours[-1]["d_loss"].dtype == tf.float64
            losses = max(abs(float(step[name]) / float(ours[-1][name]) - 1) for name in step)
            weights = max(
                difference(one, other)
                for at, (one, other) in enumerate(zip(weights_of(single), weights_of(dcgan), strict=True))
                if at not in (bias, average)
            )
            slips = {"loss": max(slips["loss"], losses), "weights": max(slips["weights"], weights)}

    deviations = {
        name: max(abs(float(step[name]) / theirs - 1) for step, theirs in zip(ours, slides, strict=True))
        for name, slides in (("d_loss", d_loss), ("g_loss", g_loss))
    }
    names = [weight.path for weight in dcgan.generator.weights + dcgan.discriminator.weights]
    their_weights = generator.get_weights() + discriminator.get_weights()
    for at, (one, other) in enumerate(zip(weights_of(dcgan), their_weights, strict=True)):
        assert one.dtype == other.dtype == np.float64
        if at != bias:
            deviations[names[at]] = difference(one, other)
    for name, deviation in {**deviations, **slips}.items():
        record_property(name, f"{deviation:.1e}")
    print({name: f"{deviation:.1e}" for name, deviation in {**deviations, **slips}.items()})

    assert len(deviations) == len(names) + 1  # Two losses and all weights but one.
    assert {name: value for name, value in deviations.items() if not value < 1e-6} == {}
    assert slips["loss"] < 2e-4
    assert slips["weights"] < 1e-3
