"""The names of the random changes, as a text says them: "color,translation,mirror"."""

import tensorflow as tf

FOR_ALL, FOR_REAL = ("color", "translation", "cutout"), ("faces", "mirror")
_FACES = ((28, 28, 1), (28, 28, 3))


def check_policy(policy, image_shape):
    """Refuses a policy that has other names than the two functions know, and faces where images are no faces' size."""
    names, known = _read_names(policy) if isinstance(policy, str) else [policy], (*FOR_ALL, *FOR_REAL)
    if policy is not None and not all(name in known for name in names):
        raise ValueError(
            f"TunedDCGAN: augment must be None, 'auto', or names out of {', '.join(known)}, with commas between them. "
            f"Received: augment={policy!r}."
        )
    if "faces" in names and image_shape not in _FACES:
        raise ValueError(
            "TunedDCGAN: augment='faces' has drawn faces for the image_shape (28, 28, 1) and (28, 28, 3). "
            f"Received: image_shape={image_shape}. Leave 'faces' out."
        )


def change_images(images, policy, seed, changes):
    """Applies those of a policy's changes that a dict has, by their names; each gets a seed of its own."""
    for number, name in enumerate(_read_names(policy)):
        if name in changes:
            images = changes[name](images, tf.random.experimental.stateless_fold_in(seed, number))
    return images


def draw_uniform(seed, shape):
    """Draws numbers in [0, 1), float32; `seed` decides them."""
    return tf.random.stateless_uniform(shape, seed)


def _read_names(policy):
    return [name.strip() for name in policy.split(",")] if policy is not None else []
