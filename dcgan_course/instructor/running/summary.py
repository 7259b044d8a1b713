"""The numbers of each run: what the table prints, the page shows, and `summary.csv` and `summary.json` hold."""

import csv
import json
import re
from pathlib import Path

from dcgan_course.instructor.running.result import Result

LAST_STEPS = 100  # A single step's losses are noise: the last ones are given as a mean.
COLUMNS = ("d_loss", "g_loss", "d_real", "d_fake")


def summarize(run, result, folder):
    """Gathers what is known of a run.

    Args:
        run: A `Run`.
        result: Its `Result`, or None where it was not run.
        folder: The result's folder.

    Returns:
        A dict of plain values; None where something is not known. `losses` are means over the last steps.
    """
    result = result or Result(run.name, "not started", seconds=None)
    trained = _read_json(run.pictures / "run.json") if result.seconds is not None else {}
    times = trained.get("times") if isinstance(trained.get("times"), dict) else {}
    measures = trained.get("measures") if isinstance(trained.get("measures"), dict) else {}
    grids = find_grids(run.pictures) if trained else {}
    return {
        "name": run.name,
        "notebook": run.notebook.name,
        "settings": run.settings,
        "varied": run.varied,
        "status": result.status,
        "error": result.error,
        "cell": result.cell,
        "last_lines": result.last_lines,
        "seconds": result.seconds,
        "steps": trained.get("steps_done"),
        "steps_per_second": times.get("steps_per_second"),
        "losses": last_losses(run.pictures) if trained else {},
        "measures": {str(name): value for name, value in measures.items() if isinstance(value, (int, float))},
        "source": (trained.get("source") or {}).get("description"),
        "host": result.host,
        "last_grid": str(grids[max(grids)]) if grids else None,
        "pictures": str(run.pictures),
        "executed": str(run.executed) if run.executed.is_file() else None,
        "log": str(run.log) if run.log.is_file() else None,
    }


def write_summary(rows, folder):
    """Writes `summary.json`, and `summary.csv` with a column for each setting, loss and measure."""
    (folder / "summary.json").write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", "utf-8")
    flat = [_flatten(row) for row in rows]
    columns = list(dict.fromkeys(name for row in flat for name in row))
    with open(folder / "summary.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(flat)


def _flatten(row):
    flat = {name: row[name] for name in ("name", "notebook", "status", "seconds", "steps", "steps_per_second")}
    flat.update({f"setting_{name}": value for name, value in row["settings"].items()})
    flat.update(row["losses"])
    flat.update(row["measures"])
    flat.update({name: row[name] for name in ("error", "cell", "last_grid", "executed")})
    return flat


def find_grids(pictures):
    """Returns the saved grids of a run, a dict of step to path."""
    found = ((re.search(r"_(\d+)\.png$", path.name), path) for path in Path(pictures).glob("gan_*.png"))
    return {int(match[1]): path for match, path in sorted(found, key=str) if match}


def read_history(pictures):
    """Reads `history.csv`: float32 `(steps, 4)`, d_loss, g_loss, d_real, d_fake; None where there is none."""
    import numpy as np

    try:
        lines = (Path(pictures) / "history.csv").read_text("utf-8").splitlines()[1:]
        table = np.array([line.split(",")[: len(COLUMNS) + 1] for line in lines], np.float32)  # Measures may follow.
    except (OSError, ValueError):
        return None
    return table[:, 1:] if table.ndim == 2 and table.shape[1] == len(COLUMNS) + 1 else None


def last_losses(pictures):
    """Returns the mean losses and scores over a run's last steps, a dict by column."""
    history = read_history(pictures)
    if history is None:
        return {}
    means = history[-LAST_STEPS:].mean(axis=0)
    return {name: round(float(value), 4) for name, value in zip(COLUMNS, means, strict=True)}


def _read_json(path):
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
