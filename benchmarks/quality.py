"""How good the pictures are, the lecture's class and the tuned one: `python -m benchmarks.quality MNIST.npz [--quick]`.

Both classes train in one process, in turns of equal seconds, so that whatever else the machine does slows both
down. Each mark is at a number of steps of the lecture's class; the other has then used the same seconds. The
pictures are compared with MNIST's training images: 10,000 of each, and 10,000 other real ones for the floor.
`--quick` takes one seed and 4,000 steps of the lecture, 15 minutes on two idle cores; without it there are two seeds
and 10,000 steps. `--vary` adds the tuned class with other values: so its own were found. `--checkpoints` measures a
run's checkpoints, the lecture's 40,001 steps for example; `--faces` compares the classes on 100 photos. The results go
to benchmarks/results/quality.json as well.
"""

import argparse
import ast
import json
import time
from pathlib import Path

import dcgan_lib

DCGAN = dcgan_lib.DCGAN  # TensorFlow's first import is the library's, which keeps its log lines back.

import keras  # noqa: E402
import numpy as np  # noqa: E402

from dcgan_lib import (  # noqa: E402
    TunedDCGAN,
    build_discriminator,
    build_generator,
    load_faces,
    plot_nearest_neighbours,
)
from dcgan_lib.augment import augment_images  # noqa: E402
from dcgan_lib.quality import face_features, kernel_distance, measure_images, nearest_neighbours  # noqa: E402
from dcgan_lib.run.checkpoints import Checkpoint  # noqa: E402
from dcgan_lib.scaling import scale_images  # noqa: E402
from dcgan_lib.speed.compiled import compile_steps  # noqa: E402

RESULTS = Path(__file__).parent / "results" / "quality.json"
MARKS = (1_000, 2_000, 4_000, 10_000)
N = 10_000
TURN = 25  # Steps of the lecture's class.
AUGMENT = "color,translation,cutout,mirror"


class Run:
    """One class from one seed, and the seconds that its steps took."""

    def __init__(self, images, kind, seed, **options):
        keras.utils.set_random_seed(seed)
        shape = images.shape[1:]
        self.dcgan = kind(build_generator(shape), build_discriminator(shape), **options)
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


def vary(values):
    """Makes the tuned class with other values, as "batch_size=64,r1=0.3", which are its recipe's name too."""
    changes = dict(change.split("=") for change in values.split(","))
    attributes = {name: ast.literal_eval(text) for name, text in changes.items()}
    return type("VariedDCGAN", (TunedDCGAN,), {**attributes, "recipe_name": values})


def compare_digits(images, seeds, marks, kinds):
    """Trains each class, the lecture's first, from each seed and measures it at each mark; yields a row for each."""
    for seed in seeds:
        runs = [Run(images, kind, seed) for kind in kinds]
        for mark in marks:
            take_turns(runs, mark)
            for run in runs:
                yield run.row(mark, measure_images(images, run.draw(N)))


def measure_checkpoints(images, folder):
    """Measures each checkpoint of a run of the lecture's class; yields a row for each."""
    dcgan = DCGAN(build_generator(), build_discriminator())
    for path in sorted(Path(folder).glob("checkpoint_*.npz")):
        checkpoint = Checkpoint.read(path.read_bytes())
        checkpoint.restore(dcgan)
        steps, seconds = len(checkpoint), sum(session["seconds"] for session in checkpoint.sessions)
        row = {"recipe": "lecture", "seed": 0, "lecture_steps": steps, "steps": steps, "seconds": seconds}
        yield row | measure_images(images, dcgan.draw(N))


def compare_faces(photos, others, steps, seed, panel):
    """Trains on 100 photos with the lecture's class, the tuned one, and the tuned one with augmentation.

    The kernel distance is to faces that none of them has seen; `panel` is the folder for the neighbours' panels.
    """
    runs = [Run(photos, DCGAN, seed), Run(photos, TunedDCGAN, seed), Run(photos, TunedDCGAN, seed, augment=AUGMENT)]
    take_turns(runs, steps)
    for run in runs:
        fake = run.draw(len(others) // 2)
        neighbours = nearest_neighbours(fake, photos)
        unseen, seen = kernel_distance(others, fake, face_features), kernel_distance(photos, fake[:100], face_features)
        changed = np.clip(augment_images(scale_images(others), AUGMENT, (0, 0)), -1, 1)
        name = run.dcgan.recipe_name + (" augmented" if run.dcgan.augment else "")
        plot_nearest_neighbours(fake, photos, neighbours).savefig(Path(panel) / f"{name}_{photos.shape[-1]}.png")
        yield run.row(steps, {"kernel_distance": unseen.value, "error": unseen.error, "floor": unseen.floor}) | {
            "recipe": name,
            "n": unseen.n,
            "to_the_photos": seen.value,
            "to_changed_faces": kernel_distance(changed, fake, face_features).value,
            "copied": neighbours.copied,
            "nearest": float(np.median(neighbours.distances) / np.median(neighbours.floor)),
            "nearest_of_unseen": float(
                np.median(nearest_neighbours(others[: len(fake)], photos).distances) / np.median(neighbours.floor)
            ),
        }


def write(rows, kind):
    """Prints rows as they come, and puts them into the results in place of earlier ones of their kind."""
    done = []
    for row in rows:
        shown = (
            f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()
        )
        print("   ".join(shown), flush=True)
        done.append(row)
        results = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({**results, kind: done}, indent=1) + "\n")


def main():
    """Runs the comparison that the command line asks for, and prints its table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__.splitlines()[0])
    parser.add_argument("mnist", help="mnist.npz, as Keras saves it")
    parser.add_argument("--quick", action="store_true", help="one seed, 4,000 steps of the lecture")
    parser.add_argument("--steps", type=int, default=10_000, help="steps of the lecture's class (10,000)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--vary", nargs="+", default=[], metavar="VALUES", help="such as batch_size=64,r1=0.3")
    parser.add_argument("--checkpoints", metavar="FOLDER", help="only measure this run's checkpoints")
    parser.add_argument("--faces", nargs=2, metavar=("PHOTOS", "OTHERS"), help="only compare on 100 photos")
    parser.add_argument("--panel", default=".", help="folder for the neighbours' panels of --faces")
    options = parser.parse_args()
    if options.faces:
        for mode in ("grayscale", "rgb"):
            photos, others = (np.asarray(load_faces(source, color_mode=mode)) for source in options.faces)
            rows = compare_faces(photos, others, options.steps, options.seeds[0], options.panel)
            write(rows, f"faces, {mode}")
        return
    with np.load(options.mnist) as data:
        images = data["x_train"][..., None]
    if options.checkpoints:
        return write(measure_checkpoints(images, options.checkpoints), "checkpoints")
    steps = min(options.steps, 4_000) if options.quick else options.steps
    marks = sorted({mark for mark in MARKS if mark < steps} | {steps})
    seeds = options.seeds[:1] if options.quick else options.seeds
    kinds = [DCGAN, TunedDCGAN, *map(vary, options.vary)]
    write(compare_digits(images, seeds, marks, kinds), "digits")


if __name__ == "__main__":
    main()
