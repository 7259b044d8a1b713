"""What is to be run: each notebook with each choice of settings, all checked before anything starts."""

import hashlib
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from dcgan_course.instructor.running.notebook import Notebook, find_notebooks
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root

# The profile "quick": some minutes on two cores, and one can already recognise the pictures.
QUICK_STEPS = {"01_mnist": 2_001}
QUICK_STEPS_OF_OTHERS = 1_001


@dataclass(frozen=True)
class Run:
    """One notebook with one choice of settings, as a worker process gets it, here or on another machine."""

    name: str  # What it is called in the table, and its folder's name in a sweep.
    notebook: Notebook
    settings: dict  # The parameters that the profile, `-p` or a sweep has set.
    varied: dict  # The settings that differ between the runs.
    pictures: Path  # The folder that the notebook is told to write to.
    executed: Path  # The executed copy.
    log: Path  # What the notebook printed.
    state: Path | None = None  # A JSON file that says how it ended.
    working_folder: Path | None = None  # Where the kernel starts; None for the notebook's own folder.
    threads: int | None = None  # For the numerical libraries; None for all cores.
    timeout: float | None = None  # The minutes that it may take.
    memory: float | None = None  # The GB that it may hold.

    @property
    def parameters(self):
        """Dict of what is injected into the executed copy: the settings, and where to write."""
        return {**self.settings, "output_dir": str(self.pictures)}

    @property
    def steps(self):
        """How many steps it is to train; None where the notebook does not say."""
        return self.settings.get("steps", self.notebook.defaults.get("steps"))


def plan_runs(arguments):
    """Turns the command line into a list of `Run` and the folder for the results.

    Raises:
        Refused: If a name, a value or a combination is not possible.
    """
    root = course_root()
    sweeping = bool(arguments.sweep) or arguments.repeat_seeds > 1
    folder = Path(arguments.output or root / "runs" / (f"{arguments.profile}-sweep" if sweeping else arguments.profile))
    folder = folder.expanduser().resolve()
    runs = []
    for notebook in find_notebooks(arguments.notebook, root):
        fixed, choices = {}, [{}]
        if not notebook.problem:  # One with a problem is reported as a failed run, and the others go on.
            notebook.check_name("output_dir")
            fixed = _fixed_settings(notebook, arguments)
            choices = _vary(notebook, fixed, arguments)
        runs += [_plan_run(notebook, fixed, varied, folder, root, sweeping) for varied in choices]
    for earlier, run in itertools.combinations(runs, 2):
        if run.name == earlier.name:
            raise Refused(
                f"Two notebooks are called {run.name}, and their runs would overwrite each other. "
                f"Rename one, or run them with different --output."
            )
        if run.pictures == earlier.pictures:
            raise Refused(f"{earlier.name} and {run.name} would both write their pictures to '{run.pictures}'.")
    return runs, folder


def _fixed_settings(notebook, arguments):
    settings = {}
    if arguments.profile == "quick" and "steps" in notebook.defaults:
        settings["steps"] = QUICK_STEPS.get(notebook.name, QUICK_STEPS_OF_OTHERS)
    if arguments.data is not None:
        notebook.check_name("data_dir")
        folder = Path(arguments.data).expanduser().resolve()
        if not folder.is_dir():
            raise Refused(f"--data: there is no folder '{arguments.data}' (looked at '{folder}').")
        settings["data_dir"] = str(folder)
    given = {}
    for name, text in arguments.parameter:
        if name in given:
            raise Refused(f"-p {name} is given twice. Sweep it to run both: --sweep {name}={given[name]},{text}")
        given[name] = text
        settings[name] = notebook.read_value(name, text)
    if arguments.data is not None and "data_dir" in given:
        raise Refused("--data and -p data_dir say the same thing twice. Give one of them.")
    return settings


def _vary(notebook, fixed, arguments):
    """Lists each combination of swept values and seeds as a dict."""
    axes = {}
    for sweep in arguments.sweep:
        name, equals, texts = sweep.partition("=")
        if not equals or not all(texts.split(",")):
            raise Refused(f"--sweep is NAME=V1,V2,... Received: {sweep!r}.")
        if name in axes:
            raise Refused(f"--sweep {name} is given twice. Put all its values into one: --sweep {name}=V1,V2,...")
        if name in dict(arguments.parameter):
            raise Refused(f"{name} is both fixed by -p and swept. Give one of them.")
        if name == "output_dir":
            raise Refused("output_dir cannot be swept: each run of a sweep has its own folder. Use --output.")
        values = [notebook.read_value(name, text) for text in texts.split(",")]
        if len({repr(value) for value in values}) < len(values):
            raise Refused(f"--sweep {name} has a value twice, which would be the same run twice: {texts}.")
        axes[name] = values
    if arguments.repeat_seeds < 1:
        raise Refused(f"--repeat-seeds must be 1 or more. Received: {arguments.repeat_seeds}.")
    if arguments.repeat_seeds > 1:
        notebook.check_name("seed")
        if "seed" in axes:
            raise Refused("--repeat-seeds and --sweep seed both choose seeds. Give one of them.")
        first = fixed.get("seed", notebook.defaults["seed"])
        axes["seed"] = list(range(first, first + arguments.repeat_seeds))
    return [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]


def _plan_run(notebook, fixed, varied, folder, root, sweeping):
    """Decides where a run's files go."""
    settings = {**fixed, **varied}
    default_pictures = notebook.defaults.get("output_dir") or f"generated_images/{notebook.name}"
    if sweeping:
        if "output_dir" in settings:
            raise Refused("output_dir cannot be given in a sweep: each run has its own folder. Use --output.")
        name = f"{notebook.name}-{_settings_name(varied)}" if varied else notebook.name
        run_folder = folder / name
        # Keep the folder's own name: the pictures are named after it.
        pictures = run_folder / (Path(str(default_pictures)).name or "pictures")
        executed, log, state = (run_folder / file for file in (f"{notebook.name}.ipynb", "log.txt", "state.json"))
    else:
        name = notebook.name
        pictures = root / Path(settings.pop("output_dir", None) or default_pictures).expanduser()
        executed, log, state = (folder / f"{name}{suffix}" for suffix in (".ipynb", ".log", ".json"))
    return Run(name, notebook, settings, varied, pictures, executed, log, state)


def _settings_name(varied):
    """Names a folder after settings. Where characters had to be replaced, a hash keeps the name unique."""
    plain = "-".join(f"{name}={value}" for name, value in varied.items())
    safe = re.sub(r"[^\w=.+-]+", "_", plain)[:80]
    return safe if safe == plain else f"{safe}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"
