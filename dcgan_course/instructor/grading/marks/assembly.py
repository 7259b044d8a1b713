"""The notebook that is run: the master's cells, with a student's answers instead of the solutions."""

import ast
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from dcgan_course.exercises.exercise import BadMaster, read_exercises
from dcgan_course.instructor.process.quick_imports import skip_address_grammars
from dcgan_course.refused import Refused

SEED = re.compile(r"(np\.random\.default_rng\()(\d+)(\))")
# Runs between an answer and its check: undoes what the answer did to names and modules that the check needs.
REMEMBER = "import _restoring\n_restoring.remember()\n"
RESTORE = "import _restoring\n_restoring.restore(globals())\n"


@dataclass(frozen=True)
class Master:
    """What grading needs of a master.

    Attributes:
        name: Its file's name without `.ipynb`.
        exercises: List of `Exercise`.
        imports: The source of all imports before the first exercise.
        parameters: The source of its `parameters` cell.
        digest: A hash of its exercises, checks and solutions.
    """

    name: str
    exercises: list
    imports: str
    parameters: str
    digest: str

    @property
    def setup(self):
        """The source of the first cell that is run."""
        return f"{self.imports}\n{self.parameters}\n{REMEMBER}"

    @property
    def restore(self):
        """The source of the cell that is run before each check."""
        return f"{RESTORE}{self.imports}\n"

    @property
    def points(self):
        """The points of all its checks together."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def given(self):
        """The names that are defined when an answer runs: a frozenset."""
        tree = ast.parse(f"{self.imports}\n{self.parameters}")
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        for node in ast.walk(tree):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names |= {alias.asname or alias.name.split(".")[0] for alias in node.names}
        return frozenset(names)


def read_masters(folder):
    """Reads the course's masters.

    Args:
        folder: The folder with the `.ipynb` files.

    Returns:
        A list of `Master`; notebooks without exercises are left out.

    Raises:
        Refused: If one is not well-formed; the text names the cell.
    """
    masters = [_read_master(path) for path in sorted(Path(folder).glob("[0-9]*.ipynb"))]
    masters = [master for master in masters if master.exercises]
    if not masters:
        raise Refused(f"There is no notebook with exercises in '{folder}'. Run the command in the course's folder.")
    return masters


def _read_master(path):
    with skip_address_grammars():
        import nbformat

    try:
        notebook = nbformat.read(path, as_version=4)
        exercises = read_exercises(notebook)
    except BadMaster as error:
        raise Refused(f"{path.name}: {error}") from None
    except Exception as error:
        raise Refused(f"'{path}' cannot be read as a notebook ({type(error).__name__}: {error}).") from None
    for exercise in exercises:
        seeds = len(SEED.findall(exercise.check))
        if seeds != 1:
            raise Refused(
                f"{path.name}: cell '{exercise.check_id}' must draw its inputs from one np.random.default_rng(NUMBER), "
                f"so that grading can put another number there. It has {seeds}."
            )
    imports, parameters = _preamble(notebook, exercises[0].answer_id if exercises else None)
    parts = [imports, parameters, *(f"{e.key}{e.points}{e.check}{e.solution}" for e in exercises)]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return Master(path.stem, exercises, imports, parameters, digest)


def _preamble(notebook, until):
    """Returns the source of a notebook's imports before the cell with the id `until`, and of its parameters cell."""
    imports, parameters = [], ""
    for cell in notebook.cells:
        if cell.get("id") == until:
            break
        if cell.cell_type != "code":
            continue
        if "parameters" in cell.metadata.get("tags", []):
            parameters = cell.source
            continue
        for node in ast.parse(cell.source).body:
            if isinstance(node, ast.ImportFrom) and node.module == "dcgan_lib":
                imports += [_import_if_there(alias.name) for alias in node.names]
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                imports.append(ast.unparse(node))
    return "\n".join(imports), parameters


def _import_if_there(name):
    """Writes an import from the library that may fail, because the sandbox has only a part of it."""
    return f"try:\n    from dcgan_lib import {name}\nexcept ImportError:\n    pass"


def with_seed(check, seed):
    """Returns a check's source with another seed."""
    return SEED.sub(rf"\g<1>{seed}\g<3>", check)


def assemble(master, answers, checks):
    """Makes the notebook that is run.

    Args:
        master: The `Master`.
        answers: Dict from an exercise's key to the source of its answer.
        checks: Dict from an exercise's key to its `Check`, as `make_reference` gives it.

    Returns:
        A `NotebookNode` whose check cells carry the expected outputs.
    """
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    cells = [new_code_cell(master.setup, id="setup")]
    for exercise in master.exercises:
        check = checks[exercise.key]
        printed = [new_output("stream", name="stdout", text=check.output)]
        cells.append(new_code_cell(answers[exercise.key], id=exercise.answer_id))
        cells.append(new_code_cell(master.restore, id=f"restore-{exercise.answer_id}"))
        cells.append(new_code_cell(check.source, id=exercise.check_id, outputs=printed, execution_count=1))
    return new_notebook(cells=cells)
