"""The lecture's two networks, layer by layer as on its slides."""

from keras import Input, Sequential
from keras.layers import (
    Activation,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    Reshape,
    UpSampling2D,
)

from dcgan_lib.speed.precision import check_weights
from dcgan_lib.system.arguments import check_integer, is_integer
from dcgan_lib.system.defaults import keras_defaults


@keras_defaults()
def build_generator(image_shape=(28, 28, 1), latent_dim=100):
    """Builds the lecture's generator: noise in, images out.

    The two `UpSampling2D` layers double height and width, so the first layer draws a map of a
    quarter of the size. The slides are `image_shape=(28, 28, 1)`: 865,281 parameters, of which
    852,609 are trainable. (Slides "생성자 만들기 1/3 - 3/3"; architecture after Radford et al. 2015.)

    Args:
        image_shape: `(height, width, channels)`; height and width divisible by 4.
        latent_dim: Length of a noise vector.

    Returns:
        A `keras.Sequential`: float32 `(batch, latent_dim)`, normal noise, to float32
        `(batch, height, width, channels)` in [-1, 1].

    Raises:
        ValueError: If `image_shape` or `latent_dim` is not as above.
    """
    height, width, channels = _checked_image_shape("build_generator", image_shape)
    check_integer("build_generator", "latent_dim", latent_dim)
    return Sequential(
        [
            Input((latent_dim,)),
            Dense(128 * (height // 4) * (width // 4), activation=LeakyReLU(negative_slope=0.2)),
            BatchNormalization(),
            Reshape((height // 4, width // 4, 128)),
            UpSampling2D(),
            Conv2D(64, kernel_size=5, padding="same"),
            BatchNormalization(),
            Activation(LeakyReLU(negative_slope=0.2)),
            UpSampling2D(),
            Conv2D(channels, kernel_size=5, padding="same", activation="tanh"),
        ],
        name="generator",
    )


@keras_defaults()
def build_discriminator(image_shape=(28, 28, 1)):
    """Builds the lecture's discriminator: images in, the probability that each is real out.

    It is not compiled and nothing is frozen: `DCGAN.update` chooses in each of its three updates
    whose weights move. The slides are `image_shape=(28, 28, 1)`: 212,865 parameters.
    (Slides "판별자 만들기 1/2 - 2/2".)

    Args:
        image_shape: `(height, width, channels)`; height and width divisible by 4.

    Returns:
        A `keras.Sequential`: float32 `(batch, height, width, channels)` in [-1, 1] to float32
        `(batch, 1)` in [0, 1], where 1 means real.

    Raises:
        ValueError: If `image_shape` is not as above.
    """
    return Sequential(
        [
            Input(_checked_image_shape("build_discriminator", image_shape)),
            Conv2D(64, kernel_size=5, strides=2, padding="same"),
            Activation(LeakyReLU(negative_slope=0.2)),
            Dropout(0.3),
            Conv2D(128, kernel_size=5, strides=2, padding="same"),
            Activation(LeakyReLU(negative_slope=0.2)),
            Dropout(0.3),
            Flatten(),
            Dense(1, activation="sigmoid"),
        ],
        name="discriminator",
    )


def _checked_image_shape(caller, image_shape):
    shape = tuple(image_shape) if isinstance(image_shape, (tuple, list)) else ()
    are_integers = len(shape) == 3 and all(map(is_integer, shape))
    if not are_integers or shape[0] % 4 or shape[1] % 4:
        raise ValueError(
            f"{caller}: image_shape must be (height, width, channels) with height and width divisible by 4, "
            f"such as (28, 28, 1). Received: image_shape={image_shape!r}."
        )
    return shape


def check_networks(generator, discriminator):
    """Refuses a network without weights to train, and two of which one does not take what the other draws."""
    for role, network in (("generator", generator), ("discriminator", discriminator)):
        check_weights(role, network)
        if not network.trainable_variables:
            raise ValueError(
                f"DCGAN: the {role} has no weights to train ({role}.trainable is {network.trainable}). Set "
                f"{role}.trainable = True: DCGAN itself keeps the discriminator still while the generator learns."
            )
    if generator.output_shape != discriminator.input_shape:
        raise ValueError(
            f"DCGAN: the generator must draw what the discriminator takes. Received: generator output "
            f"{generator.output_shape}, discriminator input {discriminator.input_shape}. "
            f"Build both with the same image_shape."
        )
