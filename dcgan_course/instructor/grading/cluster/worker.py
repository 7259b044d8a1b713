"""What a Dask worker does: it starts a process that runs a `Journey`, and ends it when nobody waits any more."""

import asyncio
import subprocess
import sys
from dataclasses import replace

from dcgan_course.instructor.grading.cluster.journey import Journey
from dcgan_course.instructor.grading.cluster.report import Report
from dcgan_course.instructor.grading.marks.run_settings import START_SECONDS
from dcgan_course.instructor.process.own_command import Stopped, run_command

RECORDER = "dcgan_course.instructor.grading.cluster.recorder"
TOPIC = "dcgan-course-grading"


async def examine(text):
    """Says whether this worker can run journeys with such limits; returns a `Report` as a text."""
    return await asyncio.to_thread(_run, text, lambda: False)


def record(text, name, slots):
    """Runs a journey on the Dask worker that calls this; returns its address, and a `Report` as a text.

    Args:
        text: What `Journey.to_json` has made.
        name: Is sent to `TOPIC` when it begins.
        slots: What `travel.count_slots` returned: it decides the share of this machine's cores.
    """
    from distributed import get_worker  # Whoever imports this file may have no Dask, and is told so elsewhere.

    from dcgan_course.instructor.running.travel import count_threads, watch_task

    worker = get_worker()
    worker.log_event(TOPIC, name)
    journey = replace(Journey.from_json(text), threads=count_threads(worker, slots))
    return worker.address, _run(journey.to_json(), watch_task(worker))


def _run(text, is_abandoned):
    try:
        seconds = START_SECONDS + Journey.from_json(text).seconds
        ended = run_command([sys.executable, "-m", RECORDER], seconds, is_abandoned, text.encode())
    except subprocess.TimeoutExpired:
        return Report(problem=f"it was not done after {seconds:.0f} seconds").to_json()
    except Stopped:
        return Report(problem="nobody waits for it any more").to_json()
    if ended.code != 0:
        return Report(problem=f"the process ended with code {ended.code}, {ended.complaint or 'no word'}").to_json()
    return ended.printed
