"""How a run ended: not what papermill says of it, but what it left behind."""

import json
import re
from pathlib import Path

from dcgan_course.instructor.running.log import last_lines

TRACEBACK_LINES = 12
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def judge(job, ended, outcome, code):
    """Says whether a run is finished, and if not, where and why.

    `sys.exit(0)` is a success to papermill, and an interrupted training ends its cell without an error:
    finished is only what has every cell executed, no error, and a `run.json` that says so.

    Args:
        job: The run's job, as in `execute`.
        ended: Why it was ended from outside, or None.
        outcome: What the worker wrote at its end, or None.
        code: The worker's exit code.

    Returns:
        A dict of `status` (finished, failed or stopped), `error`, `cell` and `last_lines`.
    """
    reached_its_end = outcome is not None and outcome["error"] is None
    cells, cell, error, traceback = _executed_cells(job["executed"], reached_its_end)
    if ended == "stopped":
        status, error = "stopped", "Stopped; the same command goes on from the last checkpoint."
    elif ended is not None:
        status, error = "failed", ended
    else:
        error = error or _unfinished(job, outcome, code, cells)
        status = "failed" if error else "finished"
    if status == "finished":
        return {"status": status, "error": None, "cell": None, "last_lines": []}
    return {"status": status, "error": _short(error), "cell": cell, "last_lines": [*last_lines(job["log"]), *traceback]}


def failure(name, error, status="failed"):
    """Returns what `execute` would have returned of a run that never began."""
    return {"name": name, "status": status, "error": error, "cell": None, "last_lines": [], "seconds": 0.0}


def _unfinished(job, outcome, code, cells):
    if outcome is None:
        return f"The run's process died (exit code {code})."
    if outcome["error"] is not None:
        return outcome["error"]
    if any(cell.get("execution_count") is None for cell in cells):
        return "Not every cell was executed."
    try:
        run = json.loads((Path(job["pictures"]) / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return "The notebook ended, but it has written no run.json into its output_dir: nothing was trained."
    if not isinstance(run, dict) or run.get("finished") is not True:
        return "The notebook ended, but its run.json does not say finished: the training was interrupted."
    if isinstance(job["steps"], int) and run.get("steps_done", job["steps"]) < job["steps"]:
        return f"run.json has {run['steps_done']:,} steps, fewer than the {job['steps']:,} asked for."
    return None


def _executed_cells(path, reached_its_end):
    """Reads the executed copy: its code cells, the one it stopped in, the error there, and where that came from."""
    try:
        notebook = json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError):
        return [], None, None, []
    cells = [
        cell
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and "".join(cell["source"]).strip()
        and "injected-parameters" not in cell["metadata"].get("tags", [])
    ]
    for number, cell in enumerate(cells, 1):
        for output in cell["outputs"]:
            if output["output_type"] == "error":
                lines = ANSI.sub("", "\n".join(output["traceback"])).splitlines()
                return (
                    cells,
                    _cell_name(number, cell),
                    f"{output['ename']}: {output['evalue']}",
                    lines[-TRACEBACK_LINES:],
                )
    # Papermill calls the cell that a kernel died in completed, and whether it has a count is chance: the last one
    # that was started is it. With none left to start, the notebook came to its end.
    started = [cell["metadata"].get("papermill", {}).get("start_time") is not None for cell in cells]
    if any(started) and not (all(started) and reached_its_end):
        number = max(number for number, yes in enumerate(started, 1) if yes)
        return cells, _cell_name(number, cells[number - 1]), None, []
    return cells, None, None, []


def _cell_name(number, cell):
    first = next((line.strip() for line in "".join(cell["source"]).splitlines() if line.strip()), "")
    return f"code cell {number}: {first[:80]}"


def _short(error, most=1_000):
    error = ANSI.sub("", error)
    return error if len(error) <= most else error[:most] + " ..."
