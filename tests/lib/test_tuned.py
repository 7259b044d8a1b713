"""TunedDCGAN changes how the networks are trained and nothing else."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_lib import DCGAN, History, TunedDCGAN, build_discriminator, build_generator, train
from dcgan_lib.run.provenance import describe_recipe
from dcgan_lib.speed.compiled import compile_update


def without_dropout(network):
    for layer in network.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    return network


def state_of(dcgan):
    return [np.asarray(weight) for network in (dcgan.generator, dcgan.discriminator) for weight in network.weights]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_the_lectures_class_has_the_lectures_values(new_small_dcgan):
    dcgan = new_small_dcgan()
    assert dcgan.batch_size == 32 and describe_recipe(dcgan) == {
        "name": "lecture",
        "batch_size": 32,
        "learning_rate": 1e-3,
        "beta_1": 0.9,
        "beta_2": 0.999,
        "one_pass": False,
        "r1": 0.0,
        "averaging": None,
        "steady_steps": None,
        "augment": None,
    }
    for optimizer in (dcgan.d_optimizer, dcgan.g_optimizer):
        expected = keras.optimizers.Adam().get_config()
        assert {**optimizer.get_config(), "name": ""} == {**expected, "name": ""}
    assert dcgan.averages == []


@pytest.mark.parametrize("kind", [DCGAN, TunedDCGAN])
def test_neither_class_changes_networks_parameter_counts_and_weights(kind):
    generator, discriminator = build_generator(), build_discriminator()
    before = generator.get_weights() + discriminator.get_weights()
    dcgan = kind(generator, discriminator)
    assert same(before, state_of(dcgan))
    assert (generator.count_params(), discriminator.count_params()) == (865_281, 212_865)


@pytest.mark.parametrize("name", ["d_optimizer", "g_optimizer"])
def test_the_tuned_class_brings_its_own_optimizers_and_takes_no_others(new_small_dcgan, name):
    with pytest.raises(TypeError, match=name):
        new_small_dcgan(kind=TunedDCGAN, **{name: keras.optimizers.SGD()})


def test_a_discriminator_that_does_not_end_in_a_sigmoid_is_refused_before_anything_is_trained():
    images = keras.Input((8, 8, 1))
    discriminator = keras.Model(images, keras.layers.Dense(1)(keras.layers.Flatten()(images)))
    with pytest.raises(ValueError, match="TunedDCGAN: the discriminator's last layer must be a sigmoid"):
        TunedDCGAN(build_generator((8, 8, 1)), discriminator)


@pytest.mark.parametrize("kind", [DCGAN, TunedDCGAN])
def test_without_a_batch_size_a_run_takes_the_classs(new_small_dcgan, small_images, tmp_path, kind, capsys):
    history = train(new_small_dcgan(kind=kind), small_images, 2, output_dir=tmp_path / "run")
    assert history.run["parameters"]["batch_size"] == kind.batch_size
    assert history.run["recipe"]["name"] == kind.recipe_name


@pytest.mark.parametrize("step", [0, 1, 15, 16])
def test_one_pass_gives_both_networks_the_gradients_of_their_own_losses(new_dcgan, step):
    """The generator's gradient is taken from the discriminator's pass back; it is that of its own loss all the same.

    Every sixteenth step the discriminator's loss has R1, for all sixteen.
    """
    dcgan = new_dcgan(kind=TunedDCGAN)
    generator, discriminator = dcgan.generator, without_dropout(dcgan.discriminator)
    taken = {}

    class Spy(keras.optimizers.SGD):
        def apply(self, grads, trainable_variables=None):
            taken[self.name] = [np.array(gradient) for gradient in grads]

    dcgan.d_optimizer, dcgan.g_optimizer = Spy(name="d"), Spy(name="g")
    dcgan.d_optimizer.iterations.assign(step)
    rng = np.random.default_rng(0)
    real, noise = rng.uniform(-1, 1, (6, 28, 28, 1)).astype("float32"), rng.normal(size=(6, 100)).astype("float32")
    losses = dcgan.update(real, noise)
    entropy = keras.losses.BinaryCrossentropy()
    with tf.GradientTape(persistent=True) as tape:
        fake = generator(noise, training=True)
        of_real, of_fake = discriminator(real, training=True), discriminator(fake, training=True)
        on_real, on_fake = entropy(tf.ones((6, 1)), of_real), entropy(tf.zeros((6, 1)), of_fake)
        d_loss, g_loss = on_real + on_fake, entropy(tf.ones((6, 1)), of_fake)
        with tf.GradientTape() as by_pixel:
            by_pixel.watch(pixels := tf.constant(real))
            probability = discriminator(pixels, training=False)
            logit = tf.math.log(probability) - tf.math.log(1 - probability)
        slope = by_pixel.gradient(logit, pixels)
        r1 = TunedDCGAN.r1 / 2 * tf.reduce_mean(tf.reduce_sum(tf.square(slope), (1, 2, 3)))
        d_learns_from = d_loss + 16 * r1 if step % 16 == 0 else d_loss
    for name, loss, network in (("d", d_learns_from, discriminator), ("g", g_loss, generator)):
        expected = tape.gradient(loss, network.trainable_variables)
        largest = max(np.abs(gradient).max() for gradient in expected)
        for one, other in zip(taken[name], expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5 * largest)
    assert float(losses["d_loss"]) == pytest.approx(float(d_loss) / 2, rel=1e-5)
    assert float(losses["g_loss"]) == pytest.approx(float(g_loss), rel=1e-5)
    assert float(losses["d_real"]) == pytest.approx(float(tf.reduce_mean(of_real)), rel=1e-5)
    assert float(losses["d_fake"]) == pytest.approx(float(tf.reduce_mean(of_fake)), rel=1e-5)


def test_a_tuned_run_that_is_cut_into_parts_gives_the_same_bits(new_small_dcgan, small_images, tmp_path):
    whole, parts = new_small_dcgan(kind=TunedDCGAN), None
    train(whole, small_images, 30, 4, 10, output_dir=tmp_path / "whole" / "run")
    for steps in (7, 30):
        parts = new_small_dcgan(kind=TunedDCGAN)
        train(parts, small_images, steps, 4, 10, output_dir=tmp_path / "parts" / "run", resume=True)
    assert same(state_of(whole), state_of(parts)) and same(whole.averages, parts.averages)
    for step in (0, 10, 20):
        name = f"run/gan_run_{step}.png"
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


def test_after_5000_steps_the_steps_become_smaller_and_the_lectures_do_not(new_small_dcgan):
    tuned, lecture = new_small_dcgan(kind=TunedDCGAN), new_small_dcgan()
    for steps, rate in ((0, 1e-3), (4_999, 1e-3), (19_999, 5e-4), (44_999, 1e-3 / 3)):
        for optimizer in (tuned.d_optimizer, tuned.g_optimizer, lecture.d_optimizer, lecture.g_optimizer):
            optimizer.iterations.assign(steps)
        assert float(tuned.d_optimizer.learning_rate) == float(tuned.g_optimizer.learning_rate)
        assert float(tuned.g_optimizer.learning_rate) == pytest.approx(rate)
        assert float(lecture.d_optimizer.learning_rate) == float(lecture.g_optimizer.learning_rate) == np.float32(1e-3)


def test_a_run_that_goes_on_makes_its_steps_as_small_as_if_it_had_never_stopped(
    new_small_dcgan, small_images, tmp_path
):
    """Adam's first step moves each weight by the rate; so it does at any step, without a memory of earlier ones."""
    early = type("Early", (TunedDCGAN,), {"steady_steps": 2, "beta_2": 0.0, "r1": 0.0})
    whole = new_small_dcgan(kind=early)
    moved = []
    for steps in (1, 2, 8, 9):
        before = [np.asarray(weight) for weight in whole.d_variables]
        train(whole, small_images, steps, 4, output_dir=tmp_path / "whole", resume=True)
        moved.append(
            max(np.abs(np.asarray(weight) - old).max() for weight, old in zip(whole.d_variables, before, strict=True))
        )
    assert moved[0] == pytest.approx(1e-3, rel=0.01) and moved[1] == pytest.approx(1e-3, rel=0.01)
    assert moved[3] == pytest.approx(1e-3 * (2 / 9) ** 0.5, rel=0.01)


@pytest.mark.slow
def test_the_lectures_networks_tuned_give_the_same_bits_twice(new_dcgan, digits, tmp_path):
    ends = []
    for number in range(2):
        dcgan = new_dcgan(kind=TunedDCGAN)
        train(dcgan, digits[:100], 6, 16, output_dir=tmp_path / str(number))
        ends.append(state_of(dcgan))
    assert same(*ends)


def test_a_lectures_run_cannot_be_gone_on_with_as_a_tuned_one(new_small_dcgan, small_images, tmp_path, monkeypatch):
    train(new_small_dcgan(), small_images, 5, 4, output_dir=tmp_path / "run")
    history = History.load(tmp_path / "run")
    history.run["finished"] = False
    history.save(tmp_path / "run")
    with pytest.raises(ValueError, match="holds an unfinished run .*of something else.*optimizer"):
        train(new_small_dcgan(kind=TunedDCGAN), small_images, 9, 4, output_dir=tmp_path / "run", resume=True)


def test_the_average_follows_the_weights_and_the_generator_holds_it_in_the_end(new_small_dcgan, small_images, tmp_path):
    """Computed once more in NumPy, from the weights after each step."""
    dcgan = new_small_dcgan(kind=TunedDCGAN)
    expected = [np.asarray(weight).astype("float64") for weight in dcgan.generator.trainable_variables]
    rng = np.random.default_rng(0)
    for step in range(1, 15):
        dcgan.update(rng.uniform(-1, 1, (4, 4, 4, 1)).astype("float32"), rng.normal(size=(4, 6)).astype("float32"))
        stays = min(TunedDCGAN.averaging, (1 + step) / (10 + step))
        for average, weight in zip(expected, dcgan.generator.trainable_variables, strict=True):
            average += (1 - stays) * (np.asarray(weight) - average)
    for average, theirs in zip(expected, dcgan.averages, strict=True):
        np.testing.assert_allclose(theirs, average, rtol=1e-4, atol=1e-6)
    last = dcgan.generator.get_weights()
    with dcgan.weights_to_draw_with() as generator:
        for average, weight in zip(expected, generator.trainable_variables, strict=True):
            np.testing.assert_allclose(weight, average, rtol=1e-4, atol=1e-6)
        assert not same(last, generator.get_weights())
    assert same(last, dcgan.generator.get_weights())
    train(dcgan, small_images, 3, 4, output_dir=tmp_path / "run")
    assert same(dcgan.generator.trainable_variables, dcgan.averages)


def test_the_averages_statistics_are_those_of_its_own_pictures(new_dcgan):
    """Drawing with and without the batch's own statistics then gives nearly the same pictures."""
    dcgan = new_dcgan(kind=TunedDCGAN)
    rng = np.random.default_rng(0)
    for _ in range(3):
        dcgan.update(rng.uniform(-1, 1, (8, 28, 28, 1)).astype("float32"), rng.normal(size=(8, 100)).astype("float32"))
    noise = rng.normal(size=(500, 100)).astype("float32")

    def apart():
        before = dcgan.generator.get_weights()
        stored, own = dcgan.generator(noise, training=False), dcgan.generator(noise, training=True)
        dcgan.generator.set_weights(before)
        return float(np.abs(stored - own).mean() / np.std(own))

    without = apart()
    dcgan.take_averages()
    assert apart() < 0.1 < without


def test_the_statistics_of_a_generator_inside_of_another_are_measured_too():
    layers = keras.layers
    inner = keras.Sequential([keras.Input((6,)), layers.Dense(16), layers.BatchNormalization()])
    generator = keras.Sequential([keras.Input((6,)), inner, layers.Activation("tanh"), layers.Reshape((4, 4, 1))])
    discriminator = keras.Sequential([layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    dcgan = TunedDCGAN(generator, discriminator)
    dcgan.take_averages()
    noise = np.random.default_rng(0).normal(size=(1_000, 6)).astype("float32")
    stored, own = generator(noise, training=False), generator(noise, training=True)
    assert np.abs(stored - own).mean() < 0.1 * np.std(own)


def test_pictures_that_are_measured_or_kept_have_statistics_of_ten_times_as_many_images(new_small_dcgan):
    dcgan = new_small_dcgan(kind=TunedDCGAN)
    dcgan.update(np.ones((4, 4, 4, 1), "float32"), np.random.default_rng(0).normal(size=(4, 6)).astype("float32"))

    def statistics(batches):
        with dcgan.weights_to_draw_with(batches) as generator:
            return np.concatenate([weight.numpy().ravel() for weight in generator.non_trainable_variables])

    many = statistics(200)
    errors = [np.abs(statistics(batches) - many).mean() for batches in (1, 10)]
    assert 0 < errors[1] < 0.7 * errors[0]
    dcgan.take_averages()
    kept = np.concatenate([weight.numpy().ravel() for weight in dcgan.generator.non_trainable_variables])
    assert np.array_equal(kept, statistics(10))


class Stopping(keras.Layer):
    """A layer in which somebody presses Ctrl-C."""

    is_pressed = False

    def call(self, inputs):
        if self.is_pressed:
            raise KeyboardInterrupt
        return inputs


def test_an_interrupt_while_the_averages_are_put_in_place_changes_nothing():
    layers, stopping = keras.layers, Stopping()
    parts = [layers.Dense(16), layers.BatchNormalization(momentum=0.9), stopping, layers.Reshape((4, 4, 1))]
    generator = keras.Sequential([keras.Input((6,)), *parts])
    discriminator = keras.Sequential([layers.Input((4, 4, 1)), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    dcgan = TunedDCGAN(generator, discriminator)
    dcgan.update(np.ones((4, 4, 4, 1), "float32"), np.random.default_rng(0).normal(size=(4, 6)).astype("float32"))
    last, stopping.is_pressed = generator.get_weights(), True
    with pytest.raises(KeyboardInterrupt):
        with dcgan.weights_to_draw_with():
            pass
    assert same(generator.get_weights(), last) and parts[1].momentum == 0.9


def test_bfloat16_and_the_tuned_class_go_together(new_dcgan):
    try:
        dcgan = new_dcgan(kind=TunedDCGAN, precision="bfloat16")
    except ValueError as error:
        assert "no bfloat16 arithmetic" in str(error)
        return
    losses = compile_update(dcgan)(np.zeros((4, 28, 28, 1), "float32"), np.ones((4, 100), "float32"))
    assert all(np.isfinite(value) for value in losses.values())
