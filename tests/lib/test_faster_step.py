"""The compiled step makes the numbers of the step as it is written, from the same variables."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_lib import DCGAN, TunedDCGAN
from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.speed.compiled import compile_update, faster
from dcgan_lib.system.machine import has_gpu

BATCH_SIZE = 32  # So many that the generator's convolution is computed by Winograd's algorithm.

on_a_cpu = pytest.mark.skipif(has_gpu(), reason="on a GPU XLA compiles the step as it is written")


def set_dropout(dcgan, rate):
    for layer in dcgan.discriminator.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = rate
    return dcgan


def without_kinks(dcgan):
    """Gives both networks smooth activations; no faster part replaces those.

    Where LeakyReLU's input is nearly 0, rounding decides which slope counts. On one processor that changes a gradient
    forty times as much as rounding does itself, on another one not at all.
    """
    for layer in (*dcgan.generator.layers, *dcgan.discriminator.layers):
        if isinstance(getattr(layer, "activation", None), keras.layers.LeakyReLU):
            layer.activation = keras.activations.softplus
    return dcgan


def batches(count, image_shape=(28, 28, 1)):
    rng = np.random.default_rng(0)
    return [
        (
            tf.constant(rng.uniform(-1, 1, (BATCH_SIZE, *image_shape)).astype("float32")),
            tf.constant(rng.normal(size=(BATCH_SIZE, 100)).astype("float32")),
        )
        for _ in range(count)
    ]


def as_written(dcgan):
    return tf.function(dcgan.update, autograph=False)


def difference(one, other):
    return np.linalg.norm(one - other) / np.linalg.norm(other)


def rounding_only(dcgan):
    """Returns the paths of the two variables that are nothing but rounding.

    BatchNormalization takes a mean away. So the bias in front of it has a gradient of 0 but for rounding, which Adam
    makes whole steps; and what a convolution makes of numbers with a mean of 0 has the bias as its mean.
    """
    return {dcgan.generator.layers[4].bias.path, dcgan.generator.layers[5].moving_mean.path}


@on_a_cpu
@pytest.mark.parametrize("kind", [DCGAN, TunedDCGAN], ids=["lecture", "tuned"])
@pytest.mark.parametrize("image_shape", [(28, 28, 1), (20, 32, 3)], ids=str)
def test_losses_and_gradients_are_the_same_but_for_rounding(new_dcgan, kind, image_shape):
    results = []
    for compile_step in (as_written, compile_update):
        dcgan = without_kinks(set_dropout(new_dcgan(image_shape, kind=kind), 0.0))
        # The size of an Adam step does not tell a small gradient from a large one: SGD does. The generator moves last,
        # so far that its weights' own rounding does not count.
        for name, rate in (("d", 0.1), ("g", 100.0)):
            optimizer = keras.optimizers.SGD(rate)
            optimizer.build(getattr(dcgan, f"{name}_variables"))
            setattr(dcgan, f"{name}_optimizer", optimizer)
        weights = [*dcgan.generator.weights, *dcgan.discriminator.weights]
        variables = [variable for variable in weights if variable.path not in rounding_only(dcgan)]
        before = [np.asarray(variable) for variable in variables]
        step = compile_step(dcgan)
        losses = step(*batches(1, image_shape)[0])
        changes = [np.asarray(variable) - old for variable, old in zip(variables, before, strict=True)]
        results.append(({name: float(value) for name, value in losses.items()}, changes))
    operations = {
        operation.type for operation in step.get_concrete_function(*batches(1, image_shape)[0]).graph.get_operations()
    }
    assert {"BatchMatMulV2", "FusedBatchNormV3"} <= operations
    (plain_losses, plain), (losses, ours) = results
    assert losses == pytest.approx(plain_losses, rel=1e-5)
    for variable, one, other in zip(variables, ours, plain, strict=True):
        assert np.abs(other).max() > 0, variable.path
        assert difference(one, other) < 3e-4, variable.path


@on_a_cpu
@pytest.mark.parametrize("kind", [DCGAN, TunedDCGAN], ids=["lecture", "tuned"])
def test_a_checkpoint_of_the_step_as_written_goes_on(new_dcgan, kind, tmp_path):
    first, second, third = batches(3)
    written = without_kinks(set_dropout(new_dcgan((28, 28, 1), kind=kind), 0.0))
    update = as_written(written)
    for batch in (first, second):
        update(*batch)
    path = Checkpoint.capture(written, {}, [], np.zeros((2, 4), "float32")).save(tmp_path)
    resumed = without_kinks(set_dropout(new_dcgan((28, 28, 1), kind=kind), 0.0))
    Checkpoint.read(path.read_bytes()).restore(resumed)
    update(*third)
    compile_update(resumed)(*third)
    after, expected = (Checkpoint.capture(dcgan, {}, [], np.zeros((3, 4), "float32")) for dcgan in (resumed, written))
    owners = (resumed.generator, resumed.discriminator, resumed.d_optimizer, resumed.g_optimizer)
    paths = [variable.path for owner in owners for variable in owner.variables]
    paths += [variable.path for variable in resumed.g_variables[: len(resumed.averages)]]
    noise = rounding_only(resumed)
    slots = [path.replace("/", "_") for path in noise]
    for path, one, other in zip(paths, after.arrays, expected.arrays, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        if not np.issubdtype(other.dtype, np.floating):
            np.testing.assert_array_equal(one, other)
        elif path not in noise and not any(slot in path for slot in slots) and np.abs(other).max() > 0:
            assert difference(one, other) < 3e-4, path


@on_a_cpu
def test_the_random_state_of_dropout_moves_on_as_in_the_step_as_written(new_dcgan):
    states = []
    for compile_step in (as_written, compile_update):
        dcgan = new_dcgan((8, 8, 1))
        step = compile_step(dcgan)
        for real, noise in batches(2, (8, 8, 1)):
            step(real, noise)
        states.append([np.asarray(v) for v in dcgan.discriminator.variables if v.name == "seed_generator_state"])
    assert len(states[0]) == 2
    np.testing.assert_array_equal(*states)


@on_a_cpu
@pytest.mark.parametrize("kind", [DCGAN, TunedDCGAN], ids=["lecture", "tuned"])
def test_each_part_is_in_place_while_the_step_is_traced_and_none_afterwards(new_dcgan, kind):
    dcgan = new_dcgan(kind=kind)
    layers = [*dcgan.generator.layers, *dcgan.discriminator.layers]

    def replaced():
        found = {
            (type(owner).__name__, name)
            for owner in (*layers, dcgan.d_optimizer, dcgan.g_optimizer)
            for name in ("call", "convolution_op", "update_step")
            if name in vars(owner)
        }
        return sorted(found)

    with faster(dcgan):
        assert replaced() == [
            ("Adam", "update_step"),
            ("BatchNormalization", "call"),
            ("Conv2D", "call"),
            ("Conv2D", "convolution_op"),
            ("Dropout", "call"),
            ("UpSampling2D", "call"),
        ]
    assert replaced() == []
