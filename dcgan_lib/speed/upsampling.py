"""Upsampling followed by a convolution, computed as one convolution of the small image.

Doubling an image by repeating its pixels and then convolving it multiplies every pixel by up to
nine taps of the same kernel. Summing those taps first gives one convolution of the small image
with four times the filters, one for each of the four new pixels, that `depth_to_space` then lays
out: 9 instead of 25 multiplications a pixel for a 5x5 kernel, and the same numbers but for rounding.
"""

import functools
import itertools

import keras
import numpy as np
import tensorflow as tf

from dcgan_lib.speed.layers import replace_methods


def fuse_upsampling(network, convolve=None):
    """Lets a network compute each such pair of layers as one convolution while this context lasts.

    The layers keep their variables. So the weights, `summary()` and files of the network stay as they are.

    Args:
        network: A `keras.Sequential` with pairs of `UpSampling2D` (size 2, nearest) and `Conv2D`
            (odd kernel, stride 1, padding "same"). Any other model is computed as it is.
        convolve: Makes the convolution of the small image: a function of inputs and kernel; None for TensorFlow's.
    """
    layers = network.layers if type(network) is keras.Sequential else []
    replacements = []
    for upsampling, convolution in itertools.pairwise(layers):
        if _can_fuse(upsampling, convolution):
            compute = functools.partial(_upsample_and_convolve, convolution, convolve or _convolve)
            replacements += [(upsampling, "call", lambda inputs: inputs), (convolution, "call", compute)]
    return replace_methods(replacements)


def fuse_kernel(kernel):
    """Sums the taps of a kernel that fall on the same pixel of the small image.

    Along one axis, tap `o` of output pixel `2i + p` reads the doubled image at `2i + p + o`, which
    is pixel `i + floor((p + o) / 2)` of the small one.

    Args:
        kernel: `(size, size, channels, filters)`, `size` odd.

    Returns:
        `(fused, fused, channels, 4 * filters)`; `fused` is 3 for a `size` of 3 or 5. The last axis
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
    fused = 2 * reach + 1
    summed = tf.matmul(tf.constant(both, kernel.dtype), tf.reshape(kernel, (size * size, channels * filters)))
    summed = tf.transpose(tf.reshape(summed, (fused * fused, 4, channels, filters)), (0, 2, 1, 3))
    return tf.reshape(summed, (fused, fused, channels, 4 * filters))


def _can_fuse(layer, following):
    return (
        # A class of one's own that inherits from them may compute something else.
        type(layer) is keras.layers.UpSampling2D
        and type(following) is keras.layers.Conv2D
        and tuple(layer.size) == (2, 2)
        and layer.interpolation == "nearest"
        and layer.data_format == following.data_format == "channels_last"
        and following.padding == "same"
        and tuple(following.strides) == tuple(following.dilation_rate) == (1, 1)
        and following.groups == 1
        and following.kernel_size[0] == following.kernel_size[1]
        and following.kernel_size[0] % 2 == 1
    )


def _convolve(inputs, kernel):
    return tf.nn.conv2d(inputs, kernel, strides=1, padding="SAME")


def _upsample_and_convolve(convolution, convolve, inputs):
    outputs = convolve(inputs, tf.cast(fuse_kernel(tf.convert_to_tensor(convolution.kernel)), inputs.dtype))
    if convolution.use_bias:
        outputs = tf.nn.bias_add(outputs, tf.cast(tf.tile(convolution.bias, (4,)), outputs.dtype))
    return convolution.activation(tf.nn.depth_to_space(outputs, 2))
