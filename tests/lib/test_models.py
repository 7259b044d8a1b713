"""The lecture's networks have the lecture's layers and numbers."""

import keras
import numpy as np
import pytest
from keras import Input, Model

from dcgan_lib import build_discriminator, build_generator

# The slides' summaries: type, output shape without the batch, parameters.
GENERATOR = [
    ("Dense", (6272,), 633_472),
    ("BatchNormalization", (6272,), 25_088),
    ("Reshape", (7, 7, 128), 0),
    ("UpSampling2D", (14, 14, 128), 0),
    ("Conv2D", (14, 14, 64), 204_864),
    ("BatchNormalization", (14, 14, 64), 256),
    ("Activation", (14, 14, 64), 0),
    ("UpSampling2D", (28, 28, 64), 0),
    ("Conv2D", (28, 28, 1), 1_601),
]
DISCRIMINATOR = [
    ("Conv2D", (14, 14, 64), 1_664),
    ("Activation", (14, 14, 64), 0),
    ("Dropout", (14, 14, 64), 0),
    ("Conv2D", (7, 7, 128), 204_928),
    ("Activation", (7, 7, 128), 0),
    ("Dropout", (7, 7, 128), 0),
    ("Flatten", (6272,), 0),
    ("Dense", (1,), 6_273),
]


def list_layers(network):
    return [(type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params()) for layer in network.layers]


def count(weights):
    return sum(int(np.prod(weight.shape)) for weight in weights)


def test_the_generator_has_the_slides_layers_shapes_and_parameter_counts():
    generator = build_generator()
    assert list_layers(generator) == GENERATOR
    assert generator.count_params() == 865_281
    assert count(generator.trainable_weights) == 852_609
    assert count(generator.non_trainable_weights) == 12_672
    assert generator.input_shape == (None, 100)


def test_the_discriminator_has_the_slides_layers_shapes_and_parameter_counts():
    discriminator = build_discriminator()
    assert list_layers(discriminator) == DISCRIMINATOR
    assert discriminator.count_params() == count(discriminator.trainable_weights) == 212_865
    assert discriminator.input_shape == (None, 28, 28, 1)


def test_the_joined_model_has_the_slides_parameter_counts_once_the_discriminator_is_frozen():
    generator, discriminator = build_generator(), build_discriminator()
    noise = Input((100,))
    discriminator.trainable = False
    gan = Model(noise, discriminator(generator(noise)))
    assert gan.count_params() == 1_078_146
    assert count(gan.trainable_weights) == 852_609
    assert count(gan.non_trainable_weights) == 225_537


def test_colour_changes_two_numbers_and_with_them_the_counts():
    generator, discriminator = build_generator((28, 28, 3)), build_discriminator((28, 28, 3))
    assert generator.count_params() == 868_483
    assert discriminator.count_params() == 216_065
    changed = [
        at for at, (ours, gray) in enumerate(zip(list_layers(generator), GENERATOR, strict=True)) if ours != gray
    ]
    assert changed == [8]
    changed = [
        at
        for at, (ours, gray) in enumerate(zip(list_layers(discriminator), DISCRIMINATOR, strict=True))
        if ours != gray
    ]
    assert changed == [0]


def test_activations_rates_kernels_and_strides_are_the_slides():
    generator, discriminator = build_generator().layers, build_discriminator().layers
    leaky = [generator[0].activation, generator[6].activation, discriminator[1].activation, discriminator[4].activation]
    assert [type(activation).__name__ for activation in leaky] == ["LeakyReLU"] * 4
    assert [activation.negative_slope for activation in leaky] == pytest.approx([0.2] * 4)
    assert generator[8].activation is keras.activations.tanh
    assert discriminator[7].activation is keras.activations.sigmoid
    assert [discriminator[2].rate, discriminator[5].rate] == [0.3, 0.3]
    convolutions = [generator[4], generator[8], discriminator[0], discriminator[3]]
    assert [layer.kernel_size for layer in convolutions] == [(5, 5)] * 4
    assert [layer.strides for layer in convolutions] == [(1, 1), (1, 1), (2, 2), (2, 2)]
    assert [layer.padding for layer in convolutions] == ["same"] * 4
    assert [layer.activation for layer in convolutions[:1] + convolutions[2:]] == [keras.activations.linear] * 3
    assert [(layer.size, layer.interpolation) for layer in (generator[3], generator[7])] == [((2, 2), "nearest")] * 2
    assert [(layer.momentum, layer.epsilon) for layer in (generator[1], generator[5])] == [(0.99, 1e-3)] * 2


@pytest.mark.parametrize("image_shape", [(4, 4, 1), (28, 36, 1), (56, 56, 3), [8, 8, 1]])
def test_any_height_and_width_divisible_by_four_fit_together(image_shape):
    generator, discriminator = build_generator(image_shape, latent_dim=7), build_discriminator(image_shape)
    images = generator(np.random.default_rng(0).normal(size=(2, 7)).astype("float32"), training=False).numpy()
    assert images.shape == (2, *image_shape) and images.dtype == np.float32
    assert np.abs(images).max() <= 1
    scores = discriminator(images, training=False).numpy()
    assert scores.shape == (2, 1) and (0 < scores).all() and (scores < 1).all()


@pytest.mark.parametrize("build", [build_generator, build_discriminator])
@pytest.mark.parametrize(
    "image_shape", [(28, 28), (28, 28, 1, 1), (30, 28, 1), (28, 27, 1), (28.0, 28, 1), (0, 4, 1), 28]
)
def test_an_image_shape_that_does_not_fit_is_named_in_a_sentence(build, image_shape):
    with pytest.raises(ValueError) as error:
        build(image_shape)
    assert str(error.value) == (
        f"{build.__name__}: image_shape must be (height, width, channels) with height and width divisible by 4, "
        f"such as (28, 28, 1). Received: image_shape={image_shape!r}."
    )


@pytest.mark.parametrize("latent_dim", [0, -1, 2.5, "100", None, True])
def test_a_latent_dim_that_is_no_length_is_named_in_a_sentence(latent_dim):
    with pytest.raises(ValueError) as error:
        build_generator(latent_dim=latent_dim)
    assert str(error.value) == (
        f"build_generator: latent_dim must be a whole number of at least 1. Received: latent_dim={latent_dim!r}."
    )


def test_a_saved_generator_draws_the_same_pictures_where_dcgan_lib_was_never_imported(
    new_dcgan, digits, tmp_path, run_child
):
    dcgan = new_dcgan()
    noise = np.random.default_rng(0).normal(size=(4, 100)).astype("float32")
    dcgan.update(digits[:4].astype("float32") / 127.5 - 1, noise)  # BatchNormalization has moved from its start.
    dcgan.generator.save(tmp_path / "generator.keras")
    np.save(tmp_path / "noise.npy", noise)
    out, _ = run_child(
        "import keras, numpy as np, sys\n"
        "generator = keras.models.load_model('generator.keras')\n"
        "np.save('drawn.npy', generator(np.load('noise.npy'), training=False))\n"
        "print('dcgan_lib' in sys.modules)"
    )
    assert out.split()[-1] == "False"
    np.testing.assert_array_equal(np.load(tmp_path / "drawn.npy"), dcgan.generator(noise, training=False))
