"""Dropout from 16 random bits a number instead of 32.

Drawing random numbers (Philox, Salmon et al. 2011) is most of what Dropout costs on a CPU. 16 bits give its rate to
1/65,536. Keras also selects twice, forward and back; here both are one product with the same mask.
"""

import functools

import keras
import tensorflow as tf

from dcgan_lib.speed.layers import all_layers, replace_methods

_VALUES = 2**16


def shorten_dropout(network):
    """Lets the `Dropout` layers of a network draw 16 bits a number while this context lasts.

    Which numbers are dropped differs from Keras's choice, how many does not. The random state is the layer's own and
    moves on by one a call, as Keras's does.

    Args:
        network: A Keras model. Layers with a `noise_shape`, or a rate that rounds to 0 or 1, are left as they are.
    """
    layers = [layer for layer in all_layers(network) if _can_shorten(layer)]
    return replace_methods([(layer, "call", functools.partial(_drop, layer)) for layer in layers])


def _can_shorten(layer):
    return type(layer) is keras.layers.Dropout and layer.noise_shape is None and 0 < _dropped(layer) < _VALUES


def _dropped(layer):
    """How many of the 65,536 values mean that a number is dropped."""
    return round(layer.rate * _VALUES)


def _drop(layer, inputs, training=False):
    if not training:
        return inputs
    dropped = _dropped(layer)
    bits = _draw_bits(tf.shape(inputs), inputs.shape, tf.cast(layer.seed_generator.next(), tf.int32))
    kept = tf.cast(bits >= dropped, inputs.dtype) * tf.constant(_VALUES / (_VALUES - dropped), inputs.dtype)
    return inputs * kept


def _draw_bits(shape, static_shape, seed):
    count = tf.reduce_prod(shape)
    pairs = tf.random.stateless_uniform([(count + 1) // 2], seed, None, None, tf.int32)
    bits = tf.reshape(tf.bitcast(pairs, tf.uint16), [-1])
    return tf.ensure_shape(tf.reshape(bits[:count], shape), static_shape)
