"""The training step in one compiled graph: many steps in one call."""

import contextlib

import tensorflow as tf

from dcgan_lib.logits import loss_from_logits
from dcgan_lib.run.history import COLUMNS
from dcgan_lib.scaling import scale_images
from dcgan_lib.speed.adam import fuse_adam
from dcgan_lib.speed.batches import compile_batches
from dcgan_lib.speed.dropout import shorten_dropout
from dcgan_lib.speed.normalization import fuse_normalization
from dcgan_lib.speed.precision import compute_in
from dcgan_lib.speed.strided import convolve_gradients
from dcgan_lib.speed.upsampling import fuse_upsampling
from dcgan_lib.speed.winograd import convolve_small
from dcgan_lib.system.machine import has_gpu


@contextlib.contextmanager
def faster(dcgan):
    """Lets `dcgan.update` compute the same numbers faster while this context lasts.

    It is entered while a step is traced, so that the step itself can be read as the lecture writes it.
    """
    networks = dcgan.generator, dcgan.discriminator
    with contextlib.ExitStack() as stack:
        stack.enter_context(compute_in(dcgan.precision, *networks))
        stack.enter_context(loss_from_logits(dcgan))
        if has_gpu():  # XLA joins the small operations there, and cuDNN chooses its own algorithms.
            stack.enter_context(fuse_upsampling(dcgan.generator))
        else:
            stack.enter_context(fuse_upsampling(dcgan.generator, convolve_small))
            stack.enter_context(fuse_adam(dcgan.d_optimizer, dcgan.d_variables))
            stack.enter_context(fuse_adam(dcgan.g_optimizer, dcgan.g_variables))
            for network in networks:
                for change in (shorten_dropout, fuse_normalization, convolve_gradients):
                    stack.enter_context(change(network))
        yield


def compile_update(dcgan, jit_compile=None):
    """Compiles one `update`.

    Args:
        dcgan: The `DCGAN`.
        jit_compile: Whether XLA compiles it; None does so on a GPU only. On a CPU XLA makes the step some twenty
            times slower; on a GPU the step's time is that of starting many small kernels, which XLA joins.

    Returns:
        A function of `(real, noise)`, which returns what `update` returns.
    """

    def update(real, noise):
        with faster(dcgan):
            return dcgan.update(real, noise)

    return tf.function(update, autograph=False, jit_compile=has_gpu() if jit_compile is None else jit_compile)


def compile_steps(dcgan, batch_size, seed):
    """Compiles the lecture's loop: draw a batch, draw noise, update; as many times as a call asks for.

    Every random number is a function of `seed` and the step alone. So it does not matter how the steps are cut into
    calls, nor whether a run was interrupted.

    Returns:
        A function of `(images, first_step, steps)`, with uint8 images `(n, height, width, channels)`,
        that makes the steps and returns float32 `(steps, 4)`: d_loss, g_loss, d_real, d_fake.
    """
    update, draw_batches = compile_update(dcgan), compile_batches(batch_size, seed)
    batches_shape = (None, batch_size, *dcgan.image_shape)

    @tf.function(autograph=False, input_signature=[tf.TensorSpec(batches_shape, tf.uint8), tf.TensorSpec((), tf.int32)])
    def take_steps(batches, first_step):
        def take_step(step):
            real = scale_images(tf.cast(tf.gather(batches, step - first_step), tf.float32))
            noise = tf.random.stateless_normal((batch_size, dcgan.latent_dim), [seed, 2 * step + 1])
            losses = update(real, noise)
            return tf.stack([losses[name] for name in COLUMNS])

        row = tf.TensorSpec((len(COLUMNS),), tf.float32)
        return tf.map_fn(take_step, first_step + tf.range(tf.shape(batches)[0]), fn_output_signature=row)

    return lambda images, first_step, steps: take_steps(draw_batches(images, first_step, steps), first_step)
