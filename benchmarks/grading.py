"""`python -m benchmarks.grading`: a class through `dcgan_course grade`, and plain nbval on the same notebooks.

Plain nbval runs one notebook after the other, as an instructor would by hand: `pytest --nbval-lax`, with the file's
own outputs as the truth and no sandbox. It also trains, which the grader does not; so that the comparison is
about grading, the notebooks handed in train for a few steps only (`--steps`).
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import nbformat
import psutil

from benchmarks.record import write_record

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = "02_faces_grayscale.ipynb"
AIM = 25.0


def main():
    """Grades and runs plain nbval on the same notebooks, and prints submissions a minute."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading", description=__doc__)
    parser.add_argument("--students", type=int, default=12, help="submissions (default: 12)")
    parser.add_argument("--plain", type=int, default=4, help="of them by plain nbval as well (default: 4)")
    parser.add_argument("--steps", type=int, default=5, help="steps that a notebook trains (default: 5)")
    parser.add_argument("--workers", type=int, default=2, help="submissions at once (default: 2)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        files = hand_in(folder / "class", arguments.students, arguments.steps)
        seconds, peak = time_kit(folder, arguments.workers)
        plain = time_plain(files[: arguments.plain], folder)
    result = {
        "students": arguments.students,
        "workers": arguments.workers,
        "kit_seconds": round(seconds, 1),
        "kit_per_minute": round(60 * arguments.students / seconds, 1),
        "plain_per_minute": round(60 * arguments.plain / plain, 1),
        "parent_gb": round(peak, 2),
        "load_before": round(os.getloadavg()[2], 1),
    }
    print(
        f"The kit grades {result['kit_per_minute']} submissions a minute (aim: {AIM:g}), plain nbval "
        f"{result['plain_per_minute']}; the parent holds {peak:.2f} GB."
    )
    write_record("grading", **result)


def hand_in(folder, students, steps):
    """Writes the solved notebook for each student, each a little different; returns the files."""
    files = []
    for number in range(students):
        notebook = nbformat.read(ROOT / "notebooks" / NOTEBOOK, as_version=4)
        for cell in notebook.cells:
            if "parameters" in cell.metadata.get("tags", []):
                cell.source = cell.source.replace("steps = 4_001", f"steps = {steps}")
                cell.source = cell.source.replace(
                    "generated_images/FACES", str(folder / f"pictures-{number}" / "FACES")
                )
            if cell.source.startswith("# EXERCISE"):
                cell.source += f"\n# student {number}"
        files.append(folder / f"student {number}" / NOTEBOOK)
        files[-1].parent.mkdir(parents=True)
        nbformat.write(notebook, files[-1])
    return files


def time_kit(folder, workers):
    """Times the command; returns the seconds, and the most GB that its own process held."""
    command = ["grade", str(folder / "class"), "--output", str(folder / "grades"), "--workers", str(workers)]
    began = time.monotonic()
    process = subprocess.Popen([sys.executable, "-m", "dcgan_course", *command], cwd=ROOT)
    peak = [0.0]
    threading.Thread(target=_watch, args=(psutil.Process(process.pid), peak), daemon=True).start()
    if process.wait():
        sys.exit("Not everything was graded.")
    return time.monotonic() - began, peak[0]


def time_plain(files, folder):
    """Times nbval on one notebook after the other."""
    began = time.monotonic()
    for file in files:
        nbval = ["pytest", "--nbval-lax", "-q", "-p", "no:cacheprovider", "-c", os.devnull, "--rootdir", str(folder)]
        ended = subprocess.run(
            [sys.executable, "-m", *nbval, str(file)],
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        )
        if ended.returncode:
            sys.exit(f"nbval failed:\n{ended.stdout[-3000:]}")
    return time.monotonic() - began


def _watch(process, peak):
    while True:
        try:
            peak[0] = max(peak[0], process.memory_info().rss / 1e9)
        except psutil.NoSuchProcess:
            return
        time.sleep(0.5)


if __name__ == "__main__":
    main()
