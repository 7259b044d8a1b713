"""The check of exercise 2.5: `train_step`, on two tiny networks."""

from dcgan_course.exercises.checks.measured import UnusableResult

STEPS = 2  # The second step shows what the first one left behind, such as a discriminator that stays frozen.


def measure_step(train_step, rng):
    """Makes two steps with secret weights, batches and learning rates; measures the losses and all weights."""
    import keras
    import numpy as np

    generator, discriminator = _build_networks(rng)
    optimizers = [keras.optimizers.SGD(float(rate)) for rate in (rng.uniform(0.3, 0.5), rng.uniform(0.8, 1.2))]
    real = rng.uniform(-1, 1, (8, 2, 2, 1)).astype("float32")
    noise = rng.normal(0, 1, (8, 2)).astype("float32")
    losses, weights = {}, {}
    for step in range(1, STEPS + 1):
        returned = train_step(generator, discriminator, *optimizers, real.copy(), noise.copy())
        losses[f"d_loss (step {step})"], losses[f"g_loss (step {step})"] = _to_losses(returned)
        for name, network in (("discriminator", discriminator), ("generator", generator)):
            values = np.concatenate([np.ravel(weight) for weight in network.get_weights()])
            weights[f"{name} (step {step})"] = values.astype("float64").tolist()
    return {"losses": losses, "weights": weights}


def _build_networks(rng):
    """Builds a generator and a discriminator with a few weights, which both do something else while they learn."""
    import keras
    from keras.layers import Activation, BatchNormalization, Dense, Flatten, Input, Reshape

    @keras.saving.register_keras_serializable("dcgan_course")
    class LouderInTraining(keras.layers.Layer):
        """Stands for Dropout, which cannot be compared because it is random."""

        def call(self, inputs, training=False):
            return 1.5 * inputs if training else inputs

    generator = keras.Sequential(
        [Input((2,)), Dense(4), BatchNormalization(momentum=0.5), Activation("tanh"), Reshape((2, 2, 1))]
    )
    # The sigmoid is not the last layer: of one that is, Keras finds the logits, and from_logits=True is right too.
    discriminator = keras.Sequential(
        [Input((2, 2, 1)), Flatten(), LouderInTraining(), Dense(1, activation="sigmoid"), Reshape((1,))]
    )
    for network in (generator, discriminator):
        network.set_weights([rng.uniform(0.2, 0.8, weight.shape) for weight in network.get_weights()])
    return generator, discriminator


def _to_losses(returned):
    if returned is None:
        raise UnusableResult("nothing returned")
    try:
        d_loss, g_loss = (float(loss) for loss in returned)
    except (TypeError, ValueError):
        raise UnusableResult("no two losses", type=type(returned).__name__) from None
    return d_loss, g_loss
