"""What a benchmark leaves in benchmarks/results/: its numbers, and the machine that they were taken on."""

import json
import os
import platform
from pathlib import Path

from dcgan_lib.system.machine import usable_cores

RESULTS = Path(__file__).parent / "results"


def describe_machine():
    """Returns Python's version, the cores and the load; asked before measuring, it is the load of others."""
    return {"python": platform.python_version(), "cores": usable_cores(), "load_before": os.getloadavg()[0]}


def write_record(name, **numbers):
    """Writes `<name>.json`; the numbers are whatever JSON takes."""
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(numbers, indent=2) + "\n", "utf-8")
