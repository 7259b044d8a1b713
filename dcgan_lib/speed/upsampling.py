"""Upsampling followed by a convolution, computed as one convolution of the small image.

Doubling an image by repeating its pixels and then convolving it multiplies every pixel by up to
nine taps of the same kernel. Summing those taps first gives one convolution of the small image
with four times the filters, one for each of the four new pixels, that `depth_to_space` then lays
out: 9 instead of 25 multiplications a pixel for a 5x5 kernel, and the same numbers but for rounding.
"""

import inspect

import keras
import numpy as np
import tensorflow as tf


def fold(network):
    """Makes a function that computes what `network` does, with each such pair of layers as one convolution.

    It uses the layers' own variables: what trains the one trains the other, and `network` with its
    `summary()`, weights and files stays as it is.

    Args:
        network: A `keras.Sequential` with pairs of `UpSampling2D` (size 2, nearest) and `Conv2D`
            (odd kernel, stride 1, padding "same"). Any other model is called as it is.

    Returns:
        A function of `(inputs, training)`.
    """
    if not isinstance(network, keras.Sequential):
        return lambda inputs, training: network(inputs, training=training)
    layers = list(network.layers)
    calls = []
    while layers:
        layer = layers.pop(0)
        if layers and _can_fold(layer, layers[0]):
            calls.append(_upsample_and_convolve(layers.pop(0)))
        else:
            calls.append(_plain(layer))

    def call(inputs, training):
        for each in calls:
            inputs = each(inputs, training)
        return inputs

    return call


def fold_kernel(kernel):
    """Sums the taps of a kernel that fall on the same pixel of the small image.

    Along one axis, tap `o` of output pixel `2i + p` reads the doubled image at `2i + p + o`, which
    is pixel `i + floor((p + o) / 2)` of the small one.

    Args:
        kernel: `(size, size, channels, filters)`, `size` odd.

    Returns:
        `(folded, folded, channels, 4 * filters)`; `folded` is 3 for a `size` of 3 or 5. The last axis
        is in the order of `tf.nn.depth_to_space`: new row, new column, filter.
    """
    size, _, channels, filters = kernel.shape
    radius = size // 2
    reach = (radius + 1) // 2
    taps = np.zeros((2, 2 * reach + 1, size), "float32")  # new pixel, pixel of the small image, tap
    for phase in range(2):
        for offset in range(-radius, radius + 1):
            taps[phase, (phase + offset) // 2 + reach, offset + radius] = 1
    # One matrix for both axes: rows (row, column, new row, new column), columns (tap, tap).
    both = np.einsum("pao,qbs->abpqos", taps, taps).reshape(-1, size * size)
    folded = 2 * reach + 1
    summed = tf.matmul(tf.constant(both, kernel.dtype), tf.reshape(kernel, (size * size, channels * filters)))
    summed = tf.transpose(tf.reshape(summed, (folded * folded, 4, channels, filters)), (0, 2, 1, 3))
    return tf.reshape(summed, (folded, folded, channels, 4 * filters))


def _can_fold(layer, following):
    return (
        isinstance(layer, keras.layers.UpSampling2D)
        and isinstance(following, keras.layers.Conv2D)
        and tuple(layer.size) == (2, 2)
        and layer.interpolation == "nearest"
        and layer.data_format == following.data_format == "channels_last"
        and following.padding == "same"
        and tuple(following.strides) == tuple(following.dilation_rate) == (1, 1)
        and following.groups == 1
        and following.kernel_size[0] == following.kernel_size[1]
        and following.kernel_size[0] % 2 == 1
    )


def _upsample_and_convolve(layer):
    def call(inputs, training):
        kernel = tf.cast(fold_kernel(tf.convert_to_tensor(layer.kernel)), inputs.dtype)
        outputs = tf.nn.conv2d(inputs, kernel, strides=1, padding="SAME")
        if layer.use_bias:
            outputs = tf.nn.bias_add(outputs, tf.cast(tf.tile(layer.bias, (4,)), outputs.dtype))
        return layer.activation(tf.nn.depth_to_space(outputs, 2))

    return call


def _plain(layer):
    if "training" in inspect.signature(layer.call).parameters:
        return lambda inputs, training: layer(inputs, training=training)
    return lambda inputs, training: layer(inputs)
