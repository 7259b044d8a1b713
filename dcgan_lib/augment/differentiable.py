"""DiffAugment: changes of all images that the discriminator sees, which let a gradient through (Zhao et al. 2020)."""

import tensorflow as tf

from dcgan_lib.augment import policy as policies

# As in the paper: up to an eighth of the side, and a square of half the side.
_SHIFT, _CUT = 1 / 8, 1 / 2


def augment_images(images, policy, seed):
    """Changes each image at random, by operations that let a gradient through.

    - `"color"`: brightness by up to 1/2, the strength of colours up to twice, contrast from half to one and a half.
    - `"translation"`: moved by up to an eighth of the side; what comes in from outside is gray, 0.
    - `"cutout"`: a square of half the side is gray.

    Args:
        images: float32 `(n, height, width, channels)` in [-1, 1].
        policy: Names with commas between them; those of `augment_real` change nothing here. None for no change.
        seed: int32 `(2,)`, decides the changes.

    Returns:
        float32 of the same shape; after `"color"` it may leave [-1, 1].
    """
    return policies.change_images(images, policy, seed, _CHANGES)


def _color(images, seed):
    brighter, stronger, contrast = (
        tf.reshape(part, (-1, 1, 1, 1)) for part in tf.unstack(policies.draw_uniform(seed, (3, tf.shape(images)[0])))
    )
    images += brighter - 0.5
    if images.shape[-1] > 1:
        images = _towards(tf.reduce_mean(images, 3, keepdims=True), images, 2 * stronger)
    return _towards(tf.reduce_mean(images, (1, 2, 3), keepdims=True), images, contrast + 0.5)


def _towards(middle, images, share):
    return share * images + (1 - share) * middle


def _translate(images, seed):
    amounts = policies.draw_uniform(seed, (2, tf.shape(images)[0]))
    return _shift_rows(tf.transpose(_shift_rows(images, amounts[0]), (0, 2, 1, 3)), amounts[1], back=(0, 2, 1, 3))


def _shift_rows(images, amounts, back=(0, 1, 2, 3)):
    # A product with a matrix of zeros and ones: its gradient is a product too, and has the same bits each time.
    rows, columns, channels = images.shape[1:]
    most = int(rows * _SHIFT + 0.5)
    shift = tf.cast(tf.floor(amounts * (2 * most + 1)), tf.int32) - most
    moves = tf.one_hot(tf.range(rows) + shift[:, None], rows, dtype=images.dtype)
    moved = tf.matmul(moves, tf.reshape(images, (-1, rows, columns * channels)))
    return tf.transpose(tf.reshape(moved, (-1, rows, columns, channels)), back)


def _cut_out(images, seed):
    centres = policies.draw_uniform(seed, (2, tf.shape(images)[0], 1))
    rows, columns = (
        tf.cast(tf.abs(tf.range(side, dtype=tf.float32) + 0.5 - centre * side) < side * _CUT / 2, images.dtype)
        for side, centre in zip(images.shape[1:3], tf.unstack(centres), strict=True)
    )
    return images * (1 - rows[:, :, None, None] * columns[:, None, :, None])


_CHANGES = dict(zip(policies.FOR_ALL, (_color, _translate, _cut_out), strict=True))
