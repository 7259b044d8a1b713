"""How a training grows: `python -m benchmarks.growth`, seconds a step and memory as one number after the other grows.

Batch, image size, number of photos and runs at once grow, each by itself, from the lecture's batch of 32 with colour
faces of 28x28. Each cell is a `train` of its own in a process of its own, and each run of several is one, too, with its
share of the cores, as `dcgan_course run --workers` gives it. It ends after some seconds by its own stop button, so that
the memory is that of a whole run with its last files. The photos are noise: a step takes as long.
The core milliseconds, of all threads together, hardly depend on what else the machine does; the milliseconds do.
It prints a table and writes docs/growth.png and benchmarks/results/growth.json.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from benchmarks.record import describe_machine, write_record
from dcgan_course.exercises.table import print_columns
from dcgan_lib.system.machine import usable_cores

PICTURE = Path(__file__).resolve().parent.parent / "docs" / "growth.png"
CELEBA = 202_599
HEADINGS = ("", "ms a step", "core ms a step", "steps/s, all runs", "images/s", "memory, GB")


class Cell(NamedTuple):
    """One training to measure, or several at once."""

    batch_size: int = 32
    image_size: int = 28
    photos: int = 2_000
    runs: int = 1


AXES = {
    "batch": [Cell(batch_size=batch_size) for batch_size in (8, 16, 32, 64, 128, 256)],
    "image size": [Cell(image_size=image_size) for image_size in (28, 40, 56, 64, 84, 112)],
    "photos of 64x64": [Cell(image_size=64, photos=photos) for photos in (100, 2_000, 20_000, 60_000, CELEBA)],
    "runs at once": [Cell(runs=runs) for runs in (1, 2, 4, 8)],
}
GROWING = {"batch": "batch_size", "image size": "image_size", "photos of 64x64": "photos", "runs at once": "runs"}


class StopAfter:
    """Watches a training from its second stop on, and presses its stop button after some seconds.

    Args:
        seconds: How long it watches.
        folder: Where each of several runs says that it is ready: they begin to measure together.
        runs: How many those are.
    """

    def __init__(self, seconds, folder, runs):
        self._seconds, self._folder, self._runs = seconds, folder, runs
        self._stops = []

    def due(self, step):
        """Returns None: it looks whenever the loop stops."""

    def see(self, step, session):
        """Notes the time."""
        if not self._stops:  # The first step has traced and compiled.
            self._wait_for_the_others()
        self._stops.append((step, time.perf_counter(), time.process_time()))
        if len(self._stops) > 2 and self._stops[-1][1] - self._stops[0][1] > self._seconds:
            signal.raise_signal(signal.SIGINT)

    def seconds_a_step(self):
        """Returns the seconds, and the core seconds, that a step took."""
        first, *_, last = self._stops
        steps, seconds, core_seconds = (end - begin for begin, end in zip(first, last, strict=True))
        return {"seconds_a_step": seconds / steps, "core_seconds_a_step": core_seconds / steps}

    def _wait_for_the_others(self):
        (self._folder / f"ready-{os.getpid()}").touch()
        while len(list(self._folder.glob("ready-*"))) < self._runs:
            time.sleep(0.05)


def train_one(cell, seconds, folder):
    """Trains in this process; returns the seconds of a step and the most bytes that the process held."""
    import numpy as np

    from dcgan_lib import DCGAN, build_discriminator, build_generator, train

    shape = (cell.image_size, cell.image_size, 3)
    photos = np.random.default_rng(0).integers(0, 256, (cell.photos, *shape), np.uint8)
    dcgan, watch = DCGAN(build_generator(shape), build_discriminator(shape)), StopAfter(seconds, folder, cell.runs)
    options = {"steps": 2**30, "saving_interval": 2**30, "output_dir": folder / f"run-{os.getpid()}"}
    train(dcgan, photos, batch_size=cell.batch_size, observers=[watch], **options)
    return {**watch.seconds_a_step(), "bytes": peak_bytes()}


def peak_bytes():
    """Returns the most memory that this process held, as Linux says it."""
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith("VmHWM"))


def measure(cell, seconds):
    """Trains a cell's runs at once, each in a process of its own; returns a row."""
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    if cell.runs > 1:
        threads = str(max(1, usable_cores() // cell.runs))
        environment |= dict.fromkeys(("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS"), threads)
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "benchmarks.growth", "--one", json.dumps([*cell]), "--folder", folder]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment}
        children = [subprocess.Popen([*command, "--seconds", str(seconds)], **pipes) for _ in range(cell.runs)]
        runs = [json.loads(out.splitlines()[-1]) for out in finish(children)]
    means = {name: statistics.mean(run[name] for run in runs) for name in ("seconds_a_step", "core_seconds_a_step")}
    return {
        **cell._asdict(),
        **means,
        "steps_per_second": sum(1 / run["seconds_a_step"] for run in runs),
        "gigabytes": sum(run["bytes"] for run in runs) / 1e9,
    }


def finish(children):
    """Waits for runs, and returns what each printed; one that fails ends all, which would wait for it forever."""

    def end(child):
        out, errors = child.communicate()
        if child.returncode:
            for other in children:
                other.kill()
        return out, errors

    with ThreadPoolExecutor(len(children)) as pool:
        answers = list(pool.map(end, children))
    if any(child.returncode for child in children):
        said = max((errors for _, errors in answers), key=len)  # Those that were killed say less.
        sys.exit(f"{' '.join(children[0].args)} failed:\n{said[-2000:]}")
    return [out for out, _ in answers]


def measure_all(axes, seconds):
    """Measures each cell once, however many axes it is on; returns the rows of each axis."""
    rows = {}
    for cells in axes.values():
        for cell in cells:
            if cell not in rows:
                rows[cell] = measure(cell, seconds)
                print(".", end="", flush=True)
    print()
    return {axis: [rows[cell] for cell in cells] for axis, cells in axes.items()}


def print_table(axes):
    """Prints the rows of each axis."""
    lines = [HEADINGS]
    for axis, rows in axes.items():
        for row in rows:
            images = row["steps_per_second"] * row["batch_size"]
            times = [f"{1000 * row[name]:,.0f}" for name in ("seconds_a_step", "core_seconds_a_step")]
            rates = (f"{row['steps_per_second']:.1f}", f"{images:,.0f}")
            lines.append((f"{axis} {row[GROWING[axis]]:,}", *times, *rates, f"{row['gigabytes']:.2f}"))
    print_columns(lines, values="right")


def draw(axes, path):
    """Draws the table: above the time of a step, below the memory. On white, so that a dark page changes nothing."""
    from dcgan_lib.curves import BLUE, GREY, ORANGE
    from dcgan_lib.system.figures import Figure

    figure = Figure(figsize=(11, 5), layout="constrained", facecolor="white")
    panels = figure.subplots(2, len(axes), sharex="col", sharey="row", squeeze=False)
    for column, (axis, rows) in enumerate(axes.items()):
        values = [row[GROWING[axis]] for row in rows]
        for row_number, name, factor, style, colour in (
            (0, "seconds_a_step", 1000, "o-", BLUE),
            (0, "core_seconds_a_step", 1000, "s--", GREY),
            (1, "gigabytes", 1, "o-", ORANGE),
        ):
            panels[row_number, column].plot(values, [factor * row[name] for row in rows], style, color=colour)
        for panel in panels[:, column]:
            panel.set_xscale("log")
            panel.grid(color="#dddddd")
            panel.spines[["top", "right"]].set_visible(False)
        panels[0, column].set_yscale("log")
        shown = values if len(values) < 5 else values[::2] if len(values) % 2 else [*values[::2], values[-1]]
        panels[1, column].set_xticks(shown, [f"{value:,}" for value in shown], rotation=30)
        panels[1, column].minorticks_off()
        panels[1, column].set_xlabel(axis)
    panels[0, 0].set_ylabel("milliseconds a step")
    figure.legend(panels[0, 0].lines, ["on the clock", "of all cores together"], loc="outside upper left", ncols=2)
    panels[1, 0].set_ylim(0, 1.1 * max(row["gigabytes"] for rows in axes.values() for row in rows))
    panels[1, 0].set_ylabel("memory, GB (all runs)")
    figure.savefig(path, dpi=110)


def main():
    """Measures all cells, prints the table, and writes the picture and benchmarks/results/growth.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10.0, help="how long each cell trains (10)")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        return print(json.dumps(train_one(Cell(*json.loads(arguments.one)), arguments.seconds, arguments.folder)))
    if sys.platform != "linux":
        sys.exit("benchmarks.growth needs Linux, which says how much memory a process held at most. Run it there.")
    machine = describe_machine()
    axes = measure_all(AXES, arguments.seconds)
    print_table(axes)
    draw(axes, PICTURE)
    write_record("growth", machine=machine, seconds=arguments.seconds, axes=axes)


if __name__ == "__main__":
    main()
