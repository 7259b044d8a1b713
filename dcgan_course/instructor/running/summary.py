"""The numbers of each run: what the table prints, the page shows, and `summary.csv` and `summary.json` hold."""

import csv
import json
from dataclasses import dataclass, fields

from dcgan_course.instructor.running.result import Result
from dcgan_course.instructor.running.verdict import load_history
from dcgan_lib.run.folder import saved_grids
from dcgan_lib.run.history import COLUMNS, History
from dcgan_lib.system.files import atomic_write

LAST_STEPS = 100  # A single step's losses are noise: the mean over the last steps is given.


@dataclass(frozen=True)
class RunSummary:
    """What is known of a run; None where something is not known.

    Attributes:
        name, status, error, cell, last_lines, seconds, host: As in `Result`; the status may be "not started" too.
        notebook: The notebook's name.
        settings, varied: As in `Run`.
        steps: How many steps were made.
        steps_per_second: How fast they were.
        losses: Dict from each of `COLUMNS` to its mean over the last steps; empty if nothing was trained.
        measures: Dict from each measure of the pictures to its value.
        source: What the training's images were.
        last_grid, pictures, executed, log: Paths, as texts.
        history: The run's `History`, which is not part of the JSON.
    """

    name: str
    notebook: str
    settings: dict
    varied: dict
    status: str
    error: str | None
    cell: str | None
    last_lines: tuple
    seconds: float | None
    steps: int | None
    steps_per_second: float | None
    losses: dict
    measures: dict
    source: str | None
    host: str | None
    last_grid: str | None
    pictures: str
    executed: str | None
    log: str | None
    history: History

    def to_json(self):
        """Returns the entry of `summary.json`."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "history"}

    def to_row(self):
        """Returns the row of `summary.csv`, a dict by column."""
        names = ("name", "notebook", "status", "seconds", "steps", "steps_per_second")
        row = {name: getattr(self, name) for name in names}
        row.update({f"setting_{name}": value for name, value in self.settings.items()})
        row.update(self.losses)
        row.update(self.measures)
        row.update({name: getattr(self, name) for name in ("error", "cell", "last_grid", "executed")})
        return row


def summarize(run, result):
    """Gathers what is known of a run.

    Args:
        run: A `Run`.
        result: Its `Result`, or None if it was not run.

    Returns:
        A `RunSummary`.
    """
    if result is None:
        result = Result(run.name, "not started", seconds=None)
    history = History() if result.seconds is None else load_history(run.pictures)
    times, measures, source = (_dict(history.run.get(name)) for name in ("times", "measures", "source"))
    grids = saved_grids(run.pictures) if history.run else {}
    return RunSummary(
        name=run.name,
        notebook=run.notebook.name,
        settings=run.settings,
        varied=run.varied,
        status=result.status,
        error=result.error,
        cell=result.cell,
        last_lines=result.last_lines,
        seconds=result.seconds,
        steps=history.run.get("steps_done"),
        steps_per_second=times.get("steps_per_second"),
        losses=_mean_losses(history),
        measures={str(name): value for name, value in measures.items() if isinstance(value, (int, float))},
        source=source.get("description"),
        host=result.host,
        last_grid=str(grids[max(grids)]) if grids else None,
        pictures=str(run.pictures),
        executed=str(run.executed) if run.executed.is_file() else None,
        log=str(run.log) if run.log.is_file() else None,
        history=history,
    )


def write_summary(summaries, folder):
    """Writes `summary.json`, and `summary.csv` with a column for each setting, loss and measure."""
    with atomic_write(folder / "summary.json") as file:
        file.write(json.dumps([summary.to_json() for summary in summaries], indent=2, ensure_ascii=False) + "\n")
    rows = [summary.to_row() for summary in summaries]
    with atomic_write(folder / "summary.csv") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _mean_losses(history):
    if not len(history):
        return {}
    means = history.values[-LAST_STEPS:].mean(axis=0)
    return {name: round(float(value), 4) for name, value in zip(COLUMNS, means, strict=True)}


def _dict(value):
    return value if isinstance(value, dict) else {}
