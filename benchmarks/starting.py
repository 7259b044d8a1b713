"""How long a student waits for the first picture: `python -m benchmarks.starting [--rounds N]`.

Each measurement is a fresh process; they take turns, and the median of the rounds counts. The notebook is notebook 1
as it is handed out: its own cells run in a Jupyter kernel up to the first picture, on a file of 60,000 digits.
Wall-clock seconds depend on what else the machine does; the core seconds beside them hardly do.
The results go to benchmarks/results/starting.json as well.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import numpy as np
import psutil
from nbclient import NotebookClient

from benchmarks.record import describe_machine, write_record
from dcgan_course.exercises.table import print_columns
from dcgan_lib import draw_digits

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "notebooks" / "01_mnist.ipynb"
AIM = 8.0
IMPORTS = {
    "Python alone": "pass",
    "import dcgan_lib": "import dcgan_lib",
    "load_mnist, plot_images": "from dcgan_lib import load_mnist, plot_images",
    "import tensorflow": "import tensorflow",
    "DCGAN, train": "from dcgan_lib import DCGAN, train",
}
HEADINGS = ("", "seconds", "from", "to", "core seconds")


def time_import(code):
    """Runs code in a fresh Python; returns its seconds and its core seconds."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
    seconds, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cells_to_the_first_picture(path):
    """Returns a notebook's code cells, the last of them the first one that draws images."""
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    last = next(index for index, cell in enumerate(cells) if cell.source.startswith("plot_images("))
    return cells[: last + 1]


def time_notebook(cells):
    """Runs cells in a fresh kernel; returns `(seconds, core seconds)` of the kernel's start and of the cells."""
    client = NotebookClient(nbformat.v4.new_notebook(cells=cells), resources={"metadata": {"path": NOTEBOOK.parent}})
    began = time.perf_counter()
    with client.setup_kernel(stderr=subprocess.DEVNULL):  # It says that it listens on TCP.
        started, kernel = time.perf_counter(), psutil.Process(client.km.provisioner.pid)
        before = _core_seconds(kernel)
        for index, cell in enumerate(cells):
            client.execute_cell(cell, index)
        seconds, core_seconds = time.perf_counter() - started, _core_seconds(kernel) - before
    if not any("image/png" in output.get("data", {}) for output in cells[-1].outputs):
        raise RuntimeError(f"The last cell of {len(cells)} drew no picture: {cells[-1].source}")
    return (started - began, before), (seconds, core_seconds)


def measure(rounds):
    """Lets all take turns; returns a list of rows."""
    cells, runs = cells_to_the_first_picture(NOTEBOOK), {}
    for _ in range(rounds):
        for name, code in IMPORTS.items():
            runs.setdefault(name, []).append(time_import(code))
        start, picture = time_notebook(cells)
        runs.setdefault("a kernel starts", []).append(start)
        runs.setdefault("notebook 1, first cell to first picture", []).append(picture)
    return [_row(name, results) for name, results in runs.items()]


def write_digits(path, count=60_000):
    """Writes digits as Keras writes MNIST, as large: the same work, wherever this runs."""
    few, labels = draw_digits(1_000)
    images, labels = (np.resize(array, (count, *array.shape[1:])) for array in (few, labels))
    np.savez_compressed(path, x_train=images, y_train=labels, x_test=images[:10_000], y_test=labels[:10_000])


def _core_seconds(process):
    times = process.cpu_times()
    return times.user + times.system


def _row(name, results):
    seconds, core_seconds = ([result[index] for result in results] for index in (0, 1))
    return {
        "name": name,
        "seconds": statistics.median(seconds),
        "seconds_from": min(seconds),
        "seconds_to": max(seconds),
        "core_seconds": statistics.median(core_seconds),
    }


def main():
    """Measures, prints a table and writes benchmarks/results/starting.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.starting", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="fresh processes of each kind (5)")
    rounds = parser.parse_args().rounds
    machine = describe_machine()
    with tempfile.TemporaryDirectory() as folder:
        write_digits(Path(folder) / "mnist.npz")
        os.environ |= {"DCGAN_DATA": folder, "TF_CPP_MIN_LOG_LEVEL": "3"}
        rows = measure(rounds)
    numbers = [[f"{value:.2f}" for name, value in row.items() if name != "name"] for row in rows]
    print_columns([HEADINGS, *((row["name"], *texts) for row, texts in zip(rows, numbers, strict=True))], "right")
    seconds, load = rows[-1]["seconds"], machine["load_before"]
    print(f"\nThe first picture takes {seconds:.1f} s (aim: {AIM:g}); load before: {load:.1f}.")
    write_record("starting", machine=machine, rows=rows)


if __name__ == "__main__":
    main()
