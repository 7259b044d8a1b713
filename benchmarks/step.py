"""What one training step takes, of what it needs: `python -m benchmarks.step [--rounds N] [--parts]`.

Counts the multiplications that a step needs from the layers, and measures the step of both recipes beside the
machine's own float32 matrix product. All sides take turns in one process, a few steps each, in an order that turns
round: whatever else the machine does slows all of them down, so the ratios count. `--parts` also measures the
lecture's step without each of its faster parts, and without all of them. Writes benchmarks/results/step.json.

Core time is the time of all threads together: on a busy machine it says more than the clock.
"""

import argparse
import contextlib
import os
import statistics
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf

from benchmarks.contenders import BATCH, MATMUL, images
from benchmarks.record import describe_machine, write_record
from dcgan_course.exercises.table import print_columns
from dcgan_lib import DCGAN, TunedDCGAN, build_discriminator, build_generator
from dcgan_lib.speed import compiled
from dcgan_lib.speed.upsampling import fuse_kernel

R1_EVERY = 16
PARTS = {
    "Winograd": {"convolve_small": None},
    "16 bits for Dropout": {"shorten_dropout": lambda network: contextlib.nullcontext()},
    "BatchNormalization in one": {"fuse_normalization": lambda network: contextlib.nullcontext()},
    "Adam in one": {"fuse_adam": lambda optimizer, variables: contextlib.nullcontext()},
    "gradient by the images": {"convolve_gradients": lambda network: contextlib.nullcontext()},
}


def layer_flop(network):
    """Counts, for each layer with a kernel, multiply-adds times two of one image forward; upsampling is folded."""
    flop, layers = [], network.layers
    for before, layer in zip([None, *layers], layers, strict=False):
        if isinstance(layer, keras.layers.Dense):
            flop.append(2 * layer.kernel.shape[0] * layer.kernel.shape[1])
        elif isinstance(layer, keras.layers.Conv2D):
            kernel, (_, height, width, _) = layer.kernel, layer.output.shape
            if isinstance(before, keras.layers.UpSampling2D):
                kernel, height, width = fuse_kernel(tf.convert_to_tensor(kernel)), height // 2, width // 2
            flop.append(2 * height * width * int(np.prod(kernel.shape)))
    return flop


def needed_flop(generator, discriminator):
    """Counts what one image of a step needs: a gradient by weights and one by inputs cost a pass forward each.

    A gradient by a network's own input is needed only where it goes on to another network. R1 passes forward and back
    to the pixels, and both once more for the weights.

    Returns:
        A dict: `lecture`, `tuned` (without R1) and `R1`, in floating-point operations.
    """
    g, d = layer_flop(generator), layer_flop(discriminator)
    learn_g, learn_d = 3 * sum(g) - g[0], 3 * sum(d) - d[0]
    return {
        "lecture": 2 * learn_d + sum(g) + learn_g + 2 * sum(d),
        "tuned": 2 * 3 * sum(d) + learn_g,
        "R1": 4 * sum(d),
    }


class Side:
    """Something whose time is taken, a turn at a time; what `prepare` does takes no time."""

    def __init__(self, run, flop, prepare=lambda: None):
        self.run, self.flop, self.prepare, self.wall, self.core = run, flop, prepare, [], []

    def turn(self):
        self.prepare()
        wall, core = time.perf_counter(), time.process_time()
        steps = self.run()
        self.wall.append((time.perf_counter() - wall) / steps)
        self.core.append((time.process_time() - core) / steps)


def training(kind, steps, first=1, without=()):
    """Returns a function that makes steps of a recipe and returns how many; `without` names what is left out."""
    replaced = {name: value for part in without for name, value in PARTS[part].items()}
    before = {name: getattr(compiled, name) for name in replaced}
    dcgan = kind(build_generator(), build_discriminator())
    take_steps, pixels = compiled.compile_steps(dcgan, BATCH, 0), images()
    try:
        for name, value in replaced.items():
            setattr(compiled, name, value)
        take_steps(pixels, 0, first).numpy()  # Traced here.
    finally:
        for name, value in before.items():
            setattr(compiled, name, value)

    def run():
        take_steps(pixels, int(dcgan.d_optimizer.iterations), steps).numpy()
        return steps

    return run


def tuned_halves():
    """Returns the sides of the tuned step without and with R1, which comes in every sixteenth step of one network."""
    dcgan = TunedDCGAN(build_generator(), build_discriminator())
    take_steps, pixels = compiled.compile_steps(dcgan, BATCH, 0), images()
    take_steps(pixels, 0, R1_EVERY + 1).numpy()

    def step_to(place):
        done = int(dcgan.d_optimizer.iterations)
        steps = (place - done) % R1_EVERY
        if steps:
            take_steps(pixels, done, steps).numpy()
        return steps

    return (lambda: step_to(0), lambda: step_to(1)), (lambda: step_to(1), lambda: step_to(0))


def products():
    """Returns a function that multiplies two square matrices and returns 1."""
    matrix = tf.random.normal((MATMUL, MATMUL))
    multiply = tf.function(lambda: tf.matmul(matrix, matrix))

    def run():
        multiply().numpy()
        return 1

    run()
    return run


def measure(rounds, parts):
    """Lets all sides take turns; returns them by name, the matrix product first."""
    flop = needed_flop(build_generator(), build_discriminator())
    (without_r1, after_r1), (with_r1, before_r1) = tuned_halves()
    sides = {
        "matmul": Side(products(), 2 * MATMUL**3),
        "lecture": Side(training(DCGAN, 8), BATCH * flop["lecture"]),
        "tuned, without R1": Side(without_r1, BATCH * flop["tuned"], after_r1),
        "tuned, with R1": Side(with_r1, BATCH * (flop["tuned"] + flop["R1"]), before_r1),
    }
    if parts:
        for part in PARTS:
            sides[f"lecture without {part}"] = Side(training(DCGAN, 8, without=[part]), BATCH * flop["lecture"])
        sides["lecture without all of them"] = Side(training(DCGAN, 8, without=PARTS), BATCH * flop["lecture"])
    for number in range(rounds):
        for side in list(sides.values())[:: 1 if number % 2 else -1]:
            side.turn()
    return flop, sides


def rows_of(sides):
    """Returns a dict for each side: medians, their share of the matrix product's rate, and the ratio to the lecture."""
    matmul, lecture = sides["matmul"], sides["lecture"]
    rows = []
    for name, side in sides.items():
        row = {"name": name}
        for time_of in ("wall", "core"):
            mine, theirs = getattr(side, time_of), getattr(matmul, time_of)
            row[f"{time_of}_ms"] = 1e3 * statistics.median(mine)
            shares = sorted(
                side.flop / mine_s / (matmul.flop / theirs_s) for mine_s, theirs_s in zip(mine, theirs, strict=True)
            )
            row[f"share_{time_of}"] = statistics.median(shares)
            row[f"share_{time_of}_quartiles"] = shares[len(shares) // 4], shares[-len(shares) // 4]
        ratios = sorted(mine / theirs for mine, theirs in zip(side.core, lecture.core, strict=True))
        row["core_to_lecture"] = statistics.median(ratios)
        row["core_to_lecture_quartiles"] = ratios[len(ratios) // 4], ratios[-len(ratios) // 4]
        rows.append(row)
    return rows


def main():
    """Measures, prints and writes benchmarks/results/step.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.step", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=25, help="turns of each side (25)")
    parser.add_argument("--parts", action="store_true", help="also the lecture's step without each of its parts")
    arguments = parser.parse_args()
    machine = describe_machine()
    flop, sides = measure(arguments.rounds, arguments.parts)
    rows = rows_of(sides)
    for name, count in flop.items():
        print(f"needed, {name}: {count / 1e6:.0f} MFLOP an image, {BATCH} images")
    rate = sides["matmul"].flop / statistics.median(sides["matmul"].wall)
    print(f"float32 matmul of {MATMUL}x{MATMUL}: {rate / 1e9:.0f} GFLOP/s\n")
    headings = ("", "ms", "core-ms", "of matmul", "of matmul, core", "core, to lecture (quartiles)")
    print_columns([headings, *map(_as_texts, rows[1:])], values="right")
    write_record("step", machine=machine, flop=flop, matmul=rate, rows=rows)


def _as_texts(row):
    low, high = row["core_to_lecture_quartiles"]
    return (
        row["name"],
        f"{row['wall_ms']:.1f}",
        f"{row['core_ms']:.1f}",
        f"{row['share_wall']:.0%}",
        f"{row['share_core']:.0%}",
        f"{row['core_to_lecture']:.2f} ({low:.2f} to {high:.2f})",
    )


if __name__ == "__main__":
    main()
