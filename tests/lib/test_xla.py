"""On a GPU each update is compiled with XLA: on a CPU that is slow and computes the same.

XLA draws other random numbers from the same seed. So Dropout's rate is 0 here, and the random changes of augmentation
are decided by numbers that are counted, not drawn.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_lib import DCGAN, TunedDCGAN
from dcgan_lib.augment import policy
from dcgan_lib.speed.compiled import compile_update


def count_uniform(seed, shape):
    """Spreads numbers over [0, 1) as a function of the seed and the place."""
    numbers = tf.cast(tf.range(tf.reduce_prod(shape)), tf.float32)
    start = tf.cast(tf.reduce_sum(seed) % 97, tf.float32) / 97
    return tf.reshape((0.618034 * numbers + start) % 1.0, shape)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "options"),
    [(DCGAN, {}), (TunedDCGAN, {}), (TunedDCGAN, {"augment": "color,translation,cutout,mirror"})],
    ids=["lecture", "tuned", "tuned with augmentation"],
)
def test_an_update_with_xla_computes_what_it_computes_without(new_dcgan, monkeypatch, kind, options):
    monkeypatch.setattr(policy, "draw_uniform", count_uniform)
    rng = np.random.default_rng(0)
    real = tf.constant(rng.uniform(-1, 1, (4, 8, 8, 3)).astype("float32"))
    noise = tf.constant(rng.normal(size=(4, 100)).astype("float32"))
    results = []
    for jit_compile in (False, True):
        dcgan = new_dcgan((8, 8, 3), kind=kind, **options)
        for layer in dcgan.discriminator.layers:
            if isinstance(layer, keras.layers.Dropout):
                layer.rate = 0.0
        # The size of an Adam step does not tell a small gradient from a large one: SGD does.
        for name in ("d", "g"):
            optimizer = keras.optimizers.SGD(0.1)
            optimizer.build(getattr(dcgan, f"{name}_variables"))
            setattr(dcgan, f"{name}_optimizer", optimizer)
        losses = compile_update(dcgan, jit_compile)(real, noise)
        results.append([*losses.values(), *dcgan.generator.weights, *dcgan.discriminator.weights, *dcgan.averages])
    for without, with_xla in zip(*results, strict=True):
        np.testing.assert_allclose(np.asarray(with_xla), np.asarray(without), rtol=1e-4, atol=1e-4)
