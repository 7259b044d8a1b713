"""How a run ended, judged by what it left behind: what papermill says is not enough."""

import json
import re

from dcgan_course.instructor.running.log import last_lines
from dcgan_course.instructor.running.result import Result
from dcgan_lib.run.history import History

TRACEBACK_LINES = 12
MOST_CHARACTERS = 1_000  # Of an error.
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def judge(run, ended, outcome, exit_code):
    """Says whether a run is finished, and if not, where and why.

    Papermill takes `sys.exit(0)` for a success, and an interrupted training ends its cell without an error. So a
    run is finished only if every cell was executed, there was no error, and its `run.json` says finished.

    Args:
        run: A `Run`.
        ended: Why we ended it ("stopped", or a sentence), or None.
        outcome: What the worker wrote at its end: a dict with `error`; None if it wrote nothing.
        exit_code: The worker's.

    Returns:
        A `Result` without its seconds.
    """
    reached_its_end = outcome is not None and outcome["error"] is None
    cells, cell, error, traceback = _executed_cells(run.executed, reached_its_end)
    if ended == "stopped":
        status, error = "stopped", "Stopped; the same command goes on from the last checkpoint."
    elif ended is not None:
        status, error = "failed", ended
    else:
        error = error or _find_reason(run, outcome, exit_code, cells)
        status = "failed" if error else "finished"
    if status == "finished":
        return Result(run.name, status)
    error = ANSI.sub("", error)
    if len(error) > MOST_CHARACTERS:
        error = error[:MOST_CHARACTERS] + " ..."
    return Result(run.name, status, error, cell, (*last_lines(run.log), *traceback))


def load_history(pictures):
    """Returns the `History` of a run's folder; an empty one if the folder is not there or was left half-written."""
    try:
        history = History.load(pictures)
    except (OSError, ValueError):
        return History()
    return history if isinstance(history.run, dict) else History()


def _find_reason(run, outcome, exit_code, cells):
    """Says why a run that nobody ended and no cell failed in is not finished; None if it is."""
    if outcome is None:
        return f"The run's process died (exit code {exit_code})."
    if outcome["error"] is not None:
        return outcome["error"]
    if any(cell.get("execution_count") is None for cell in cells):
        return "Not every cell was executed."
    record = load_history(run.pictures).run
    if not record:
        return "The notebook ended, but it has written no run.json into its output_dir: nothing was trained."
    if record.get("finished") is not True:
        return "The notebook ended, but its run.json does not say finished: the training was interrupted."
    if isinstance(run.steps, int) and record.get("steps_done", run.steps) < run.steps:
        return f"run.json has {record['steps_done']:,} steps, fewer than the {run.steps:,} asked for."
    return None


def _executed_cells(path, reached_its_end):
    """Reads the executed copy: returns its code cells, the cell that it stopped in, the error, and the traceback."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
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
                error = f"{output['ename']}: {output['evalue']}"
                return cells, _cell_name(number, cell), error, lines[-TRACEBACK_LINES:]
    # The kernel may have died. Papermill then marks the cell as completed, with or without a count. So we take the
    # last cell that was started, unless all were started and the worker reached its end.
    started = [n for n, cell in enumerate(cells, 1) if cell["metadata"].get("papermill", {}).get("start_time")]
    if started and not (len(started) == len(cells) and reached_its_end):
        return cells, _cell_name(started[-1], cells[started[-1] - 1]), None, []
    return cells, None, None, []


def _cell_name(number, cell):
    first = next((line.strip() for line in "".join(cell["source"]).splitlines() if line.strip()), "")
    return f"code cell {number}: {first[:80]}"
