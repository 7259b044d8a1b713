"""What the lecture's recipe and the tuned one draw after 100 faces, beside the faces they know. Trained once, and kept.

    python -m dcgan_course.instructor.masters.figures.hundred_faces

trains again, in a quarter of an hour, prints the measures that the masters tell, and writes the file. The 100 faces are
those that the course draws, so that the pictures are free of any data set's licence.
"""

import json
from pathlib import Path

import numpy as np

from dcgan_course.instructor.masters.figures.canvas import new_figure, place_image, tile, writer
from dcgan_lib.system.files import atomic_write

FILE = Path(__file__).with_name("hundred_faces.npz")
KINDS, RECIPES = ("gray", "colour"), ("lecture", "faces")
WORDS = {
    "en": {"lecture": "the lecture's recipe", "faces": "tuned, for faces", "real": "nearest", "fake": "drawn"},
    "ko": {"lecture": "강의의 방법", "faces": "얼굴용 튜닝", "real": "이웃", "fake": "생성"},
}
HEIGHT = 3.1
ROWS = 1.9, 0.8  # Inches from below.
PAIRS = 4
PHOTOS, OTHERS, DRAWN = 100, 2_000, 1_000
STEPS, STEPS_A_CALL = 4_001, 50


def draw_hundred_faces(language, kind):
    """Draws each recipe's faces of a kind ("gray", "colour") below those most like them, for "en" or "ko"."""
    figure, axes = new_figure(HEIGHT)
    write, words = writer(axes, language), WORDS[language]
    for y, name in zip(ROWS, ("real", "fake"), strict=True):
        write(0.65, y, words[name])
    for x, recipe in ((3.3, "lecture"), (7.9, "faces")):
        pairs = read_pairs(kind, recipe)
        for y, images in zip(ROWS, pairs, strict=True):
            place_image(axes, tile(images, columns=PAIRS), (x, y), 3)
        write(x, 2.75, words[recipe])
    return figure


def read_pairs(kind, recipe):
    """Returns the faces nearest to what was drawn, and what was drawn: uint8 `(2, 4, 28, 28, channels)`."""
    with np.load(FILE) as file:
        return file[f"{kind}_{recipe}"]


def read_measures(kind, recipe):
    """Returns what was measured of 1,000 faces: a dict of numbers."""
    with np.load(FILE) as file:
        return json.loads(str(file["measures"]))[f"{kind}_{recipe}"]


def train_recipe(kind, recipe, steps=STEPS):
    """Trains on 100 drawn faces; returns the pairs nearest to each other of 1,000 drawn, and measures."""
    import keras
    import tensorflow as tf

    from dcgan_course.instructor.masters.figures.snapshots import draw_real
    from dcgan_lib import DCGAN, TunedDCGAN, build_discriminator, build_generator
    from dcgan_lib.quality import diversity, face_features, kernel_distance, nearest_neighbours, patch_distance
    from dcgan_lib.scaling import unscale_images
    from dcgan_lib.speed.compiled import compile_steps

    keras.utils.set_random_seed(0)
    faces = draw_real(kind, PHOTOS + OTHERS)
    photos, others = faces[:PHOTOS], faces[PHOTOS:]
    networks = build_generator(photos.shape[1:]), build_discriminator(photos.shape[1:])
    dcgan = DCGAN(*networks) if recipe == "lecture" else TunedDCGAN(*networks, augment="faces,mirror")
    take_steps, images = compile_steps(dcgan, dcgan.batch_size, 0), tf.constant(photos)
    for first in range(0, steps, STEPS_A_CALL):
        take_steps(images, first, min(STEPS_A_CALL, steps - first))
    with dcgan.weights_to_draw_with():
        fake = unscale_images(dcgan.draw(DRAWN))
    neighbours = nearest_neighbours(fake, photos)
    chosen = np.argsort(neighbours.distances)[:PAIRS]
    distance, patches = kernel_distance(others, fake, face_features), patch_distance(others, fake)
    measures = {
        "kernel_distance": round(distance.value, 2),
        "kernel_error": round(distance.error, 2),
        "patch_distance": round(patches.value, 1),
        "copied": round(neighbours.copied, 3),
        "diversity": round(diversity(others, fake, face_features).value, 2),
    }
    return np.stack([photos[neighbours.indices[chosen]], fake[chosen]]), measures


def main():
    """Trains both recipes on both kinds, and writes the file."""
    pairs, measures = {}, {}
    for name, kind, recipe in ((f"{kind}_{recipe}", kind, recipe) for kind in KINDS for recipe in RECIPES):
        pairs[name], measures[name] = train_recipe(kind, recipe)
        print(name, measures[name], flush=True)
    with atomic_write(FILE, "wb") as file:
        np.savez_compressed(file, measures=json.dumps(measures), **pairs)


if __name__ == "__main__":
    main()
