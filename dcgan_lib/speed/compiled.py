"""The lecture's loop in one compiled graph: many steps in one call."""

import tensorflow as tf

from dcgan_lib.run.history import COLUMNS


def compile_steps(dcgan, batch_size, seed):
    """Compiles the lecture's loop: draw a batch, draw noise, update; as many times as a call asks for.

    Every random number is a function of `seed` and the step alone, so that it does not matter how
    the steps are cut into calls, nor whether a run was interrupted.

    Returns:
        A function of `(images, first_step, steps)`, with uint8 images `(n, height, width, channels)`
        as a tensor, that makes the steps and returns float32 `(steps, 4)`: d_loss, g_loss, d_real, d_fake.
    """
    # On a CPU XLA makes the step some twenty times slower; on a GPU the step is bound by kernel launches.
    on_gpu = bool(tf.config.list_physical_devices("GPU"))
    update = tf.function(dcgan.update, autograph=False, jit_compile=on_gpu)

    @tf.function(autograph=False)
    def take_steps(images, first_step, steps):
        def take_step(step):
            chosen = tf.random.stateless_uniform((batch_size,), [seed, 2 * step], 0, tf.shape(images)[0], tf.int32)
            real = (tf.cast(tf.gather(images, chosen), tf.float32) - 127.5) / 127.5
            noise = tf.random.stateless_normal((batch_size, dcgan.latent_dim), [seed, 2 * step + 1])
            losses = update(real, noise)
            return tf.stack([losses[name] for name in COLUMNS])

        row = tf.TensorSpec((len(COLUMNS),), tf.float32)
        return tf.map_fn(take_step, first_step + tf.range(steps), fn_output_signature=row)

    return lambda images, first_step, steps: take_steps(images, tf.constant(first_step), tf.constant(steps))
