"""The table at the end of a command."""

from dcgan_course.exercises.table import print_columns
from dcgan_course.instructor.process.wording import clock, shown


def print_table(summaries):
    """Prints notebook, status, time, steps per second and last grid of each run, and where and why runs failed."""
    lines = [("notebook", "status", "time", "steps/s", "last grid")]
    for run in summaries:
        speed = "-" if run.steps_per_second is None else f"{run.steps_per_second:.1f}"
        seconds = "-" if run.seconds is None else clock(run.seconds)
        lines.append((run.name, run.status, seconds, speed, shown(run.last_grid) if run.last_grid else "-"))
    print_columns(lines)
    for run in summaries:
        if run.status != "failed":
            continue
        print(f"\n{run.name} failed: {run.error}")
        if run.cell:
            print(f"  in {run.cell}")
        for line in run.last_lines:
            print(f"  | {line}")
        if run.executed:
            print(f"  The half-made notebook is kept: {shown(run.executed)}")
