"""Seconds until the pictures are as good as the lecture's: `python -m benchmarks.time_to_quality MNIST.npz [--quick]`.

As good means the Frechet distance that the lecture's run has after its 40,001 steps, 26.8 by docs/quality.md. The
contenders take turns of some seconds on one machine; whatever else it does slows all of them down, so the ratios count.
Every 250 steps the distance is measured, and the time for that is not counted, nor the first step's.

The slides' code takes hours for 40,001 steps. It makes the same updates as ours with the lecture's update, to
rounding (tests/lib/test_oracle.py), so that it comes as far in as many steps. Its seconds are calculated: our steps
times its own seconds a step, measured in its turns. `--whole` really runs all to the end. Without it, TunedDCGAN is
really run, and so is ours with the lecture's update, unless `--checkpoints` has its run, or `--quick` takes its 40,001
steps from docs/quality.md (one seed, about 12 minutes on two idle cores).
The results go to benchmarks/results/time_to_quality.json as well.
"""

import argparse
import os
import signal
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.contenders import DRAWN, SLIDES
from benchmarks.quality import TunedDCGAN, measure_checkpoints
from benchmarks.record import describe_machine, write_record
from benchmarks.training import Contender
from benchmarks.turns import DCGAN, Run
from dcgan_course.exercises.table import print_columns
from dcgan_lib.quality import digit_features, frechet_distance

DISTANCE, LECTURE_STEPS = 26.8, 40_001
MOST_STEPS = 60_000
EVERY = 250
TURN = 4.0
PACED_EVERY = 4  # Who is not run to the end has a turn in every fourth round only.
LECTURE, TUNED = "ours, the lecture's update", "ours, TunedDCGAN"
HEADINGS = ("", "seed", "steps", "ms a step", "seconds", "", "times the slides' (spread)")


class Racer:
    """One contender from one seed, and the seconds that its steps took.

    Args:
        name: What the table calls it.
        run_steps: Makes so many steps and returns the seconds that they took.
        draw: Returns what its generator draws now, float `(n, 28, 28, 1)` in [-1, 1].
        steps: How many steps it has made already.
    """

    def __init__(self, name, run_steps, draw, steps):
        self.name, self.draw, self.steps = name, draw, steps
        self._run_steps = run_steps
        self.seconds, self.paces, self.distances = 0.0, [], {}
        self._counted = 0

    @property
    def seconds_a_step(self):
        return self.seconds / self._counted

    def turn(self, seconds, last):
        """Trains for some seconds, but not beyond the step `last`."""
        fitting = round(seconds / self.paces[-1]) if self.paces else 3
        steps = max(1, min(fitting, last - self.steps))
        took = self._run_steps(steps)
        self.steps, self.seconds, self._counted = self.steps + steps, self.seconds + took, self._counted + steps
        self.paces.append(took / steps)

    def reached(self, distance):
        """Returns the first step at which the pictures were measured to be that good, or None."""
        return next((steps for steps, value in self.distances.items() if round(value, 1) <= distance), None)


def start_ours(name, kind, images, seed):
    """Starts one of our two classes in this process."""
    run = Run(images, kind, seed)

    def run_steps(steps):
        before = run.seconds
        run.turn(steps)
        return run.seconds - before

    return Racer(name, run_steps, lambda: run.draw(DRAWN), run.steps)


def start_slides(name, folder):
    """Starts the slides' code in a process of its own, which is stopped while it is not its turn.

    Returns a `Racer`, and the process.
    """
    contender, drawn = Contender(name), Path(folder) / "drawn.npy"

    def draw():
        os.kill(contender.process.pid, signal.SIGCONT)
        print("draw", drawn, file=contender.process.stdin, flush=True)
        contender.process.stdout.readline()
        os.kill(contender.process.pid, signal.SIGSTOP)
        return np.load(drawn)

    return Racer(name, contender.run, draw, contender.done), contender.process


def race(racers, whole, measure, distance, every=EVERY, most=MOST_STEPS, turn=TURN):
    """Lets all take turns until those who are to be run to the end are as good as `distance`, or at their last step.

    Args:
        racers: List of `Racer`.
        whole: The names of those who are run to the end; the others have some turns, for their seconds a step.
        measure: The distance of what a racer draws.
        distance: What is good enough.
        every: Steps between two measurements.
        most: The last step of who does not become good enough.
        turn: Seconds of a turn.
    """
    number = 0
    running = [racer for racer in racers if racer.name in whole]
    while running:
        for racer in racers:
            if racer in running:
                racer.turn(turn, min(most, racer.steps + every - racer.steps % every))
                if racer.steps % every == 0 or racer.steps >= most:
                    racer.distances[racer.steps] = measure(racer.draw())
                    print(f"{racer.name}, step {racer.steps:,}: {racer.distances[racer.steps]:.1f}", flush=True)
            elif racer.name not in whole and number % PACED_EVERY == 0:
                racer.turn(turn, racer.steps + most)
        number += 1
        running = [racer for racer in running if racer.steps < most and racer.reached(distance) is None]


def make_rows(racers, seed, lecture_steps, distance):
    """Makes the table's rows: of who was not run to the end the seconds are calculated from `lecture_steps`."""
    rows = []
    for racer in racers:
        steps, was_run = racer.reached(distance), bool(racer.distances)
        row = {
            "name": racer.name,
            "seed": seed,
            "is_calculated": not was_run,
            "is_reached": steps is not None or not was_run,
            "steps": (steps or racer.steps) if was_run else lecture_steps,
            "seconds_a_step": racer.seconds_a_step,
            "distances": racer.distances,
        }
        rows.append({**row, "seconds": row["steps"] * row["seconds_a_step"]})
    for slides, its_row in zip(racers, rows, strict=True):
        if slides.name == SLIDES[0]:
            for racer, row in zip(racers, rows, strict=True):
                row["times_the_slides"] = its_row["seconds"] / row["seconds"]
                row["spread"] = spread(slides.paces, racer.paces, its_row["steps"] / row["steps"])
    return rows


def spread(slides_paces, paces, steps):
    """Returns the quartiles of the ratio, from turns that were made at about the same time; None where they are few.

    The paces are seconds a step, turn by turn; `steps` is how many times as many the slides' code needs.
    """
    count = min(len(slides_paces), len(paces))
    if count < 2:
        return None
    theirs, ours = ([statistics.median(part) for part in np.array_split(each, count)] for each in (slides_paces, paces))
    ratios = [steps * there / here for there, here in zip(theirs, ours, strict=True)]
    low, _, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return low, high


def run_seed(images, seed, whole, lecture_steps, race_options):
    """Starts all contenders from one seed, lets them race, and returns their rows.

    Who cannot be started here is left out, in one sentence.
    """
    racers, processes = [], []
    with tempfile.TemporaryDirectory() as folder:
        np.save(Path(folder) / "images.npy", images)
        os.environ |= {"BENCHMARK_IMAGES": str(Path(folder) / "images.npy"), "BENCHMARK_SEED": str(seed)}
        try:
            for name in SLIDES:
                try:
                    racer, process = start_slides(name, folder)
                except RuntimeError as error:
                    print(f"left out: {error}")
                    continue
                racers.append(racer)
                processes.append(process)
            racers.append(start_ours(LECTURE, DCGAN, images, seed))
            racers.append(start_ours(TUNED, TunedDCGAN, images, seed))
            race(racers, whole, **race_options)
        finally:
            for process in processes:
                process.kill()
    lecture = next(racer for racer in racers if racer.name == LECTURE)
    if lecture.distances:
        lecture_steps = lecture.reached(race_options["distance"]) or lecture.steps
    return make_rows(racers, seed, lecture_steps, race_options["distance"])


def as_texts(row):
    """Returns a row as the table shows it: a tuple of strings, one for each heading."""
    how = "calculated" if row["is_calculated"] else "run" if row["is_reached"] else "run, not reached"
    times = ""
    if "times_the_slides" in row:
        low, high = row["spread"] or (row["times_the_slides"],) * 2
        times = f"{row['times_the_slides']:.1f} ({low:.1f} to {high:.1f})"
    pace, seconds = f"{1000 * row['seconds_a_step']:.1f}", f"{row['seconds']:,.0f}"
    return row["name"], str(row["seed"]), f"{row['steps']:,}", pace, seconds, how, times


def first_good_checkpoint(images, folder, distance):
    """Returns the steps of a run's first checkpoint that is as good, or None."""
    rows = measure_checkpoints(images, folder)
    return next((row["steps"] for row in rows if round(row["frechet_distance"], 1) <= distance), None)


def main():
    """Lets the contenders race from each seed, prints the table and writes benchmarks/results/time_to_quality.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.time_to_quality", description=__doc__.splitlines()[0])
    parser.add_argument("mnist", help="mnist.npz, as Keras saves it")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--quick", action="store_true", help="one seed; the lecture's steps from docs/quality.md")
    parser.add_argument("--whole", action="store_true", help="really run the slides' code to the end, too: hours")
    parser.add_argument("--checkpoints", metavar="FOLDER", help="those of a run of the lecture's class")
    options = parser.parse_args()
    with np.load(options.mnist) as data:
        images = data["x_train"][..., None]
    lecture_steps = LECTURE_STEPS
    if options.checkpoints:
        lecture_steps = first_good_checkpoint(images, options.checkpoints, DISTANCE)
        if lecture_steps is None:
            sys.exit(f"No checkpoint in {options.checkpoints} has a distance of {DISTANCE} or less. Name another run.")
    whole = {TUNED}
    if options.whole:
        whole |= {LECTURE, *SLIDES}
    elif not (options.quick or options.checkpoints):
        whole |= {LECTURE}

    def measure(drawn):
        return frechet_distance(images, drawn, digit_features).value

    machine, rows = describe_machine(), []
    for seed in options.seeds[:1] if options.quick else options.seeds:
        rows += run_seed(images, seed, whole, lecture_steps, {"measure": measure, "distance": DISTANCE})
    print(f"\nuntil the Frechet distance is {DISTANCE}:")
    print_columns([HEADINGS, *map(as_texts, rows)], values="right")
    if any(row["is_calculated"] for row in rows):
        print("calculated: steps of ours with the lecture's update times seconds a step of its own, measured in turns")
    write_record("time_to_quality", machine=machine, distance=DISTANCE, rows=rows)


if __name__ == "__main__":
    main()
