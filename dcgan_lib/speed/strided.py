"""The gradient by the images of a strided convolution with few channels, as a convolution with stride 1.

A convolution with stride 2 reads each pixel of the four phases (even or odd row, even or odd column) with taps of its
own. So its gradient by the image is a convolution with stride 1 that draws the four phases as four channels, laid out
by `depth_to_space` (Shi et al. 2016, "Is the deconvolution layer the same as a convolutional layer?"). oneDNN's own
gradient is slow where the image has one or three channels, as the discriminator's has.
"""

import functools

import keras
import numpy as np
import tensorflow as tf

from dcgan_lib.speed.layers import all_layers, replace_methods

_MOST_CHANNELS = 4


def convolve_gradients(network):
    """Lets strided convolutions of images compute their gradient by the image so while this context lasts.

    Args:
        network: A Keras model. Its `Conv2D` layers with stride 2 and padding "same" over images of even size with at
            most four channels are computed so, forward as before; others are left as they are.
    """
    layers = [layer for layer in all_layers(network) if _can_convolve(layer)]
    return replace_methods([(layer, "convolution_op", functools.partial(_convolve, layer)) for layer in layers])


def phase_kernel(kernel):
    """Sorts the taps of a strided convolution's kernel by the phase of the pixel that they read.

    Output `o` reads pixel `2 o + t - before` with tap `t`; `before` is TensorFlow's padding. So pixel `2 i + p` is read
    by output `i + (p + before - t) / 2` where that is whole.

    Args:
        kernel: `(rows, columns, channels, filters)`.

    Returns:
        `(size, size, filters, 4 * channels)`; the last axis is in the order of `tf.nn.depth_to_space`.
    """
    rows, columns, channels, filters = kernel.shape
    reach = max(_reach(rows), _reach(columns))
    size = 2 * reach + 1
    places = np.einsum("pat,qbu->abpqtu", _places(rows, reach), _places(columns, reach)).reshape(-1, rows * columns)
    taps = tf.reshape(tf.transpose(kernel, (0, 1, 3, 2)), (rows * columns, -1))
    sorted_taps = tf.reshape(tf.matmul(tf.constant(places, kernel.dtype), taps), (size, size, 4, filters, channels))
    return tf.reshape(tf.transpose(sorted_taps, (0, 1, 3, 2, 4)), (size, size, filters, 4 * channels))


def _places(taps, reach):
    """A matrix of zeros and ones for one axis: phase, place of the output, tap."""
    places = np.zeros((2, 2 * reach + 1, taps), "float32")
    for phase in range(2):
        for tap in range(taps):
            twice = phase + max(taps - 2, 0) // 2 - tap
            if twice % 2 == 0:
                places[phase, twice // 2 + reach, tap] = 1
    return places


def _reach(taps):
    return (taps + 1) // 2 // 2 + 1 if taps > 5 else 1


def _can_convolve(layer):
    return (
        type(layer) is keras.layers.Conv2D
        and layer.built
        and layer.data_format == "channels_last"
        and layer.padding == "same"
        and tuple(layer.strides) == (2, 2)
        and tuple(layer.dilation_rate) == (1, 1)
        and layer.groups == 1
        and layer.input_spec.axes[-1] <= _MOST_CHANNELS
    )


def _convolve(layer, inputs, kernel):
    if inputs.shape[1] is None or inputs.shape[2] is None or inputs.shape[1] % 2 or inputs.shape[2] % 2:
        return type(layer).convolution_op(layer, inputs, kernel)
    return _strided(inputs, tf.convert_to_tensor(kernel))


@tf.custom_gradient
def _strided(inputs, kernel):
    def gradients(upstream):
        by_phase = tf.nn.conv2d(upstream, phase_kernel(kernel), strides=1, padding="SAME")
        by_kernel = tf.raw_ops.Conv2DBackpropFilter(
            input=inputs, filter_sizes=kernel.shape, out_backprop=upstream, strides=[1, 2, 2, 1], padding="SAME"
        )
        return tf.nn.depth_to_space(by_phase, 2), by_kernel

    return tf.nn.conv2d(inputs, kernel, strides=2, padding="SAME"), gradients
