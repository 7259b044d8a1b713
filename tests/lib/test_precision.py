"""bfloat16 computes in another precision and leaves the networks as they were built."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_lib import DCGAN, build_discriminator, build_generator
from dcgan_lib.speed import precision
from dcgan_lib.speed.compiled import compile_update

needs_bfloat16 = pytest.mark.skipif(not precision._has_bfloat16(), reason="this processor has no bfloat16 arithmetic")


def build(name):
    keras.utils.set_random_seed(0)
    return DCGAN(build_generator(), build_discriminator(), precision=name)


@needs_bfloat16
def test_a_step_in_bfloat16_moves_float32_weights_and_says_nearly_what_float32_says():
    real, noise = tf.random.stateless_uniform((8, 28, 28, 1), [0, 1], -1), tf.random.stateless_normal((8, 100), [0, 2])
    losses = {}
    for name in ("float32", "bfloat16"):
        dcgan = build(name)
        before = [network.get_weights() for network in (dcgan.generator, dcgan.discriminator)]
        losses[name] = {key: value.numpy() for key, value in compile_update(dcgan)(real, noise).items()}
        for network, old in zip((dcgan.generator, dcgan.discriminator), before, strict=True):
            assert all(weight.dtype == np.float32 for weight in network.get_weights())
            assert all((a != b).any() for a, b in zip(old, network.get_weights(), strict=True))
            assert {layer.dtype_policy.name for layer in network.layers} == {"float32"}
    for key, value in losses["float32"].items():
        assert losses["bfloat16"][key].dtype == np.float32
        assert losses["bfloat16"][key] != value
        assert losses["bfloat16"][key] == pytest.approx(value, rel=0.15)


def test_another_precision_is_refused():
    with pytest.raises(ValueError) as error:
        build("float16")
    assert str(error.value) == "DCGAN: precision must be 'float32' or 'bfloat16'. Received: precision='float16'."


def test_bfloat16_is_refused_where_it_would_be_slower(monkeypatch):
    monkeypatch.setattr(precision, "_has_bfloat16", lambda: False)
    with pytest.raises(ValueError, match="this processor has no bfloat16 arithmetic"):
        build("bfloat16")
