"""The notebook that is run: the master's cells, with a student's answers instead of the solutions."""

import ast
import hashlib
import re
from dataclasses import dataclass, field, replace

from dcgan_course.exercises.checks.checking import MEASURED_TYPE
from dcgan_course.exercises.checks.measures import MEASURES
from dcgan_course.exercises.exercise import BadMaster, read_exercises
from dcgan_course.instructor.grading.marks.measure_source import measure_source
from dcgan_course.instructor.process.quick_imports import skip_address_grammars
from dcgan_course.refused import Refused

IMPORT_CHECK = "from dcgan_course.exercises import check\n"  # An answer may have a function of that name.
SEED = re.compile(r"(\bseed=)(\d+)\b")


@dataclass(frozen=True)
class Master:
    """What grading needs of a master."""

    name: str  # Its file's name without `.ipynb`.
    exercises: list  # Of `Exercise`.
    imports: str  # The source of all imports before the first exercise.
    parameters: str  # The source of its `parameters` cell.
    digest: str  # A hash of its exercises, checks and solutions.
    # From each exercise's key to a hash of all that decides its marks: also of what measures, and of what comes first.
    digests: dict = field(default_factory=dict)

    @property
    def setup(self):
        """The source of the first cell that is run in each kernel."""
        return f"{self.imports}\n{self.parameters}\n"

    @property
    def points(self):
        """The points of all its checks together."""
        return sum(exercise.points for exercise in self.exercises)

    def only(self, keys):
        """Returns this master with some of its exercises."""
        return replace(self, exercises=[exercise for exercise in self.exercises if exercise.key in keys])

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
    """Reads the masters in a folder that have exercises; raises `Refused` for one that is not well-formed."""
    masters = [_read_master(path) for path in sorted(folder.glob("[0-9]*.ipynb"))]
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
        if exercise.key not in MEASURES:
            raise Refused(
                f"{path.name}: exercise {exercise.key} has no function that measures its answer. Name one in "
                f"dcgan_course/exercises/checks/measures.py."
            )
        seeds = len(SEED.findall(exercise.check))
        if seeds != 1:
            raise Refused(
                f"{path.name}: cell '{exercise.check_id}' must have one 'seed=NUMBER', so that grading can put another "
                f"number there. It has {seeds}."
            )
    imports, parameters = _preamble(notebook, exercises[0].answer_id if exercises else None)
    own = {e.key: f"{e.key}{e.points}{e.check}{e.solution}" for e in exercises}
    digests = {key: _hash(imports, parameters, text, measure_source(key)) for key, text in own.items()}
    return Master(path.stem, exercises, imports, parameters, _hash(imports, parameters, *own.values()), digests)


def _hash(*texts):
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


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
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imports.append(ast.unparse(node))
    return "\n".join(imports), parameters


def seed_of(check):
    """Returns the seed in a check's source."""
    return int(SEED.search(check)[2])


def with_seed(check, seed):
    """Returns a check's source with another seed."""
    return SEED.sub(rf"\g<1>{seed}", check)


def assemble(master, answers, checks):
    """Makes the notebook that is run; its check cells carry the expected outputs.

    `answers` and `checks` are dicts from an exercise's key to the source of its answer, and to its `Check`. What has no
    answer is left out.
    """
    from nbformat.v4 import new_code_cell, new_notebook, new_output

    cells = []
    for exercise in master.exercises:
        if exercise.key in answers:
            check = checks[exercise.key]
            measured = [new_output("display_data", {MEASURED_TYPE: check.output})]
            cells.append(new_code_cell(master.setup, id=setup_id(exercise)))
            cells.append(new_code_cell(answers[exercise.key], id=exercise.answer_id))
            source = IMPORT_CHECK + check.source
            cells.append(new_code_cell(source, id=exercise.check_id, outputs=measured, execution_count=1))
    return new_notebook(cells=cells)


def setup_id(exercise):
    """Returns the id of the cell that is run before an answer."""
    return f"setup-{exercise.answer_id}"
