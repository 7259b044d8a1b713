"""What some try. Marks come from right answers alone; an honest exercise beside a cheat keeps its marks."""

from nbformat.v4 import new_output

from submissions.case import (
    COLOUR,
    Case,
    answer_cell,
    check_cell,
    exercises,
    full,
    notebook_case,
    released,
    solution,
    solved,
    to_bytes,
)

GRAY = "02_faces_grayscale"
STUBS = {key: exercise.stub for key, exercise in exercises(GRAY).items()}
CHECK = exercises(GRAY)["2.2"].check
STORED = check_cell(released(), "2.2").outputs[0].text
LIBRARY_NETWORKS = """# EXERCISE 2.3 build_generator and build_discriminator
from dcgan_lib.models import build_discriminator, build_generator
"""
LIBRARY_GRID = """# EXERCISE 3.4 colour_grid
def colour_grid(images):
    from dcgan_lib.grid import tile_images
    return np.asarray(tile_images(images, columns=5, gap=0, scale=1))
"""
LIBRARY_COPY = """# EXERCISE 2.2 scale_images
def scale_images(images):
    import dcgan_lib
    return dcgan_lib.scale_images(images)"""


def cheat(name, intent, source):
    """An answer to 2.2 that does not scale; the rest is honest."""
    marked = "# EXERCISE 2.2 scale_images\n" + source
    return notebook_case(name, intent, solved(ex22=marked), full(ex22=0))


def sabotage(name, intent, line):
    """Something before a right 2.2 that would spoil or soften the checks after it: nothing comes of it."""
    return notebook_case(name, intent, solved(ex22=f"{line}\n{solution('2.2')}"), full())


def with_notebook(name, intent, change):
    """A notebook in which only the stub of 2.2 stands, changed so that a grader may take it for right."""
    notebook = solved(ex22=STUBS["2.2"])
    change(notebook)
    return notebook_case(name, intent, notebook, full(ex22=0))


def edit_outputs(notebook):
    check = check_cell(notebook, "2.2")
    check.source, check.outputs = "print('done')", [new_output("stream", text="done\n")]


def keep_right_output(notebook):
    check_cell(notebook, "2.2").outputs = [new_output("stream", text=STORED)]


def delete_counts(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = None


def skip(notebook):
    check = check_cell(notebook, "2.2")
    check.source = check.source.replace("# NBVAL_CHECK_OUTPUT", "# NBVAL_SKIP")
    check.metadata["tags"] = ["nbval-skip"]
    answer_cell(notebook, "2.2").source = "# NBVAL_SKIP\n" + STUBS["2.2"]


def swap_kernel(notebook):
    notebook.metadata["kernelspec"] = {"name": "always_right", "display_name": "x", "language": "python"}


def html_outputs(notebook):
    page = "<img src=x onerror=alert(1)><script>alert(1)</script>"
    answer_cell(notebook, "2.2").outputs = [new_output("display_data", data={"text/html": page})]


def beside(name, intent, file, content):
    """A file beside the notebook that Python or pytest would load; the answers are stubs."""
    points = dict.fromkeys(full(), 0)
    return Case(name, intent, {"02_faces_grayscale.ipynb": to_bytes(released()), file: content.encode()}, points)


PASS_ALL = """
import pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    outcome.get_result().outcome = "passed"
"""
FRAME = """
def scale_images(images):
    import sys
    frame = sys._getframe(1)
    frame.f_globals["print"] = lambda *words: None
    return images
"""
EQUAL = """
class Right(float):
    def __eq__(self, other):
        return True
    __hash__ = None
    def __format__(self, form):
        return "right"
def scale_images(images):
    return [Right()] * 12
"""
NESTED = """
class Always:
    dtype, shape = np.dtype("float32"), (2, 3, 2)
    def __array__(self, *args, **kwargs):
        return np.zeros((2, 3, 2), "float32")
    def __getattr__(self, name):
        return lambda *args, **kwargs: self
def scale_images(images):
    return Always()
"""
READ_FILES = """
import glob
def scale_images(images):
    for place in ("/**/*.ipynb", "/**/*.xml", "/tmp/**/*", "../**/*"):
        for path in glob.glob(place, recursive=True)[:100]:
            try:
                text = open(path, errors="replace").read(100_000)
            except OSError:
                continue
            if "2.2 scaled:" in text:
                print(text[text.index("2.2 scaled:"):][:1000])
    return images
"""
READ_CELLS = """
def scale_images(images):
    shell = get_ipython()
    for cell in list(shell.user_ns.get("In", [])) + [str(output) for output in shell.user_ns.get("Out", {}).values()]:
        if "2.2 scaled:" in cell:
            print(cell)
    return images
"""
TRANSFORM = f"""
shell = get_ipython()
shell.input_transformers_cleanup.append(lambda lines: ["print({STORED!r})\\n"] if "CHECK 2.2" in "".join(lines) else lines)
"""
PRINT = f"""
import builtins
builtins.print = lambda *words, **options: __import__("sys").stdout.write({STORED!r})
def scale_images(images):
    return images
"""
SHOWTRACEBACK = """
get_ipython().showtraceback = lambda *args, **kwargs: None
def scale_images(images):
    raise RuntimeError
"""
HOOK = f"""
shell = get_ipython()
shell.events.register("pre_run_cell", lambda info: print({STORED!r}))
shell.ast_transformers.clear()
def scale_images(images):
    return images
"""
DRAWN = """
np.random.default_rng = lambda seed: np.random.Generator(np.random.PCG64(22))
def scale_images(images):
    return {scaled}
""".replace("{scaled}", "np.array([" + STORED.split("[", 1)[1].split("]")[0].replace("'", "") + "]).reshape(2, 3, 2)")
ROUND = "Always = type('Always', (), {'__eq__': lambda *pair: True})\ndef scale_images(images):\n    return Always()"

CASES = [
    cheat("hard-coded print", "prints what the given notebook shows", f"print({STORED!r})"),
    cheat("hard-coded in the function", "prints it when it is called", f"def scale_images(images):\n    print({STORED!r})\n    return images"),
    cheat("remembered numbers", "returns the numbers of the given notebook, and fixes the seed", DRAWN),
    with_notebook("edited outputs", "a check of one's own with its output", edit_outputs),
    with_notebook("right outputs stored", "the stub, with the outputs of a right answer below", keep_right_output),
    with_notebook("counts deleted", "nbval compares no cell without a count", delete_counts),
    with_notebook("skip", "nbval's mark to skip a cell", skip),
    with_notebook("kernel swapped", "a kernel of one's own", swap_kernel),
    with_notebook("html in outputs", "a script for whoever looks at it", html_outputs),
    beside("conftest", "a conftest.py beside the notebook that lets all pass", "conftest.py", PASS_ALL),
    beside("json", "a json.py beside the notebook", "json.py", "raise SystemExit(0)"),
    beside("numpy", "a numpy.py beside the notebook", "numpy.py", "raise SystemExit(0)"),
    beside("library", "a dcgan_lib beside the notebook", "dcgan_lib/__init__.py", "raise SystemExit(0)"),
    beside("startup", "an IPython start file beside the notebook", ".ipython/profile_default/startup/x.py", "print('2.2 scaled:')"),
    cheat("traceback muted", "an error that is not shown", SHOWTRACEBACK),
    cheat("input transformer", "replaces the check's source before it runs", TRANSFORM),
    cheat("hook", "prints the right output before each cell", HOOK),
    cheat("print replaced", "prints what the given notebook shows, whatever is printed", PRINT),
    cheat("frame", "reaches into the check's frame", FRAME),
    cheat("always equal", "numbers that are equal to all", EQUAL),
    cheat("any array", "an object that is all things", NESTED),
    cheat("equal object", "an object that is equal to all", ROUND),
    cheat("np.testing", "patches what compares", "np.testing.assert_allclose = np.array_equal = lambda *a, **k: True\ndef scale_images(images):\n    return images"),
    cheat("reads files", "looks for the graded notebook and the XML", READ_FILES),
    cheat("reads cells", "looks into IPython's own lists", READ_CELLS),
    cheat("NaN", "not a number, which is equal to nothing", "def scale_images(images):\n    return images * np.nan"),
    cheat("huge array", "a result of millions of numbers", "def scale_images(images):\n    return np.zeros((3_000_000,))"),
    cheat("huge repr", "an object that writes 100 MB of itself", "class Huge:\n    def __repr__(self):\n        return 'x' * 100_000_000\n    __str__ = __repr__\ndef scale_images(images):\n    return np.array([Huge()], dtype=object)"),
    cheat("library function", "the library's own scale_images", LIBRARY_COPY.split("\n", 1)[1]),
    notebook_case("library grid", "the library's own way to lay out images", solved(COLOUR, ex34=LIBRARY_GRID), full(COLOUR, ex34=0)),
    notebook_case("library networks", "imports the solution from the library", solved(ex23=LIBRARY_NETWORKS), full(ex23=0)),
    sabotage("seed", "fixes every seed", "import random\nrandom.seed(0)\nnp.random.seed(0)\nkeras.utils.set_random_seed(0)"),
    sabotage("dtype policy", "computes in half precision from here on", "keras.config.set_dtype_policy('mixed_float16')"),
    sabotage("floatx", "Keras in float64 from here on", "keras.config.set_floatx('float64')"),
    sabotage("names", "overwrites what the checks use", "keras = np = tempfile = Path = Image = None\nimport numpy as np"),
    sabotage("builtins", "overwrites print and zip", "print = zip = range = None"),
]  # fmt: skip
