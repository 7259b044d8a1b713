"""How fast a training step is, against what else one would use: `python -m benchmarks.training [--rounds N]`.

Every contender trains the lecture's networks, batch 32, on the same images, in a process of its own. The parent lets
them run in turns of the same number of seconds, again and again: whatever else the machine does slows all of them
down, so the ratios count, not the steps a second. The results go to benchmarks/results/training.json as well.
"""

import argparse
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.contenders import BATCH, CONTENDERS, LATENT, MATMUL, SLIDES, ours
from benchmarks.record import describe_machine, write_record
from dcgan_course.exercises.table import print_columns

HEADINGS = ("", "steps/s", "to the slides (spread)", "of matmul", "first step")


class Contender:
    """A contender in a process of its own, stopped while it is not its turn: idle threads of some would spin."""

    def __init__(self, name):
        self.name, self.done, self.rates = name, 0, []
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.contenders", name]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.first_step = self.run(1)
        self.run(3)
        self.steps_a_second = 3 / self.run(3)

    def run(self, steps):
        os.kill(self.process.pid, signal.SIGCONT)
        print(self.done, steps, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        os.kill(self.process.pid, signal.SIGSTOP)
        if not answer:
            raise RuntimeError(f"{self.name}: its process ended. Run: python -m benchmarks.contenders '{self.name}'")
        self.done += steps
        return json.loads(answer)["seconds"]

    def turn(self, seconds):
        steps = max(2, round(seconds * self.steps_a_second))
        self.rates.append(steps / self.run(steps))
        self.steps_a_second = self.rates[-1]


def count_needed_flop():
    """Returns what one image of one lecture step needs, with the upsampling folded: multiply-adds times two."""
    from benchmarks.step import needed_flop
    from dcgan_lib import build_discriminator, build_generator

    return needed_flop(build_generator(), build_discriminator())["lecture"]


def compare(rounds, seconds):
    """Runs all contenders in turns; returns a list of rows."""
    needed_flop = count_needed_flop()
    contenders = {}
    for name in CONTENDERS:
        try:
            contenders[name] = Contender(name)
        except RuntimeError as error:
            print(f"left out: {error}")
    try:
        if SLIDES[0] not in contenders:
            sys.exit(f"All are compared with {SLIDES[0]}, which cannot be run here. Install it: make bench")
        for _ in range(rounds):
            for contender in contenders.values():
                contender.turn(seconds)
    finally:
        for contender in contenders.values():
            contender.process.kill()
    products, slides = contenders.pop("matmul").rates, contenders[SLIDES[0]].rates
    rows = []
    for name, contender in contenders.items():
        ratios = sorted(mine / theirs for mine, theirs in zip(contender.rates, slides, strict=True))
        shares = [
            rate * BATCH * needed_flop / (product * 2 * MATMUL**3)
            for rate, product in zip(contender.rates, products, strict=True)
        ]
        rows.append(
            {
                "name": name,
                "steps_per_second": statistics.median(contender.rates),
                "to_slides": statistics.median(ratios),
                "to_slides_from": ratios[0],
                "to_slides_to": ratios[-1],
                "share_of_matmul": statistics.median(shares),
                "first_step_seconds": contender.first_step,
            }
        )
    return rows, statistics.median(products) * 2 * MATMUL**3


def measure_ours():
    """Measures our step alone: cost against batch size and image size, memory, and its growth over 2,000 steps."""
    import psutil

    process, costs = psutil.Process(), {}
    for batch_size, image_size in ((16, 28), (32, 28), (64, 28), (128, 28), (256, 28), (32, 56)):
        run = ours(batch_size=batch_size, image_size=image_size)
        run(0, 3)
        began = time.perf_counter()
        run(3, 10)
        costs[f"batch {batch_size}, {image_size}x{image_size}"] = (time.perf_counter() - began) / 10
    run = ours()
    for first in range(0, 300, 20):
        run(first, 20)
    before = process.memory_info().rss
    for first in range(300, 2_300, 20):
        run(first, 20)
    return {
        "seconds_a_step": costs,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "growth_mb_in_2000_steps": (process.memory_info().rss - before) / 1e6,
    }


def measure_saving(seconds_a_step):
    """Measures what saving takes at the lecture's saving_interval of 200, late in its run of 40,001 steps."""
    from dcgan_lib import DCGAN, History, build_discriminator, build_generator
    from dcgan_lib.grid import tile_images
    from dcgan_lib.run.checkpoints import Checkpoint
    from dcgan_lib.run.folder import OutputFolder

    dcgan, values = DCGAN(build_generator(), build_discriminator()), np.random.rand(40_000, 4).astype("float32")
    noise = np.random.normal(size=(25, LATENT)).astype("float32")

    def median_seconds(work, times=7):
        seconds = []
        for number in range(times):
            began = time.perf_counter()
            work(number)
            seconds.append(time.perf_counter() - began)
        return statistics.median(seconds)

    with tempfile.TemporaryDirectory() as path:
        folder = OutputFolder(Path(path) / "MNIST", None)

        def grid(number):
            folder.save_image(tile_images(dcgan.generator(noise, training=False).numpy()), folder.grid_path(number))

        def keep(number):
            Checkpoint.capture(dcgan, {}, [], values[: 39_990 + number]).save(folder.path)
            History(values, {"finished": False}).save(folder.path)

        with folder.hold():
            grid_seconds, keep_seconds = median_seconds(grid), median_seconds(keep)
    interval = 200 * seconds_a_step
    # A checkpoint is written at a grid, when 20 s have passed since the last.
    share = (grid_seconds + keep_seconds * min(1, interval / 20)) / interval
    return {"grid_seconds": grid_seconds, "checkpoint_seconds": keep_seconds, "share_of_run": share}


def _as_texts(row):
    return (
        row["name"],
        f"{row['steps_per_second']:.2f}",
        f"{row['to_slides']:.2f} ({row['to_slides_from']:.2f} to {row['to_slides_to']:.2f})",
        f"{row['share_of_matmul']:.0%}",
        f"{row['first_step_seconds']:.1f} s",
    )


def main():
    """Lets the contenders take turns, measures ours alone, prints and writes benchmarks/results/training.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contender (7)")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a turn (4)")
    arguments = parser.parse_args()
    machine = describe_machine()
    rows, rate = compare(arguments.rounds, arguments.seconds)
    print()
    print_columns([HEADINGS, *map(_as_texts, rows)], values="right")
    print(f"\nfloat32 matmul: {rate / 1e9:.0f} GFLOP/s")
    alone = measure_ours()
    for name, seconds in alone["seconds_a_step"].items():
        print(f"ours, {name}: {1000 * seconds:.1f} ms a step")
    print(
        f"ours: {alone['peak_memory_mb']:.0f} MB, growing by {alone['growth_mb_in_2000_steps']:.1f} MB in 2,000 steps"
    )
    saving = measure_saving(alone["seconds_a_step"]["batch 32, 28x28"])
    print(
        f"saving: {1000 * saving['grid_seconds']:.0f} ms a grid, {1000 * saving['checkpoint_seconds']:.0f} ms a "
        f"checkpoint, {saving['share_of_run']:.2%} of a run that saves every 200 steps"
    )
    write_record("training", machine=machine, matmul=rate, rows=rows, alone=alone, saving=saving)


if __name__ == "__main__":
    main()
