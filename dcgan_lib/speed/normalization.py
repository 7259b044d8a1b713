"""BatchNormalization of a batch as one operation forward and one back, instead of some twenty.

TensorFlow has had it since 1.x (`tf.compat.v1.nn.fused_batch_norm`); Keras 3 composes the layer of small operations,
each of which goes through memory once. The numbers are the same. So are gradients, but not the gradients of gradients,
as a penalty on a gradient needs them in training: there Keras takes the mean for a constant, and this is the right one.
"""

import functools

import keras
import tensorflow as tf

from dcgan_lib.speed.layers import all_layers, replace_methods


def fuse_normalization(network):
    """Lets a network normalize a batch in one operation while this context lasts; the numbers are the same.

    Args:
        network: A Keras model. Its `BatchNormalization` layers over the last axis, in float32, with scale and offset,
            are computed so in training. Others, and all of them in inference, are left as they are.
    """
    layers = [layer for layer in all_layers(network) if _can_fuse(layer)]
    return replace_methods([(layer, "call", functools.partial(_normalize, layer)) for layer in layers])


def _can_fuse(layer):
    return (
        type(layer) is keras.layers.BatchNormalization
        and layer.built
        and layer.axis in (-1, layer.input_spec.ndim - 1)
        and layer.scale
        and layer.center
        and layer.compute_dtype == "float32"
        and not layer.synchronized
        and not getattr(layer, "renorm", False)  # New in Keras 3.15.
    )


def _normalize(layer, inputs, training=None, mask=None):
    if not (training and layer.trainable) or mask is not None:
        return type(layer).call(layer, inputs, training=training, mask=mask)
    features = inputs.shape[-1]
    # The operation takes images: any other shape becomes images of one pixel.
    outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
        x=tf.reshape(inputs, (-1, 1, 1, features)),
        scale=layer.gamma,
        offset=layer.beta,
        mean=[],
        variance=[],
        epsilon=layer.epsilon,
        is_training=True,
    )
    # It returns the variance divided by n - 1 for the moving average; Keras divides by n.
    count = tf.cast(tf.size(inputs) // features, tf.float32)
    for average, value in ((layer.moving_mean, mean), (layer.moving_variance, variance * ((count - 1) / count))):
        average.assign(average * layer.momentum + value * (1.0 - layer.momentum))
    return tf.reshape(outputs, tf.shape(inputs))
