"""Each of the lecture's three updates moves the network that it is to move, and no other."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_lib import DCGAN, build_discriminator, build_generator

SHAPES = pytest.mark.parametrize("image_shape", [(28, 28, 1), (28, 28, 3)], ids=["gray", "colour"])


def weights_of(dcgan):
    return {"generator": dcgan.generator.get_weights(), "discriminator": dcgan.discriminator.get_weights()}


def moved(before, after):
    return [not np.array_equal(one, other) for one, other in zip(before, after, strict=True)]


def watched(new_dcgan, image_shape):
    """Builds a DCGAN, and a list that gets (whose optimizer, weights before, weights after) for each optimizer step."""
    notes = []

    class WatchedAdam(keras.optimizers.Adam):
        def apply(self, grads, trainable_variables=None):
            before = weights_of(dcgan)
            super().apply(grads, trainable_variables)
            owner = "discriminator" if self is dcgan.d_optimizer else "generator"
            notes.append((owner, before, weights_of(dcgan)))

    dcgan = new_dcgan(image_shape, d_optimizer=WatchedAdam(), g_optimizer=WatchedAdam())
    return dcgan, notes


def new_batch(image_shape, size=4, seed=0):
    rng = np.random.default_rng(seed)
    real = rng.uniform(-1, 1, (size, *image_shape)).astype("float32")
    return real, rng.normal(size=(size, 100)).astype("float32")


def cross_entropy(scores, label):
    scores = np.asarray(scores, "float64")
    return float(-np.log(scores if label else 1 - scores).mean())


@SHAPES
def test_the_discriminator_moves_in_its_two_updates_and_the_generator_in_its_own(new_dcgan, image_shape):
    dcgan, notes = watched(new_dcgan, image_shape)
    start = weights_of(dcgan)
    dcgan.update(*new_batch(image_shape))
    assert [owner for owner, _, _ in notes] == ["discriminator", "discriminator", "generator"]
    (_, first, second), (_, third, fourth), (_, fifth, sixth) = notes

    assert all(moved(first["discriminator"], second["discriminator"]))
    assert all(moved(third["discriminator"], fourth["discriminator"]))
    # Not even BatchNormalization's moving averages: what the discriminator is shown is drawn in inference mode.
    assert not any(moved(start["generator"], fourth["generator"]))

    assert not any(moved(fourth["discriminator"], sixth["discriminator"]))
    names = [weight.path for weight in dcgan.generator.weights]
    still = [
        name for name, moves in zip(names, moved(fourth["generator"], sixth["generator"]), strict=True) if not moves
    ]
    assert not still
    assert any(moved(fifth["generator"], sixth["generator"]))


@SHAPES
def test_both_networks_still_move_in_a_graph_after_a_change_of_batch_size(new_dcgan, image_shape):
    image_shape = (8, 8, image_shape[-1])
    dcgan = new_dcgan(image_shape)
    update = tf.function(dcgan.update, reduce_retracing=True)
    for size in (4, 3, 4):
        before = weights_of(dcgan)
        losses = update(*map(tf.constant, new_batch(image_shape, size, seed=size)))
        after = weights_of(dcgan)
        assert all(moved(before["discriminator"], after["discriminator"]))
        assert all(moved(before["generator"], after["generator"]))
        assert all(np.isfinite(value) for value in losses.values())


def test_losses_and_scores_are_the_batchs_own(new_dcgan):
    image_shape = (28, 28, 1)
    dcgan, notes = watched(new_dcgan, image_shape)
    for layer in dcgan.discriminator.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    generator, discriminator = build_generator(image_shape), build_discriminator(image_shape)
    for step in range(2):  # The second step shows that nothing is a running mean since the start.
        real, noise = new_batch(image_shape, seed=step)
        generator.set_weights(dcgan.generator.get_weights())
        notes.clear()
        losses = {name: float(value) for name, value in dcgan.update(real, noise).items()}
        first, second, third = (before["discriminator"] for _, before, _ in notes)

        discriminator.set_weights(first)
        on_real = discriminator(real, training=False)
        discriminator.set_weights(second)
        on_fake = discriminator(generator(noise, training=False), training=False)
        discriminator.set_weights(third)
        on_fooled = discriminator(generator(noise, training=True), training=False)

        d_loss = 0.5 * (cross_entropy(on_real, 1) + cross_entropy(on_fake, 0))
        assert losses == {
            "d_loss": pytest.approx(d_loss, rel=1e-5),
            "g_loss": pytest.approx(cross_entropy(on_fooled, 1), rel=1e-5),
            "d_real": pytest.approx(np.mean(on_real), rel=1e-5),
            "d_fake": pytest.approx(np.mean(on_fake), rel=1e-5),
        }


def test_dropout_is_on_while_the_discriminator_learns_and_while_the_generator_does(new_dcgan):
    """Frozen is not the same as inference: the slides' joined model drops out too."""
    dcgan = new_dcgan()
    seeds = [variable for variable in dcgan.discriminator.variables if "seed" in variable.name]
    before = [int(np.asarray(seed)[1]) for seed in seeds]
    dcgan.update(*new_batch((28, 28, 1)))
    drawn = [int(np.asarray(seed)[1]) - was for seed, was in zip(seeds, before, strict=True)]
    assert len(drawn) == 2 and drawn[0] == drawn[1] and drawn[0] // 3 > 0 and drawn[0] % 3 == 0


def test_a_frozen_flag_set_later_stops_neither_network(new_dcgan):
    """The trap of Keras 3: a list of variables that is empty, and an optimizer that says nothing."""
    dcgan = new_dcgan()
    dcgan.discriminator.trainable = False
    before = weights_of(dcgan)
    dcgan.update(*new_batch((28, 28, 1)))
    after = weights_of(dcgan)
    assert all(moved(before["discriminator"], after["discriminator"]))
    assert all(moved(before["generator"], after["generator"]))


def test_fit_trains_both_networks_on_float_images_and_tells_a_keras_callback(new_dcgan):
    dcgan = new_dcgan()
    before = weights_of(dcgan)
    told = []
    dcgan.compile()
    assert not dcgan.jit_compile or tf.config.list_physical_devices("GPU")
    images, _ = new_batch((28, 28, 1), size=10)
    callback = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: told.append(dict(logs)))
    history = dcgan.fit(images, batch_size=4, epochs=2, verbose=0, callbacks=[callback])
    assert len(told) == 6  # Batches of 4, 4 and 2, twice.
    assert all(set(logs) == {"d_loss", "g_loss", "d_real", "d_fake"} for logs in told)
    assert all(np.isfinite(list(logs.values())).all() for logs in told)
    assert len(history.history["g_loss"]) == 2
    after = weights_of(dcgan)
    assert all(moved(before["discriminator"], after["discriminator"]))
    assert all(moved(before["generator"], after["generator"]))


def test_calling_it_draws_what_its_generator_draws(new_dcgan):
    dcgan = new_dcgan((8, 12, 3))
    _, noise = new_batch((8, 12, 3))
    np.testing.assert_array_equal(dcgan(noise), dcgan.generator(noise, training=False))
    assert dcgan.image_shape == (8, 12, 3) and dcgan.latent_dim == 100


@pytest.mark.parametrize("role", ["generator", "discriminator"])
def test_a_frozen_network_is_refused_with_the_way_out(role):
    networks = {"generator": build_generator((8, 8, 1)), "discriminator": build_discriminator((8, 8, 1))}
    networks[role].trainable = False
    with pytest.raises(ValueError) as error:
        DCGAN(**networks)
    assert str(error.value) == (
        f"DCGAN: the {role} has no weights to train ({role}.trainable is False). Set {role}.trainable = True: DCGAN "
        f"itself keeps the discriminator still while the generator learns."
    )


def test_networks_that_do_not_fit_together_are_refused():
    with pytest.raises(ValueError) as error:
        DCGAN(build_generator((8, 8, 3)), build_discriminator((8, 8, 1)))
    assert str(error.value) == (
        "DCGAN: the generator must draw what the discriminator takes. Received: generator output (None, 8, 8, 3), "
        "discriminator input (None, 8, 8, 1). Build both with the same image_shape."
    )


def test_one_optimizer_for_both_networks_is_refused():
    adam = keras.optimizers.Adam()
    with pytest.raises(ValueError, match="an optimizer each. Received: one optimizer for both"):
        DCGAN(build_generator((8, 8, 1)), build_discriminator((8, 8, 1)), d_optimizer=adam, g_optimizer=adam)


def test_the_slides_code_as_written_raises_kerass_warning_here():
    """What this kit repairs: on Keras 3 the slides' discriminator never trains, and a warning is all that says so."""
    generator, discriminator = build_generator((8, 8, 1)), build_discriminator((8, 8, 1))
    discriminator.compile(loss="binary_crossentropy", optimizer="adam")
    discriminator.trainable = False
    noise = keras.Input((100,))
    gan = keras.Model(noise, discriminator(generator(noise)))
    gan.compile(loss="binary_crossentropy", optimizer="adam")
    before = discriminator.get_weights()
    real, _ = new_batch((8, 8, 1))
    with pytest.raises(UserWarning, match="does not have any trainable weights"):
        discriminator.train_on_batch(real, np.ones((len(real), 1)))
    assert not any(moved(before, discriminator.get_weights()))


def test_an_optimizer_step_over_nothing_is_an_error_in_these_tests():
    adam = keras.optimizers.Adam()
    with pytest.raises(AssertionError, match="empty list of variables"):
        adam.apply([], [])
