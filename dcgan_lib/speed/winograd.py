"""A 3x3 convolution of a small map with a third of the multiplications (Winograd's algorithm).

Two polynomials can be multiplied by evaluating both at a few points, multiplying value by value and interpolating. A
convolution is such a product: 4 outputs of 3 taps along one axis need 6 multiplications instead of 12, 4x4 outputs 36
instead of 144 (Lavin and Gray 2016, "Fast Algorithms for Convolutional Neural Networks", F(4x4, 3x3)). Over all
channels the 36 multiplications are 36 matrix products. A map of 5 to 8 pixels a side is two tiles an axis; evaluating
and interpolating all of it, border included, is one matrix product each, with matrices of constants. So TensorFlow's
own gradients of matrix products are the gradients, by the same algorithm.

The result differs from the plain convolution's by rounding: about 1e-6 of its size, where the plain one's own rounding
is about 3e-7.
"""

import functools

import numpy as np
import tensorflow as tf

_OUTPUTS, _TAPS, _TILES = 4, 3, 2
_POINTS = (0.0, 2 / 3, -2 / 3, 3 / 2, -3 / 2)  # And infinity. Of eight choices the one with the smallest error.
_VALUES = len(_POINTS) + 1
# Below these the evaluated kernels are more memory traffic than the products save.
_FEWEST_IMAGES, _FEWEST_CHANNELS = 32, 128


def convolve_small(inputs, kernel):
    """Convolves with stride 1 and padding "same"; by Winograd's algorithm where that is faster on a CPU.

    Args:
        inputs: `(batch, height, width, channels)`.
        kernel: `(rows, columns, channels, filters)`.

    Returns:
        `(batch, height, width, filters)`.
    """
    if not _pays(inputs, kernel):
        return tf.nn.conv2d(inputs, kernel, strides=1, padding="SAME")
    batch, height, width, channels = inputs.shape
    filters = kernel.shape[-1]
    evaluate, evaluate_kernel, interpolate = (tf.constant(matrix, tf.float32) for matrix in _matrices(height, width))
    kernels = tf.matmul(evaluate_kernel, tf.reshape(kernel, (_TAPS**2, channels * filters)))
    pixels_first = tf.transpose(tf.reshape(inputs, (batch, height * width, channels)), (1, 0, 2))
    values = tf.matmul(evaluate, tf.reshape(pixels_first, (height * width, batch * channels)))
    products = tf.matmul(
        tf.reshape(values, (_VALUES**2, _TILES**2 * batch, channels)),
        tf.reshape(kernels, (_VALUES**2, channels, filters)),
    )
    outputs = tf.matmul(interpolate, tf.reshape(products, (_VALUES**2 * _TILES**2, batch * filters)))
    images_first = tf.transpose(tf.reshape(outputs, (height * width, batch, filters)), (1, 0, 2))
    return tf.reshape(images_first, (batch, height, width, filters))


def _pays(inputs, kernel):
    batch, *sides, channels = inputs.shape
    return (
        inputs.dtype == tf.float32
        and tuple(kernel.shape[:2]) == (_TAPS, _TAPS)
        and all(side is not None and _OUTPUTS < side <= _TILES * _OUTPUTS for side in sides)
        and batch is not None
        and batch >= _FEWEST_IMAGES
        and min(channels, kernel.shape[-1]) >= _FEWEST_CHANNELS
    )


@functools.cache
def _matrices(height, width):
    """Returns what evaluates a map, what evaluates a kernel, and what interpolates the map of products.

    Rows of the first and columns of the last are in the order (point, point, tile, tile).
    """
    (rows_in, rows_out), (columns_in, columns_out) = _axis(height), _axis(width)
    evaluate = np.einsum("pti,quj->pqtuij", rows_in, columns_in).reshape(-1, height * width)
    interpolate = np.einsum("ipt,jqu->ijpqtu", rows_out, columns_out).reshape(height * width, -1)
    taps = _powers(_TAPS)
    return evaluate, np.einsum("pa,qb->pqab", taps, taps).reshape(-1, _TAPS**2), interpolate


def _axis(side):
    """Returns the matrices of one axis: `(point, tile, pixel)` and `(pixel, point, tile)`."""
    evaluate_tile, interpolate_tile = np.linalg.inv(_powers(_VALUES)).T, _powers(_OUTPUTS).T
    evaluate, interpolate = np.zeros((_VALUES, _TILES, side)), np.zeros((side, _VALUES, _TILES))
    for tile in range(_TILES):
        first = tile * _OUTPUTS
        for place in range(_VALUES):
            if 0 <= first + place - 1 < side:  # The border outside is 0: nothing to multiply.
                evaluate[:, tile, first + place - 1] = evaluate_tile[:, place]
        for place in range(min(_OUTPUTS, side - first)):
            interpolate[first + place, :, tile] = interpolate_tile[place]
    return evaluate, interpolate


def _powers(count):
    """The first `count` powers of each point, a row each; of infinity the highest power alone counts."""
    return np.vstack([np.vander(_POINTS, count, increasing=True), np.eye(count)[-1]])
