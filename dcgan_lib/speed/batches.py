"""Which images each step sees. They are copied out of the array batch by batch: TensorFlow gets no copy of all.

CelebA's 202,599 photos at 64x64 are 2.5 GB, and memory must not hold them twice. So the array may also be a file on
the disk (`np.load(..., mmap_mode="r")`), and a GPU's memory holds no images but those of one call.
"""

import numpy as np
import tensorflow as tf


def compile_batches(batch_size, seed):
    """Compiles the drawing of batches. Which images a step gets is a function of `seed` and the step alone.

    Args:
        batch_size: Images in a batch, drawn with replacement.
        seed: Decides which.

    Returns:
        A function of `(images, first_step, steps)`, with uint8 images `(n, height, width, channels)`, that returns
        those of these steps as a tensor, uint8 `(steps, batch_size, height, width, channels)`.
    """

    @tf.function(autograph=False, input_signature=[tf.TensorSpec((), tf.int32)] * 3)
    def choose(count, first_step, steps):
        def choose_for(step):
            return tf.random.stateless_uniform((batch_size,), [seed, 2 * step], 0, count, tf.int32)

        return tf.map_fn(choose_for, first_step + tf.range(steps))

    def draw_batches(images, first_step, steps):
        chosen = choose(len(images), first_step, steps).numpy()
        return tf.constant(np.asarray(images)[chosen])

    return draw_batches
