"""How good the pictures are, the lecture's class and the tuned one: `python -m benchmarks.quality MNIST.npz [--quick]`.

Both classes train in one process, in turns of equal seconds, so that whatever else the machine does slows both
down. Each mark is at a number of steps of the lecture's class; the other has then used the same seconds. The
pictures are compared with MNIST's training images: 10,000 of each, and 10,000 other real ones for the floor.
`--quick` takes one seed and 4,000 steps of the lecture, 15 minutes on two idle cores; without it there are two seeds
and 10,000 steps. `--vary` adds the tuned class with other values: so its own were found. `--checkpoints` measures a
run's checkpoints, the lecture's 40,001 steps for example; `--faces` compares recipes on 100 photos in the seconds of
4,000 steps of the lecture's, with `--quick` two of them and gray only. The results go to
benchmarks/results/quality.json as well.
"""

import argparse
import ast
import json
import re
from pathlib import Path

import numpy as np

from benchmarks.faces import RECIPES, compare_faces
from benchmarks.turns import DCGAN, Run, take_turns
from dcgan_lib import TunedDCGAN, build_discriminator, build_generator, load_faces
from dcgan_lib.quality import measure_images
from dcgan_lib.run.checkpoints import Checkpoint

RESULTS = Path(__file__).parent / "results" / "quality.json"
MARKS = (1_000, 2_000, 4_000, 10_000)
N = 10_000


def vary(values):
    """Makes a recipe of the tuned class with other values, as "batch_size=64,r1=0.3,augment=color,mirror"."""
    changes = dict(change.split("=") for change in re.split(r",(?=\w+=)", values))
    options = {}
    if "augment" in changes:
        text = changes.pop("augment")
        options["augment"] = None if text == "None" else text
    attributes = {name: ast.literal_eval(text) for name, text in changes.items()}
    return values, type("VariedDCGAN", (TunedDCGAN,), {**attributes, "recipe_name": values}), options


def compare_digits(images, seeds, marks, recipes):
    """Trains each recipe, the lecture's first, from each seed and measures it at each mark; yields a row for each."""
    for seed in seeds:
        runs = [Run(images, kind, seed, **options) for _, kind, options in recipes]
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


def marks_to(steps):
    """Returns at which steps of the lecture's class is measured."""
    return sorted({mark for mark in MARKS if mark < steps} | {steps})


def write_faces(options):
    """Compares the recipes on 100 photos, gray and colour; `--quick` the first and the last, gray, from one seed."""
    recipes, modes, seeds = RECIPES, ("grayscale", "rgb"), options.seeds
    if options.quick:
        recipes, modes, seeds = (RECIPES[0], RECIPES[-1]), modes[:1], seeds[:1]
    recipes = [*recipes, *map(vary, options.vary)]
    for mode in modes:
        photos, others = (np.asarray(load_faces(source, color_mode=mode)) for source in options.faces)
        marks = marks_to(options.steps or 4_000)
        rows = compare_faces(photos, others, marks, seeds, recipes, options.panel)
        write(rows, f"faces, {mode}")


def main():
    """Runs the comparison that the command line asks for, and prints its table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__.splitlines()[0])
    parser.add_argument("mnist", nargs="?", help="mnist.npz, as Keras saves it")
    parser.add_argument("--quick", action="store_true", help="one seed, 4,000 steps of the lecture; of faces only gray")
    parser.add_argument("--steps", type=int, help="steps of the lecture's class (10,000; of faces 4,000)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1], help="of digits (0 1) and of faces")
    parser.add_argument("--vary", nargs="+", default=[], metavar="VALUES", help="such as r1=0.3,augment=mirror")
    parser.add_argument("--checkpoints", metavar="FOLDER", help="only measure this run's checkpoints")
    parser.add_argument("--faces", nargs=2, metavar=("PHOTOS", "OTHERS"), help="only compare on 100 photos")
    parser.add_argument("--panel", default=".", help="folder for the pictures of --faces")
    options = parser.parse_args()
    if options.faces:
        return write_faces(options)
    if not options.mnist:
        parser.error("name MNIST's mnist.npz, or --faces PHOTOS OTHERS")
    with np.load(options.mnist) as data:
        images = data["x_train"][..., None]
    if options.checkpoints:
        return write(measure_checkpoints(images, options.checkpoints), "checkpoints")
    steps = options.steps or (4_000 if options.quick else 10_000)
    seeds = options.seeds[:1] if options.quick else options.seeds
    recipes = [("lecture", DCGAN, {}), ("tuned", TunedDCGAN, {}), *map(vary, options.vary)]
    write(compare_digits(images, seeds, marks_to(steps), recipes), "digits")


if __name__ == "__main__":
    main()
