"""Fusing changes how UpSampling2D and Conv2D are computed, and nothing that they compute."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import Sequential, layers

from dcgan_lib import build_generator
from dcgan_lib.speed.upsampling import fuse_kernel, fuse_upsampling


def fused(network):
    def call(inputs, training):
        with fuse_upsampling(network):
            return network(inputs, training=training)

    return call


def new_pair(kernel_size, channels=5, filters=3, shape=(6, 9), dtype="float32", activation="tanh", **options):
    pair = Sequential(
        [
            keras.Input((*shape, channels), dtype=dtype),
            layers.UpSampling2D(dtype=dtype),
            layers.Conv2D(filters, kernel_size, padding="same", activation=activation, dtype=dtype, **options),
        ]
    )
    rng = np.random.default_rng(0)
    pair.set_weights([rng.normal(0, 0.3, weight.shape) for weight in pair.get_weights()])  # Biases too.
    return pair


def outputs_and_gradients(function, inputs, variables, weights, training):
    inputs = tf.constant(inputs)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        outputs = function(inputs, training=training)
        loss = tf.reduce_sum(outputs * weights)
    return [outputs.numpy(), *(gradient.numpy() for gradient in tape.gradient(loss, [inputs, *variables]))]


def assert_same_to(bound, network, inputs, training=False):
    rng = np.random.default_rng(1)
    variables = list(network.trainable_variables)
    weights = rng.normal(size=(len(inputs), *network.output_shape[1:])).astype(inputs.dtype)
    plain = outputs_and_gradients(network, inputs, variables, weights, training)
    ours = outputs_and_gradients(fused(network), inputs, variables, weights, training)
    names = ["outputs", "gradient of the inputs", *(f"gradient of {variable.path}" for variable in variables)]
    for name, one, other in zip(names, ours, plain, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype, name
        assert np.abs(other).max() > 0, f"{name}: nothing to compare"
        assert np.abs(one - other).max() <= bound * np.abs(other).max(), name


def is_fused(network):
    """Whether the graph of the fused network has a `depth_to_space`, and so no doubled image."""
    function = fused(network)
    specification = tf.TensorSpec((2, *network.input_shape[1:]), network.inputs[0].dtype)
    graph = tf.function(lambda inputs: function(inputs, training=False)).get_concrete_function(specification).graph
    return any(operation.type == "DepthToSpace" for operation in graph.get_operations())


@pytest.mark.parametrize("kernel_size", [1, 3, 5, 7])
@pytest.mark.parametrize("filters", [1, 3], ids=["gray", "colour"])
def test_a_fused_pair_is_exact_in_double_precision(kernel_size, filters):
    pair = new_pair(kernel_size, filters=filters, dtype="float64")
    assert is_fused(pair)
    assert_same_to(1e-13, pair, np.random.default_rng(2).normal(size=(2, 6, 9, 5)))


@pytest.mark.parametrize("kernel_size", [3, 5])
@pytest.mark.parametrize("use_bias", [True, False])
def test_a_fused_pair_differs_by_rounding_only_in_single_precision(kernel_size, use_bias):
    pair = new_pair(kernel_size, use_bias=use_bias, activation=layers.LeakyReLU(negative_slope=0.2))
    assert is_fused(pair)
    assert_same_to(2e-6, pair, np.random.default_rng(2).normal(size=(2, 6, 9, 5)).astype("float32"))


@pytest.mark.parametrize("training", [False, True], ids=["inference", "training"])
@pytest.mark.parametrize("image_shape", [(28, 28, 1), (28, 28, 3), (56, 56, 1), (28, 40, 3)])
def test_the_lectures_generator_fused_draws_the_same_and_learns_the_same(image_shape, training):
    keras.utils.set_random_seed(3)
    generator = build_generator(image_shape)
    assert is_fused(generator)
    before = generator.layers[4].bias.path
    noise = np.random.default_rng(0).normal(size=(4, 100)).astype("float32")
    if training:  # The gradient of a bias in front of BatchNormalization is nothing but rounding.
        generator.layers[4].bias.assign(np.linspace(-1, 1, 64))
        generator.layers[4].use_bias, generator.layers[4].bias.trainable = True, False
        assert before not in [variable.path for variable in generator.trainable_variables]
    assert_same_to(2e-5, generator, noise, training=training)


def test_a_fused_generator_moves_batch_normalizations_averages_alike():
    averages = []
    noise = np.random.default_rng(0).normal(size=(8, 100)).astype("float32")
    for way in (lambda network: network, fused):
        keras.utils.set_random_seed(3)
        generator = build_generator((8, 8, 1))
        way(generator)(noise, training=True)
        averages.append(np.concatenate([np.ravel(variable) for variable in generator.non_trainable_variables]))
    np.testing.assert_allclose(*averages, rtol=1e-5, atol=1e-7)


def test_the_variables_are_shared_and_the_model_is_left_as_it_was():
    pair = new_pair(5)
    layers_before, weights_before = list(pair.layers), pair.get_weights()
    compute = fused(pair)
    assert pair.layers == layers_before
    inputs = np.random.default_rng(2).normal(size=(1, 6, 9, 5)).astype("float32")
    before = compute(inputs, training=False).numpy()
    for ours, theirs in zip(pair.get_weights(), weights_before, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    pair.set_weights([2 * weight for weight in weights_before])
    after = compute(inputs, training=False).numpy()
    assert np.abs(after - before).max() > 0.1
    np.testing.assert_allclose(after, pair(inputs), rtol=1e-5, atol=1e-6)


def test_the_fused_kernel_of_the_lecture_has_nine_taps_and_four_times_the_filters():
    kernel = tf.ones((5, 5, 2, 3))
    kernel_of_the_small_image = fuse_kernel(kernel)
    assert kernel_of_the_small_image.shape == (3, 3, 2, 12)
    # Each new pixel still sums 25 taps.
    np.testing.assert_array_equal(tf.reduce_sum(kernel_of_the_small_image, (0, 1)), np.full((2, 12), 25.0))
    assert fuse_kernel(tf.ones((3, 3, 1, 1))).shape == (3, 3, 1, 4)


@pytest.mark.parametrize(
    "following",
    [
        [layers.UpSampling2D(3), layers.Conv2D(2, 5, padding="same")],
        [layers.UpSampling2D((2, 1)), layers.Conv2D(2, 5, padding="same")],
        [layers.UpSampling2D(interpolation="bilinear"), layers.Conv2D(2, 5, padding="same")],
        [layers.UpSampling2D(), layers.Conv2D(2, 5)],
        [layers.UpSampling2D(), layers.Conv2D(2, 4, padding="same")],
        [layers.UpSampling2D(), layers.Conv2D(2, (3, 5), padding="same")],
        [layers.UpSampling2D(), layers.Conv2D(2, 5, strides=2, padding="same")],
        [layers.UpSampling2D(), layers.Conv2D(2, 3, dilation_rate=2, padding="same")],
        [layers.UpSampling2D(), layers.Conv2D(4, 3, groups=2, padding="same")],
        [layers.UpSampling2D(), layers.Activation("relu"), layers.Conv2D(2, 5, padding="same")],
        [layers.Conv2D(2, 5, padding="same"), layers.UpSampling2D()],
    ],
    ids=lambda pair: "-".join(layer.name for layer in pair),
)
def test_other_layers_are_computed_as_they_are(following):
    network = Sequential([keras.Input((6, 6, 4)), *following])
    assert not is_fused(network)
    inputs = np.random.default_rng(0).normal(size=(2, 6, 6, 4)).astype("float32")
    np.testing.assert_array_equal(fused(network)(inputs, training=False), network(inputs, training=False))


def test_a_model_that_is_no_sequence_is_called_as_it_is():
    inputs = keras.Input((4, 4, 2))
    doubled = layers.UpSampling2D()(inputs)
    model = keras.Model(inputs, layers.Add()([doubled, layers.Conv2D(2, 3, padding="same")(doubled)]))
    images = np.random.default_rng(0).normal(size=(2, 4, 4, 2)).astype("float32")
    np.testing.assert_array_equal(fused(model)(images, training=False), model(images))


def test_layers_that_behave_differently_in_training_are_told_so():
    network = Sequential([keras.Input((400,)), layers.Dropout(0.5)])
    ones = np.ones((1, 400), "float32")
    np.testing.assert_array_equal(fused(network)(ones, training=False), ones)
    dropped = fused(network)(ones, training=True).numpy()
    assert 100 < np.sum(dropped == 0) < 300
