"""Students run cells twice and out of order: a cell gives the same again, or says in one sentence what to run first."""

import ast
import json
import re
import shutil
import symtable

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from test_notebooks import COURSE, NAMES, code_cells, each_notebook, read, short_copy

import dcgan_lib

# The cells that go on by their idea. Their text may differ; all that they leave behind has the same shapes again.
GOING_ON = {
    "loop-run": "twenty more steps of the same two networks",
    "train-code": "the second time it finds the run of the first, and says so instead of drawing a bar",
}
# The lecture adds these networks' layers in several cells; the first line of each keeps what stood before.
GROWING = {"generator", "discriminator"}
PRELUDE = ("setup", "imports", "parameters")

# Everything that a notebook has made: arrays with their shapes, lists with their lengths, networks with their weights.
PROBE = """
def describe_value(value):
    if isinstance(value, type):
        return "a class"
    if hasattr(value, "trainable_weights"):
        return [weight.shape for weight in value.weights], [weight.shape for weight in value.trainable_weights]
    if hasattr(value, "shape"):
        return value.shape
    return (type(value).__name__, len(value)) if isinstance(value, (list, tuple, dict)) else type(value).__name__
def describe_names():
    for name, value in sorted(globals().items()):
        if not name.startswith("_") and name not in ("In", "Out", "describe_value", "describe_names"):
            print(name, describe_value(value))
describe_names()
"""
# Takes back whatever a cell has made.
KEEP = "_kept = dict(globals())"
FORGET = """
for _name in [name for name in globals() if not name.startswith("_") and name not in _kept]:
    del globals()[_name]
globals().update(_kept)
"""


def execute(cells, folder):
    """Runs code cells in one kernel that was started in this folder; their outputs are in them then."""
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=600, kernel_name="python3", resources=resources).execute()


def new_cells(*sources):
    return [nbformat.v4.new_code_cell(source) for source in sources]


def shown(cell):
    """What a cell shows: its text as one, its pictures, its values."""
    text = "".join(output.text for output in cell.outputs if output.output_type == "stream")
    return text, [output.data for output in cell.outputs if "data" in output]


class Generators(ast.NodeTransformer):
    """Since Python 3.12 a comprehension's own names are listed among the module's; a generator's never are."""

    def visit_ListComp(self, node):
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node):
        self.generic_visit(node)
        return ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)


def list_names(tree):
    return symtable.symtable(ast.unparse(Generators().visit(tree)), "cell", "exec")


def bound_names(tree):
    """The names that a piece of code binds for the cells after it."""
    table = list_names(tree)
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def read_names(tree):
    """The names of its notebook that a piece of code reads, in its functions too."""
    found, tables = set(), [list_names(tree)]
    while tables:
        table = tables.pop()
        is_module = table.get_type() == "module"
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (is_module or symbol.is_global())
        }
        tables += table.get_children()
    return found


def taken_names(cell):
    """The names that a cell takes from the cells before it: it reads them before it binds them."""
    taken, bound = set(), set()
    for statement in ast.parse(cell.source).body:
        binds = bound_names(statement)
        # A loop or a `with` binds its names before its body reads them; an assignment reads first.
        taken |= read_names(statement) - bound - (binds if hasattr(statement, "body") else set())
        bound |= binds
    return taken


def cells_of(name):
    """A master's answer cells, check cells and lesson cells."""
    cells = code_cells(read(name))
    answers = [cell for cell in cells if cell.source.startswith("# EXERCISE ")]
    checks = [cell for cell in cells if cell.source.startswith("# CHECK ")]
    return answers, checks, [cell for cell in cells if cell not in answers and cell not in checks]


# The gray faces' cells are those of the colour ones.
@pytest.mark.parametrize("name", [pytest.param(NAMES[0], marks=pytest.mark.slow), NAMES[2]])
def test_a_cell_works_alone_or_says_what_is_missing_gives_the_same_twice_and_works_when_one_goes_back(name, tmp_path):
    cells = code_cells(short_copy(name, tmp_path))
    for cell in cells:
        cell.source = cell.source.replace("5_000", "100")  # Pictures to measure.
    setup = [cell for cell in cells if cell.id in PRELUDE or "injected-parameters" in cell.metadata.get("tags", [])]
    others = [cell for cell in cells if cell not in setup]
    start = new_cells(*(cell.source for cell in setup), KEEP)
    alone = [new for cell in others for new in new_cells(FORGET, cell.source)]
    for cell in alone[1::2]:
        cell.metadata.tags = ["raises-exception"]
    forth = [new for cell in cells for new in new_cells(cell.source, PROBE, cell.source, PROBE)]
    back = new_cells(*(cell.source for cell in reversed(cells)))
    # One kernel for all of it: TensorFlow takes its time to start.
    execute([*start, *alone, *new_cells(FORGET), *forth, *back], tmp_path)
    for cell, ran in zip(others, alone[1::2], strict=True):
        for output in ran.outputs:
            if output.output_type == "error" and output.ename != "NameError":
                # Ours, and what Keras says of a generator that is not there yet.
                missing = ("FileNotFoundError", "Train into it first"), ("ValueError", "File not found: filepath=")
                assert any(output.ename == kind and words in output.evalue for kind, words in missing), cell.id
    for index, cell in enumerate(cells):
        first, made, second, made_again = forth[4 * index : 4 * index + 4]
        assert shown(made_again) == shown(made), cell.id
        if cell.id not in GOING_ON:
            assert shown(second) == shown(first), cell.id


def test_a_layer_that_was_skipped_is_asked_for_in_one_sentence():
    sources, names = {cell.id: cell.source for cell in code_cells(read("01_mnist"))}, {"latent_dim": 100, "seed": 0}
    for cell_id in ("imports", "generator-1"):
        exec(sources[cell_id], names)
    with pytest.raises(AssertionError, match="^Run the cell above first: the layers of this one follow those.$"):
        exec(sources["generator-3"], names)


@pytest.mark.slow
def test_a_training_that_was_stopped_goes_on_after_the_parameters_cell_was_run_alone(tmp_path, monkeypatch):
    course = tmp_path / "course"
    shutil.copytree(COURSE / "dcgan_lib", course / "dcgan_lib", ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("data", "notebooks"):
        (course / folder).mkdir()
    np.savez(course / "data" / "mnist.npz", x_train=dcgan_lib.draw_digits(50)[0])
    monkeypatch.setenv("PYTHONPATH", str(course))
    monkeypatch.delenv("DCGAN_DATA", raising=False)
    sources = {cell.id: cell.source for cell in code_cells(read("01_mnist"))}
    with_steps = {steps: sources["parameters"].replace("40_001", str(steps)) for steps in (2, 3)}
    start = (sources["setup"], sources["imports"], with_steps[2], sources["data-load"])
    train = sources["train-code"]
    cells = new_cells(*start, train, with_steps[3], train)
    execute(cells, course / "notebooks")
    assert "3/3" in shown(cells[-1])[0]
    assert [path.name for path in (course / "notebooks").iterdir()] == []
    run = json.loads((course / "generated_images" / "MNIST" / "run.json").read_text("utf-8"))
    assert [part["first_step"] for part in run["times"]["sessions"]] == [0, 2]


@each_notebook
def test_what_a_lesson_takes_from_an_earlier_cell_is_bound_by_that_cell_alone(name):
    answers, checks, lessons = cells_of(name)
    taken = set().union(*(taken_names(cell) for cell in [*answers, *checks, *lessons])) - GROWING
    binders = {}
    for cell in [*answers, *checks, *lessons]:
        for bound in bound_names(ast.parse(cell.source)) & taken:
            binders.setdefault(bound, []).append(cell.id)
    # A module may be imported again: it is the same one.
    shared = {bound: ids for bound, ids in binders.items() if len(ids) > 1 and bound not in ("sys", "dcgan_lib")}
    assert shared == {}


def exercise_names(answers):
    """The functions that exercises ask for, as the first lines of the answer cells name them."""
    lines = (cell.source.splitlines()[0] for cell in answers)
    return {word for line in lines for word in re.findall(r"\w+", line.split(maxsplit=3)[3]) if word != "and"}


def test_only_an_answer_binds_the_name_of_an_exercise():
    notebooks = [cells_of(name) for name in NAMES]
    for answers, checks, lessons in notebooks:
        names = exercise_names(answers)
        assert names == {function for cell in answers for function in bound_names(ast.parse(cell.source))}
        for cell in [*checks, *lessons]:
            # Notebook 1 writes the networks out before notebook 2 asks for them: a name counts in its own notebook.
            assert not bound_names(ast.parse(cell.source)) & names, cell.id


@each_notebook
def test_no_check_binds_a_name_that_a_lesson_uses(name):
    _, checks, lessons = cells_of(name)
    used = set().union(*(read_names(ast.parse(cell.source)) for cell in lessons))
    for cell in checks:
        tree = ast.parse(cell.source)
        imported = {
            (alias.asname or alias.name).split(".")[0]
            for node in tree.body
            if isinstance(node, (ast.Import, ast.ImportFrom))
            for alias in node.names
        }
        assert not (bound_names(tree) - imported) & used, cell.id


def test_the_search_for_names_finds_them():
    cell = nbformat.v4.new_code_cell("import a\nb = a.c + d\ndef f(x):\n    return x + e\nfor g in b:\n    h = g")
    assert taken_names(cell) == {"d", "e"}
    assert bound_names(ast.parse(cell.source)) == {"a", "b", "f", "g", "h"}
    for source in ("a = [b + c for b in d]", "a = {b + c for b in d}", "a = {b: [c + e for e in d] for b in d}"):
        assert taken_names(nbformat.v4.new_code_cell(source)) == {"c", "d"}
        assert bound_names(ast.parse(source)) == {"a"}
