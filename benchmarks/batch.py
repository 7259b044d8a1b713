"""`python -m benchmarks.batch`: many short runs by our command, against a shell loop of papermill for the same runs.

Both sides take turns, because other work may share the machine; their ratio counts. Two more numbers are printed: how
many seconds our command adds to one run of one notebook, and how long two runs on two cores take at once and one after
the other.
"""

import argparse
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import write_record

ROOT = Path(__file__).resolve().parent.parent


def main():
    """Runs both sides in turns, prints the comparison and writes `benchmarks/results/batch.json`."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.batch", description=__doc__)
    parser.add_argument("notebook", nargs="?", default=str(ROOT / "notebooks" / "01_mnist.ipynb"))
    parser.add_argument("--runs", type=int, default=12, help="runs of each side (default: 12)")
    parser.add_argument("--steps", type=int, default=50, help="steps of each run (default: 50)")
    parser.add_argument("--rounds", type=int, default=2, help="how many turns the runs are split into (default: 2)")
    arguments = parser.parse_args()
    loop, kit = [], []
    with tempfile.TemporaryDirectory() as folder:
        seeds = list(range(arguments.runs))
        share = -(-arguments.runs // arguments.rounds)
        for turn, first in enumerate(range(0, arguments.runs, share)):
            turns_seeds = seeds[first : first + share]
            sides = [("loop", time_loop, loop), ("kit", time_kit, kit)]
            for name, measure, times in sides if turn % 2 == 0 else reversed(sides):
                seconds = measure(arguments.notebook, turns_seeds, arguments.steps, Path(folder))
                times.append(seconds)
                print(f"{name:>5}: {len(turns_seeds)} runs of {arguments.steps} steps in {seconds:.1f} s", flush=True)
        one_loop = time_loop(arguments.notebook, [100], arguments.steps, Path(folder))
        one_kit = time_kit(arguments.notebook, [200], arguments.steps, Path(folder))
        in_turn = time_kit(arguments.notebook, [300, 301], arguments.steps, Path(folder), workers=1)
        at_once = time_kit(arguments.notebook, [400, 401], arguments.steps, Path(folder), workers=2)
    ratio = statistics.mean(loop) / statistics.mean(kit)
    result = {
        "runs": arguments.runs,
        "steps": arguments.steps,
        "loop_seconds": round(sum(loop), 1),
        "kit_seconds": round(sum(kit), 1),
        "throughput_ratio": round(ratio, 2),
        "one_run_loop_seconds": round(one_loop, 1),
        "one_run_kit_seconds": round(one_kit, 1),
        "two_in_turn_seconds": round(in_turn, 1),
        "two_at_once_seconds": round(at_once, 1),
        "overhead_seconds": round(one_kit - one_loop, 1),
    }
    print(f"\nThe kit has {ratio:.2f} times the loop's throughput (aim: 1.6).")
    print(f"One run: loop {one_loop:.1f} s, kit {one_kit:.1f} s, which is {one_kit - one_loop:+.1f} s.")
    print(f"Two runs: one after the other {in_turn:.1f} s, at once {at_once:.1f} s.")
    write_record("batch", **result)


def time_loop(notebook, seeds, steps, folder):
    """Times what an instructor would write without our command: a shell loop of papermill calls."""
    papermill = f"{shlex.quote(sys.executable)} -m papermill --no-progress-bar -k python3 -l python"
    lines = [
        f"for seed in {' '.join(map(str, seeds))}; do",
        f"  mkdir -p {shlex.quote(str(folder))}/loop-$seed",
        f"  {papermill} {shlex.quote(notebook)} {shlex.quote(str(folder))}/loop-$seed/executed.ipynb"
        f" -p seed $seed -p steps {steps} -p output_dir {shlex.quote(str(folder))}/loop-$seed/MNIST || exit 1",
        "done",
    ]
    return _time(["sh", "-c", "\n".join(lines)])


def time_kit(notebook, seeds, steps, folder, workers=None):
    """Times our command for the same runs, with its page and summaries."""
    settings = ["-p", "steps", str(steps), "--sweep", "seed=" + ",".join(map(str, seeds))]
    settings += ["--workers", str(workers)] if workers else []
    output = str(folder / f"kit-{seeds[0]}")
    return _time([sys.executable, "-m", "dcgan_course", "run", notebook, *settings, "--output", output])


def _time(command):
    began = time.monotonic()
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    seconds = time.monotonic() - began
    if ended.returncode:
        sys.exit(f"A run failed:\n{ended.stdout[-3000:]}\n{ended.stderr[-3000:]}")
    return seconds


if __name__ == "__main__":
    main()
