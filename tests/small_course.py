"""Networks, images and where the real data is: for tests, and for the processes that they start."""

import os

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"  # Before anything imports TensorFlow, and for the child processes.

import numpy as np

import dcgan_lib

_DCGAN = dcgan_lib.DCGAN  # TensorFlow's first import is the library's, which keeps its log lines back.

import keras  # noqa: E402

DATA = os.environ.get("DCGAN_DATA")  # Read once, before a test takes it away.


def build_dcgan(image_shape=(28, 28, 1), seed=1, kind=_DCGAN, **options):
    """Builds the lecture's two networks, with the same weights for the same seed."""
    keras.utils.set_random_seed(seed)
    return kind(dcgan_lib.build_generator(image_shape), dcgan_lib.build_discriminator(image_shape), **options)


def build_small_dcgan(seed=1, slope=0.2, kind=_DCGAN, **options):
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
    return kind(generator, discriminator, **options)


def build_images(count=40, image_shape=(4, 4, 1), seed=0):
    """Makes uint8 images without meaning."""
    return np.random.default_rng(seed).integers(0, 256, (count, *image_shape), dtype="uint8")
