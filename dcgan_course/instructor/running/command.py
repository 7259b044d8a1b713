"""`python -m dcgan_course run`: runs many notebooks, without a screen.

Without a sweep, pictures go to where the notebooks say (generated_images/...) and executed copies to
runs/<profile>/<notebook>.ipynb. In a sweep each run has its own folder runs/NAME/<notebook>-<settings>/
with the executed notebook, pictures, run.json and log. Either way runs/NAME/index.html shows them all,
and summary.csv and summary.json have the numbers.

In a sweep, the same command again keeps the finished runs and goes on with the others from their checkpoints.
To run something again, remove its folder or name another --output. Ctrl-C stops; what is done is kept.
Exit status: 0 if all runs finished, 1 if one did not, 2 if the command was refused, 130 after Ctrl-C.

  python -m dcgan_course run                                  all three notebooks, a few minutes
  python -m dcgan_course run 01 --profile lecture --data ~/faces-and-mnist
  python -m dcgan_course run 01 -p steps 4001 --sweep batch_size=16,32,64 --repeat-seeds 3 --output runs/batches
"""

import contextlib
import functools
import json
import shutil
from dataclasses import replace

from dcgan_course.instructor.process.result_folder import hold_folder
from dcgan_course.instructor.process.signals import terminable
from dcgan_course.instructor.running.notebook import add_notebook_arguments
from dcgan_course.instructor.running.plan import plan_runs
from dcgan_course.instructor.running.result import Result
from dcgan_course.refused import Refused
from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.machine import usable_cores

_OPTIONS = {
    "--profile": {
        "choices": ("quick", "lecture"),
        "default": "quick",
        "help": "quick (default): 2,001 steps for 01, 1,001 for others; lecture: as the notebooks have it",
    },
    "--data": {"metavar": "DIR", "help": "folder with mnist.npz and img_align_celeba_small/; workers must see it too"},
    "--sweep": {
        "action": "append",
        "default": [],
        "metavar": "NAME=V1,V2,...",
        "help": "one run for each value; several multiply",
    },
    "--repeat-seeds": {"type": int, "default": 1, "metavar": "N", "help": "each run N times: seed, seed + 1, ..."},
    "--output": {
        "metavar": "DIR",
        "help": "where results go (default: runs/<profile>, of a sweep runs/<profile>-sweep)",
    },
    "--workers": {"type": int, "metavar": "N", "help": "runs at once (default: one for each core)"},
    "--timeout": {"type": float, "metavar": "MIN", "help": "a run that takes longer has failed"},
    "--memory": {"type": float, "metavar": "GB", "help": "a run that holds more has failed"},
    "--scheduler": {"metavar": "ADDRESS", "help": "run on the Dask cluster at tcp://HOST:PORT"},
}


def add_arguments(parser):
    """Adds the options of `run`."""
    add_notebook_arguments(parser)
    for option, description in _OPTIONS.items():
        parser.add_argument(option, **description)


def main(arguments):
    """Runs what the command line asks for; returns the exit status."""
    for name in ("workers", "timeout", "memory"):
        value = getattr(arguments, name)
        if value is not None and not value > 0:
            raise Refused(f"--{name} must be more than 0. Received: {value}.")
    if arguments.scheduler and arguments.workers:
        raise Refused("--workers is for this machine; with --scheduler the cluster's own workers count.")
    runs, folder = plan_runs(arguments)
    sweeping = runs[0].executed.parent != folder
    with hold_folder(folder), terminable():
        results = {run.name: result for run in runs if sweeping and (result := _kept(run)) is not None}
        if results:
            print(f"{len(results)} of {len(runs)} runs are finished already and kept.")
        results |= {run.name: Result(run.name, "failed", run.notebook.problem) for run in runs if run.notebook.problem}
        complete = _run_rest([run for run in runs if run.name not in results], results, arguments, sweeping)
        _publish(runs, results, folder)
    if not complete:
        print("Stopped. What is finished is kept; the same command goes on with the rest.")
        return 130
    return 0 if all(result.status in ("finished", "kept") for result in results.values()) else 1


def _run_rest(runs, results, arguments, sweeping):
    """Runs what is not finished, and adds each `Result` to `results`; returns False if it was stopped."""
    if not runs:
        return True
    from dcgan_course.instructor.running.execution import execute
    from dcgan_course.instructor.running.notebook_page import write_notebook_page
    from dcgan_course.instructor.running.pool import cluster_pool, run_all, thread_pool
    from dcgan_course.instructor.running.progress_display import ProgressDisplay

    cores = usable_cores()
    workers = min(arguments.workers or cores, len(runs))  # Two at once make 1.5 times the steps of one on two cores.
    threads = max(1, cores // workers) if workers > 1 else None
    runs = {run.name: replace(run, threads=threads, timeout=arguments.timeout, memory=arguments.memory) for run in runs}
    progress = ProgressDisplay(runs.values(), workers)
    if arguments.scheduler:
        pool = cluster_pool(arguments.scheduler, progress.report)
    else:
        presses = []
        work = functools.partial(execute, report=progress.report, presses=lambda: len(presses))
        pool = thread_pool(workers, work, lambda: presses.append(True))

    def done(result):
        run = runs[result.name]
        results[run.name] = result
        _record(run, result, sweeping)
        write_notebook_page(run.executed)
        progress.end(result)

    for run in runs.values():
        run.state.unlink(missing_ok=True)
    with contextlib.closing(progress):
        return run_all(runs.values(), pool, progress, done)


def _publish(runs, results, folder):
    """Writes the page and the summaries, and prints the table."""
    from dcgan_course.instructor.process.wording import shown
    from dcgan_course.instructor.running.page import write_page
    from dcgan_course.instructor.running.summary import summarize, write_summary
    from dcgan_course.instructor.running.table import print_table

    summaries = [summarize(run, results.get(run.name)) for run in runs]
    write_summary(summaries, folder)
    page = write_page(summaries, folder)
    print_table(summaries)
    print(f"\n{shown(page)} shows the pictures and the curves.")


def _record(run, result, sweeping):
    """Writes down how a run ended, so that the same command can keep it; in a sweep with a copy of its `run.json`."""
    entry = {**vars(result), "settings": run.settings, "notebook": run.notebook.digest}
    if result.host is None:
        del entry["host"]
    run.state.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(run.state) as file:
        file.write(json.dumps(entry, indent=2, ensure_ascii=False) + "\n")
    if sweeping and (run.pictures / "run.json").is_file():
        shutil.copyfile(run.pictures / "run.json", run.executed.with_name("run.json"))


def _kept(run):
    """Returns the `Result` of an earlier, finished run of the same source and settings, or None."""
    from dcgan_course.instructor.running.verdict import load_history

    try:
        entry = json.loads(run.state.read_text("utf-8"))
        same = entry.pop("settings") == run.settings and entry.pop("notebook") == run.notebook.digest
        result = Result(**entry)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    trained = load_history(run.pictures).run.get("finished") is True
    if same and result.status == "finished" and trained and run.executed.is_file():
        return replace(result, name=run.name, status="kept")
    return None
