"""Random changes, so that few images count as more: of all that the discriminator sees, and of the real ones alone.

A discriminator can learn a hundred photos by heart. DiffAugment (Zhao et al. 2020) shows it every image, real or
generated, changed anew in each step; the gradient flows back through the change, so the generator learns to draw
images that are not changed. That holds only for a change that leaves a trace. A mirrored face is a face: with both
kinds mirrored, one whose left side is always blurred passes as well as any. So what makes more good images of the
real ones is done to those alone.
"""

import tensorflow as tf

from dcgan_lib.data.varied_face_sheet import load_varied_faces
from dcgan_lib.scaling import scale_images

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
    return _change(images, policy, seed, _CHANGES)


def augment_real(images, policy, seed):
    """Changes a batch of real images at random.

    - `"faces"`: half of them make room for drawn faces (`data/varied_faces.png`).
    - `"mirror"`: about half are mirrored, left to right (not for digits).

    Takes and returns what `augment_images` does; its names change nothing here.
    """
    return _change(images, policy, seed, _REAL_CHANGES)


def check_policy(policy, image_shape):
    """Refuses a policy that has other names than the two functions know, and faces where images are no faces' size."""
    names, known = _names(policy) if isinstance(policy, str) else [policy], (*_CHANGES, *_REAL_CHANGES)
    if policy is not None and not all(name in known for name in names):
        raise ValueError(
            f"TunedDCGAN: augment must be None, 'auto', or names out of {', '.join(known)}, with commas between them. "
            f"Received: augment={policy!r}."
        )
    if "faces" in names and image_shape not in ((28, 28, 1), (28, 28, 3)):
        raise ValueError(
            "TunedDCGAN: augment='faces' has drawn faces for the image_shape (28, 28, 1) and (28, 28, 3). "
            f"Received: image_shape={image_shape}. Leave 'faces' out."
        )


def _change(images, policy, seed, changes):
    for number, name in enumerate(_names(policy)):
        if name in changes:
            images = changes[name](images, tf.random.experimental.stateless_fold_in(seed, number))
    return images


def _names(policy):
    return [name.strip() for name in policy.split(",")] if policy is not None else []


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


def _mix_with_drawn_faces(images, seed):
    drawn, count = load_varied_faces()[..., : images.shape[-1]], tf.shape(images)[0] // 2  # Gray is the red channel.
    chosen = tf.gather(drawn, tf.random.stateless_uniform((count,), seed, 0, len(drawn), tf.int32))
    return tf.concat([scale_images(tf.cast(chosen, tf.float32)), images[count:]], 0)


def _uniform(seed, shape):
    return tf.random.stateless_uniform(shape, seed)


_CHANGES = {"color": _color, "translation": _translate, "cutout": _cut_out}
_REAL_CHANGES = {"faces": _mix_with_drawn_faces, "mirror": _mirror}
