"""Changes of the real images alone: they make more good ones of few."""

import tensorflow as tf

from dcgan_lib.augment import policy as policies
from dcgan_lib.data.varied_face_sheet import load_varied_faces
from dcgan_lib.scaling import scale_images


def augment_real(images, policy, seed):
    """Changes a batch of real images at random.

    - `"faces"`: half of them make room for drawn faces (`data/varied_faces.png`).
    - `"mirror"`: about half are mirrored, left to right (not for digits).

    Takes and returns what `augment_images` does; its names change nothing here.
    """
    return policies.change_images(images, policy, seed, _CHANGES)


def _mix_with_drawn_faces(images, seed):
    drawn, count = load_varied_faces()[..., : images.shape[-1]], tf.shape(images)[0] // 2  # Gray is the red channel.
    chosen = tf.gather(drawn, tf.random.stateless_uniform((count,), seed, 0, len(drawn), tf.int32))
    return tf.concat([scale_images(tf.cast(chosen, tf.float32)), images[count:]], 0)


def _mirror(images, seed):
    left = tf.reshape(policies.draw_uniform(seed, (1, tf.shape(images)[0])) < 0.5, (-1, 1, 1, 1))
    return tf.where(left, tf.reverse(images, [2]), images)


_CHANGES = dict(zip(policies.FOR_REAL, (_mix_with_drawn_faces, _mirror), strict=True))
