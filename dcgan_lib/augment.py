"""DiffAugment: the discriminator sees every picture, real or generated, through a random change (Zhao et al. 2020).

A discriminator can learn a hundred photos by heart. Changed anew in each step, they count as many more. The
generator's pictures are changed in the same way, and the gradient flows back through the change. So the generator
learns to draw pictures that are not changed.
"""

import tensorflow as tf

# As in the paper: up to an eighth of the side, and a square of half the side.
_SHIFT, _CUT = 1 / 8, 1 / 2


def augment_images(images, policy, seed):
    """Changes each image at random, by operations that let a gradient through.

    - `"color"`: brightness by up to 1/2, the strength of colours up to twice, contrast from half to one and a half.
    - `"translation"`: moved by up to an eighth of the side; what comes in from outside is gray, 0.
    - `"cutout"`: a square of half the side is gray.
    - `"mirror"`: about half of the images are mirrored, left to right (not in the paper; not for digits).

    Args:
        images: float32 `(n, height, width, channels)` in [-1, 1].
        policy: Some of these four names, with commas between them; None for no change.
        seed: int32 `(2,)`, decides the changes.

    Returns:
        float32 of the same shape; after `"color"` it may leave [-1, 1].
    """
    for number, name in enumerate(policy.split(",") if policy else ()):
        images = _CHANGES[name.strip()](images, tf.random.experimental.stateless_fold_in(seed, number))
    return images


def check_policy(policy):
    """Refuses a policy that has other names than `augment_images` knows."""
    names = [name.strip() for name in policy.split(",")] if isinstance(policy, str) else [policy]
    if policy is not None and not all(name in _CHANGES for name in names):
        raise ValueError(
            f"TunedDCGAN: augment must be None or names out of {', '.join(_CHANGES)}, with commas between them. "
            f"Received: augment={policy!r}."
        )


def _color(images, seed):
    brighter, stronger, contrast = (
        tf.reshape(part, (-1, 1, 1, 1)) for part in tf.unstack(_uniform(seed, (3, tf.shape(images)[0])))
    )
    images += brighter - 0.5
    if images.shape[-1] > 1:
        images = _towards(tf.reduce_mean(images, 3, keepdims=True), images, 2 * stronger)
    return _towards(tf.reduce_mean(images, (1, 2, 3), keepdims=True), images, contrast + 0.5)


def _towards(middle, images, share):
    return share * images + (1 - share) * middle


def _translate(images, seed):
    amounts = _uniform(seed, (2, tf.shape(images)[0]))
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
    centres = _uniform(seed, (2, tf.shape(images)[0], 1))
    rows, columns = (
        tf.cast(tf.abs(tf.range(side, dtype=tf.float32) + 0.5 - centre * side) < side * _CUT / 2, images.dtype)
        for side, centre in zip(images.shape[1:3], tf.unstack(centres), strict=True)
    )
    return images * (1 - rows[:, :, None, None] * columns[:, None, :, None])


def _mirror(images, seed):
    left = tf.reshape(_uniform(seed, (1, tf.shape(images)[0])) < 0.5, (-1, 1, 1, 1))
    return tf.where(left, tf.reverse(images, [2]), images)


def _uniform(seed, shape):
    return tf.random.stateless_uniform(shape, seed)


_CHANGES = {"color": _color, "translation": _translate, "cutout": _cut_out, "mirror": _mirror}
