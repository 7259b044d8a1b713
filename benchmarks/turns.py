"""Runs that train in turns of equal seconds, so that whatever else the machine does slows all of them."""

import time

import dcgan_lib

DCGAN = dcgan_lib.DCGAN  # TensorFlow's first import is the library's, which keeps its log lines back.

import keras  # noqa: E402

from dcgan_lib import build_discriminator, build_generator  # noqa: E402
from dcgan_lib.speed.compiled import compile_steps  # noqa: E402

TURN = 25  # Steps of the lecture's class.


class Run:
    """One class from one seed, and the seconds that its steps took."""

    def __init__(self, images, kind, seed, **options):
        keras.utils.set_random_seed(seed)
        shape = images.shape[1:]
        self.dcgan = kind(build_generator(shape), build_discriminator(shape), **options)
        self.dcgan.prepare(images)
        self.seed, self.images = seed, images
        self._take_steps = compile_steps(self.dcgan, self.dcgan.batch_size, seed)
        self.steps, self.seconds = 0, 0.0
        self.turn(1)
        self.seconds = 0.0  # The first step traces and compiles.

    def turn(self, steps):
        began = time.perf_counter()
        self._take_steps(self.images, self.steps, steps).numpy()
        self.seconds += time.perf_counter() - began
        self.steps += steps

    def draw(self, n):
        with self.dcgan.weights_to_draw_with():
            return self.dcgan.draw(n)

    def row(self, mark, measures):
        return {
            "recipe": self.dcgan.recipe_name,
            "seed": self.seed,
            "lecture_steps": mark,
            "steps": self.steps,
            "seconds": round(self.seconds, 1),
            **measures,
        }


def take_turns(runs, steps):
    """Trains the first run to so many steps, and each other for the same seconds, in turns."""
    first, *others = runs
    while first.steps < steps:
        first.turn(min(TURN, steps - first.steps))
        for run in others:
            while run.seconds < first.seconds:
                run.turn(5)
