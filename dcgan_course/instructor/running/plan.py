"""What is to be run: notebooks times settings, each with its places, all checked before anything starts."""

import hashlib
import itertools
import re
from dataclasses import dataclass
from pathlib import Path

from dcgan_course.instructor.running.notebook import Notebook, find_notebooks
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root

# Minutes on two cores, and pictures one can recognise already. "lecture" leaves every notebook as it is.
QUICK_STEPS = {"01_mnist": 2_001, "02_faces_grayscale": 1_001, "03_faces_colour": 1_001}
PROFILES = ("quick", "lecture")


@dataclass(frozen=True)
class Run:
    """One notebook with one choice of settings.

    Attributes:
        name: What it is called in the table, and its folder's name in a sweep.
        notebook: The `Notebook`.
        settings: Dict of what this run was given by name: by the profile, `-p` or a sweep.
        varied: Dict of those settings that differ between the runs.
        pictures: The folder that the notebook is told to write to.
        executed: The executed copy's path.
        log: The path of what the notebook printed.
        state: The path of a JSON file that says how it ended.
    """

    name: str
    notebook: Notebook
    settings: dict
    varied: dict
    pictures: Path
    executed: Path
    log: Path
    state: Path

    @property
    def parameters(self):
        """What is injected into the copy: the settings, and where to write."""
        return {**self.settings, "output_dir": str(self.pictures)}

    @property
    def steps(self):
        """How many steps it is to train, or None where the notebook does not say."""
        return self.settings.get("steps", self.notebook.defaults.get("steps"))


def plan_runs(arguments):
    """Turns the command line into runs.

    Args:
        arguments: What `argparse` made of it: `notebook`, `profile`, `parameter`, `sweep`, `repeat_seeds`,
            `data`, `output`.

    Returns:
        A list of `Run`, and the folder that the result goes to.

    Raises:
        Refused: If a name, a value or a combination is not possible.
    """
    root = course_root()
    notebooks = find_notebooks(arguments.notebook, root)
    sweeping = bool(arguments.sweep) or arguments.repeat_seeds > 1
    folder = Path(arguments.output or root / "runs" / (f"{arguments.profile}-sweep" if sweeping else arguments.profile))
    folder = folder.expanduser().resolve()
    runs = []
    for notebook in notebooks:
        if notebook.problem:  # One run of it, which has failed before it began.
            runs.append(_place(notebook, {}, {}, folder, root, sweeping))
            continue
        notebook.check_name("output_dir")
        fixed = _fixed_settings(notebook, arguments)
        for varied in _vary(notebook, fixed, arguments):
            runs.append(_place(notebook, fixed, varied, folder, root, sweeping))
    _refuse_clashes(runs)
    return runs, folder


def _fixed_settings(notebook, arguments):
    settings = {}
    if arguments.profile == "quick" and "steps" in notebook.defaults:
        settings["steps"] = QUICK_STEPS.get(notebook.name, 1_001)
    if arguments.data is not None:
        notebook.check_name("data_dir")
        settings["data_dir"] = str(_existing_folder(arguments.data))
    given = {}
    for name, text in arguments.parameter:
        if name in given:
            raise Refused(f"-p {name} is given twice. Sweep it to run both: --sweep {name}={given[name]},{text}")
        given[name] = text
        settings[name] = notebook.read_value(name, text)
    if arguments.data is not None and "data_dir" in given:
        raise Refused("--data and -p data_dir say the same thing twice. Give one of them.")
    return settings


def _existing_folder(data):
    path = Path(data).expanduser().resolve()
    if not path.is_dir():
        raise Refused(f"--data: there is no folder '{data}' (looked at '{path}').")
    return path


def _vary(notebook, fixed, arguments):
    """Yields each combination of swept values and seeds as a dict."""
    axes = {}
    for sweep in arguments.sweep:
        name, equals, texts = sweep.partition("=")
        if not equals or not all(texts.split(",")):
            raise Refused(f"--sweep is NAME=V1,V2,... Received: {sweep!r}.")
        if name in axes:
            raise Refused(f"--sweep {name} is given twice. Put all its values into one: --sweep {name}=V1,V2,...")
        if name in fixed and name in dict(arguments.parameter):
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
    for values in itertools.product(*axes.values()):
        yield dict(zip(axes, values, strict=True))


def _place(notebook, fixed, varied, folder, root, sweeping):
    settings = {**fixed, **varied}
    if sweeping:
        if "output_dir" in settings:
            raise Refused("output_dir cannot be given in a sweep: each run has its own folder. Use --output.")
        name = f"{notebook.name}-{_settings_name(varied)}" if varied else notebook.name
        own = folder / name
        executed, pictures, log, state = (
            own / f"{notebook.name}.ipynb",
            own / _pictures_name(notebook, settings),
            own / "log.txt",
            own / "state.json",
        )
    else:
        name = notebook.name
        given = settings.pop("output_dir", None) or _default_pictures(notebook)
        pictures = root / Path(given).expanduser()
        executed, log, state = (folder / f"{name}{suffix}" for suffix in (".ipynb", ".log", ".json"))
    return Run(name, notebook, settings, varied, pictures, executed, log, state)


def _pictures_name(notebook, settings):
    """Names a run's pictures as the notebook does: the grids' names have their folder's in them."""
    return Path(str(settings.get("output_dir") or _default_pictures(notebook))).name or "pictures"


def _default_pictures(notebook):
    return notebook.defaults.get("output_dir") or f"generated_images/{notebook.name}"


def _settings_name(varied):
    """Names a folder after settings; what a file name cannot hold is replaced, and a hash keeps it unique."""
    plain = "-".join(f"{name}={value}" for name, value in varied.items())
    safe = re.sub(r"[^\w=.+-]+", "_", plain)[:80]
    return safe if safe == plain else f"{safe}-{hashlib.sha256(plain.encode()).hexdigest()[:8]}"


def _refuse_clashes(runs):
    """Refuses two runs that would write to the same place, of which one would be lost."""
    for index, run in enumerate(runs):
        for other in runs[:index]:
            if run.name == other.name and run.executed == other.executed:
                raise Refused(
                    f"Two notebooks are called {run.name}, and their runs would overwrite each other. "
                    f"Rename one, or run them with different --output."
                )
            if run.pictures == other.pictures:
                raise Refused(f"{other.name} and {run.name} would both write their pictures to '{run.pictures}'.")
