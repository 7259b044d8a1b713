"""What generators of the course draw: early, after a good run, and collapsed. Trained once, and kept in a file.

    python -m dcgan_course.instructor.masters.figures.snapshots

trains again, in some minutes, and writes the file. The networks are the course's and learn from drawn digits and faces,
so that the pictures are free of any data set's licence.
"""

from pathlib import Path

import numpy as np

from dcgan_lib.system.files import atomic_write

FILE = Path(__file__).with_name("snapshots.npz")
KINDS = ("digits", "gray", "colour")
STATES = ("early", "good", "collapsed")

PICTURES = 9
EARLY, COLLAPSE_FROM, GOOD = 10, 30, 300  # Steps of 32 images.
ALONE = 100  # Updates of the generator alone.
ALONE_RATE = 0.003  # Three times the usual one: it collapses in a minute.


def read_snapshot(kind, state):
    """Returns what a generator drew: uint8 `(9, 28, 28, channels)`, for one of `KINDS` and one of `STATES`."""
    with np.load(FILE) as file:
        return file[f"{kind}_{state}"]


def draw_real(kind, count):
    """Returns what the generators of a kind learn from: drawn digits or faces, uint8 `(count, 28, 28, channels)`."""
    from PIL import Image

    from dcgan_lib import draw_digits, draw_faces

    if kind == "digits":
        return draw_digits(count)[0][..., np.newaxis]
    faces = np.stack([np.asarray(Image.fromarray(face).resize((28, 28))) for face in draw_faces(count)])
    return faces if kind == "colour" else faces[..., :1]  # The lecture's gray is the red channel.


def train_snapshots(kind, early=EARLY, collapse_from=COLLAPSE_FROM, good=GOOD, alone=ALONE):
    """Trains one generator and draws with it in each state; returns a dict from `kind_state` to its pictures.

    It collapses as GANs do where the discriminator does not keep up: from step `collapse_from` on the discriminator
    stands still, and the generator learns alone. It finds the one picture that this discriminator takes for real, and
    draws it from every noise.
    """
    import keras
    import tensorflow as tf

    from dcgan_lib import TunedDCGAN, build_discriminator, build_generator
    from dcgan_lib.scaling import unscale_images
    from dcgan_lib.speed.compiled import compile_steps, faster

    keras.utils.set_random_seed(0)
    images = draw_real(kind, 5_000 if kind == "digits" else 400)
    shape = images.shape[1:]
    dcgan = TunedDCGAN(build_generator(image_shape=shape), build_discriminator(image_shape=shape))
    take_steps, images = compile_steps(dcgan, 32, 0), tf.constant(images)
    networks = (dcgan.generator, dcgan.discriminator)
    drawn = {}

    def draw(state):
        drawn[f"{kind}_{state}"] = unscale_images(dcgan.draw(PICTURES, seed=1))

    def train(first, last, state=None):
        take_steps(images, first, last - first)
        if state is not None:
            with dcgan.weights_to_draw_with():
                draw(state)

    train(0, early, "early")
    train(early, collapse_from)
    kept = [network.get_weights() for network in networks]
    train(collapse_from, good, "good")

    for network, weights in zip(networks, kept, strict=True):
        network.set_weights(weights)
    dcgan.g_optimizer = keras.optimizers.Adam(ALONE_RATE, dcgan.beta_1, dcgan.beta_2)

    @tf.function(autograph=False)
    def update_generator(noise):
        with faster(dcgan):
            return dcgan.train_generator(noise)

    for step in range(alone):
        update_generator(tf.random.stateless_normal((32, dcgan.latent_dim), [0, step]))
    draw("collapsed")
    return drawn


def main():
    """Trains all kinds, and writes the file."""
    drawn = {}
    for kind in KINDS:
        drawn |= train_snapshots(kind)
        print(f"{kind}: trained", flush=True)
    with atomic_write(FILE, "wb") as file:
        np.savez_compressed(file, **drawn)


if __name__ == "__main__":
    main()
