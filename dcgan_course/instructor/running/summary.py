"""The numbers of each run: what the table prints, the page shows, and `summary.csv` and `summary.json` hold."""

import csv
import json
from dataclasses import dataclass

from dcgan_course.instructor.running.result import Result
from dcgan_course.instructor.running.verdict import load_history
from dcgan_lib.run.folder import saved_grids
from dcgan_lib.run.history import COLUMNS, History
from dcgan_lib.system.files import atomic_write

LAST_STEPS = 100  # A single step's losses are noise: the mean over the last steps is given.


@dataclass(frozen=True)
class RunSummary:
    """What is known of a run; None where something is not known."""

    name: str
    notebook: str  # Its name.
    settings: dict
    varied: dict
    status: str  # As in `Result`, or "not started".
    error: str | None
    cell: str | None
    last_lines: tuple
    seconds: float | None
    steps: int | None  # How many were made.
    steps_per_second: float | None
    losses: dict  # The mean over the last steps of each of `COLUMNS`; empty if nothing was trained.
    measures: dict  # The value of each measure of the pictures.
    source: str | None  # What the training's images were.
    host: str | None
    last_grid: str | None
    pictures: str
    executed: str | None
    log: str | None
    history: History  # It is not part of `summary.json`.

    def to_row(self):
        """Returns the row of `summary.csv`, a dict by column."""
        names = ("name", "notebook", "status", "seconds", "steps", "steps_per_second")
        settings = {f"setting_{name}": value for name, value in self.settings.items()}
        row = {name: getattr(self, name) for name in names} | settings | self.losses | self.measures
        return row | {name: getattr(self, name) for name in ("error", "cell", "last_grid", "executed")}


def summarize(run, result):
    """Gathers what is known of a `Run` and its `Result`, which is None if it was not run; returns a `RunSummary`."""
    result = result or Result(run.name, "not started", seconds=None)
    history = History() if result.seconds is None else load_history(run.pictures)
    times, measures, source = (_dict(history.run.get(name)) for name in ("times", "measures", "source"))
    grids = saved_grids(run.pictures) if history.run else {}
    losses = {}
    if len(history):
        means = history.values[-LAST_STEPS:].mean(axis=0)
        losses = {name: round(float(value), 4) for name, value in zip(COLUMNS, means, strict=True)}
    return RunSummary(
        **vars(result),
        notebook=run.notebook.name,
        settings=run.settings,
        varied=run.varied,
        steps=history.run.get("steps_done"),
        steps_per_second=times.get("steps_per_second"),
        losses=losses,
        measures={str(name): value for name, value in measures.items() if isinstance(value, (int, float))},
        source=source.get("description"),
        last_grid=str(grids[max(grids)]) if grids else None,
        pictures=str(run.pictures),
        executed=str(run.executed) if run.executed.is_file() else None,
        log=str(run.log) if run.log.is_file() else None,
        history=history,
    )


def write_summary(summaries, folder):
    """Writes `summary.json`, and `summary.csv` with a column for each setting, loss and measure."""
    entries = [{name: value for name, value in vars(run).items() if name != "history"} for run in summaries]
    with atomic_write(folder / "summary.json") as file:
        file.write(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")
    rows = [run.to_row() for run in summaries]
    with atomic_write(folder / "summary.csv") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _dict(value):
    return value if isinstance(value, dict) else {}
