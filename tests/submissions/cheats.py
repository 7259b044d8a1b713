"""What some try. Marks come from right answers alone; an honest exercise beside a cheat keeps its marks."""

from nbformat.v4 import new_output

from dcgan_course.exercises.checks.checking import MEASURED_TYPE
from dcgan_course.exercises.checks.expected import read_expected
from dcgan_course.exercises.checks.measured import to_text
from dcgan_course.exercises.checks.messages import say
from dcgan_course.instructor.grading.marks.assembly import seed_of
from submissions.case import (
    COLOUR,
    GRAY,
    STUBS,
    Case,
    answer_cell,
    check_cell,
    exercises,
    full,
    notebook_case,
    released,
    short,
    short_points,
    solution,
    solved,
    to_bytes,
)

# What a student has on their own machine: the verdict, and what a right answer gives for the notebook's seed.
VERDICT = say("right", "en", key="2.2", name="scale_images") + "\n"
RIGHT = read_expected("2.2", seed_of(exercises(GRAY)["2.2"].check)).right
LINES = to_text("2.2", RIGHT)
PUBLISH = f"""
from IPython.display import publish_display_data


def publish_right():
    publish_display_data({{{MEASURED_TYPE!r}: {LINES!r}, "text/plain": {VERDICT!r}}})
    print({VERDICT + LINES!r})
"""
WRONG = "def scale_images(images):\n    return images\n"

# What the library has for each exercise, and a function that would make an answer of it.
OF_LIBRARY = {
    "2.1": ("", "load_faces", "def load_face(path):\n    return given(path)[0]"),
    "2.2": (".scaling", "scale_images", "def scale_images(images):\n    return given(images)"),
    "2.3": (".models", "build_generator", "build_generator = given"),
    "2.4": ("", "build_discriminator", "def build_discriminator():\n    return given()"),
    "2.5": (
        "",
        "DCGAN",
        """def train_step(generator, discriminator, d_optimizer, g_optimizer, real, noise):
    losses = given(generator, discriminator, d_optimizer=d_optimizer, g_optimizer=g_optimizer).update(real, noise)
    return losses["d_loss"], losses["g_loss"]""",
    ),
    "3.1": (".data.faces", "load_faces", "def load_face(path):\n    return given(path, color_mode='rgb')[0]"),
    "3.2": ("", "build_generator", "def build_generator():\n    return given((28, 28, 3))"),
    "3.3": (".models", "build_discriminator", "def build_discriminator():\n    return given((28, 28, 3))"),
    "3.4": (
        "",
        "models",
        """def count_parameters(channels):
    networks = given.build_generator((28, 28, channels)), given.build_discriminator((28, 28, channels))
    return [network.count_params() for network in networks]""",
    ),
    "3.5": (
        ".grid",
        "tile_images",
        "def colour_grid(images):\n    return np.asarray(given(images, columns=5, gap=0, scale=1))",
    ),
}
WAYS = {
    "from import": "from dcgan_lib{module} import {name} as given",
    "import module": "import dcgan_lib{module}\ngiven = dcgan_lib{module}.{name}",
    "importlib": "import importlib\ngiven = importlib.import_module('dcgan_lib{module}').{name}",
    "__import__": "given = __import__('dcgan_lib{module}', fromlist=['{name}']).{name}",
    "inside the function": None,
}


def of_library(key, way):
    """Returns an answer that takes the library's function in one of the ways."""
    module, name, answer = OF_LIBRARY[key]
    given, imported = f"given_{key[0]}{key[2]}", "from import" if way == "inside the function" else way
    imported, answer = WAYS[imported].format(module=module, name=name), f"{answer}\n"
    if way != "inside the function":
        answer = f"{imported}\n\n\n{answer}"
    elif answer.startswith("def"):
        answer = answer.replace(":\n", f":\n    {imported}\n", 1)
    else:
        answer = f"def {name}():\n    {imported}\n    return given()\n"
    answer = answer.replace("given", given)  # Each answer has a name of its own: the kernel keeps those of the others.
    title = exercises(GRAY if key[0] == "2" else COLOUR)[key].title
    return f"# EXERCISE {key} {title}\n{answer}"


def library_case(name, way):
    """Each exercise of a notebook answered by the library: 0 points."""
    answers = {exercise.answer_id: of_library(key, way) for key, exercise in exercises(name).items()}
    title = f"library {name[:2]}, {way}"
    return notebook_case(
        title, "the library's functions as answers", solved(name, **answers), dict.fromkeys(full(name), 0)
    )


def cheat(name, intent, source):
    """An answer to 2.2 that does not scale; the rest is honest."""
    marked = "# EXERCISE 2.2 scale_images\n" + source
    return notebook_case(name, intent, short(marked), short_points(ex22=0))


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
    check = check_cell(notebook, "2.2")
    check.execution_count = 1
    check.outputs = [
        new_output("stream", text=VERDICT),
        new_output("display_data", data={MEASURED_TYPE: LINES, "text/plain": VERDICT}),
    ]


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
FRAME = (
    PUBLISH
    + """
def scale_images(images):
    import sys
    frame = sys._getframe(1)
    while frame:
        if "_show" in frame.f_globals:
            frame.f_globals["_show"] = lambda *values: publish_right()
        frame = frame.f_back
    return images
"""
)
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
READ_FILES = (
    f"""
import glob
from IPython.display import publish_display_data
MEASURED_TYPE = {MEASURED_TYPE!r}
"""
    + """
def scale_images(images):
    for place in ("/**/*.ipynb", "/**/*.xml", "/tmp/**/*", "../**/*"):
        for path in glob.glob(place, recursive=True)[:100]:
            try:
                text = open(path, errors="replace").read(100_000)
            except OSError:
                continue
            for word in ("2.2 scaled:", '"2.2": {'):
                if word in text:
                    found = text[text.index(word):][:1000]
                    publish_display_data({MEASURED_TYPE: found, "text/plain": found})
    return images
"""
)
READ_CELLS = (
    f"""
from IPython.display import publish_display_data
MEASURED_TYPE = {MEASURED_TYPE!r}
"""
    + """
def scale_images(images):
    shell = get_ipython()
    for cell in list(shell.user_ns.get("In", [])) + [str(output) for output in shell.user_ns.get("Out", {}).values()]:
        if "2.2 scaled:" in cell:
            publish_display_data({MEASURED_TYPE: cell, "text/plain": cell})
    return images
"""
)
TRANSFORM = (
    PUBLISH
    + WRONG
    + """
shell = get_ipython()
shell.input_transformers_cleanup.append(
    lambda lines: ["publish_right()\\n"] if "CHECK 2.2" in "".join(lines) else lines
)
"""
)
AST_TRANSFORM = (
    PUBLISH
    + WRONG
    + """
import ast


class Replacing:
    def visit(self, tree):
        return ast.parse("publish_right()") if "'2.2'" in ast.dump(tree) and "'seed'" in ast.dump(tree) else tree


get_ipython().ast_transformers.append(Replacing())
"""
)
PRINT = f"""
import builtins
builtins.print = lambda *words, **options: __import__("sys").stdout.write({VERDICT + LINES!r})
def scale_images(images):
    return images
"""
SHOWTRACEBACK = """
get_ipython().showtraceback = lambda *args, **kwargs: None
def scale_images(images):
    raise RuntimeError
"""
HOOK = (
    PUBLISH
    + WRONG
    + """
shell = get_ipython()
shell.events.register("pre_run_cell", lambda info: publish_right())
shell.events.register("post_run_cell", lambda result: publish_right())
"""
)
DRAWN = f"""
from numpy.random import Generator, PCG64
np.random.default_rng = lambda seed=None: Generator(PCG64(22))
def scale_images(images):
    np.random.default_rng = lambda seed=None: Generator(PCG64(22))
    return np.array({RIGHT["scaled"]["values"]}).reshape(images.shape)
"""
# Each patches something that the check uses: as the answer is read, and again when it is called.
PATCHES = {
    "measure": "checking.measure = lambda *a, **k: {RIGHT}",
    "to_text": "checking.to_text = lambda *a, **k: {LINES}",
    "compare": "checking.compare = comparison.compare = lambda *a, **k: {VERDICT}",
    "read_expected": "checking.read_expected = lambda key, seed: Expected(seed, measure(key, lambda x: x, seed), {{}})",
    "display": "IPython.display.publish_display_data = lambda data, *a, **k: publish({{name: {LINES} for name in data}})",
    "publisher": "get_ipython().display_pub.publish = lambda data, *a, **k: publisher({{name: {LINES} for name in data}})",
}
PATCHED = """
import IPython.display
from dcgan_course.exercises import checks
from dcgan_course.exercises.checks import checking, comparison
from dcgan_course.exercises.checks.expected import Expected
from dcgan_course.exercises.checks.measures import measure

publish, publisher = IPython.display.publish_display_data, get_ipython().display_pub.publish


def patch():
    PATCH


patch()


def scale_images(images):
    patch()
    return images
"""


def patched(name):
    """A cheat that patches one thing."""
    line = PATCHES[name].format(RIGHT=repr(RIGHT), LINES=repr(LINES), VERDICT=repr(VERDICT))
    return cheat(f"patches {name}", "patches what the check uses", PATCHED.replace("PATCH", line))


INSTRUCTORS = """
def scale_images(images):
    from dcgan_course.instructor.grading.marks.assembly import read_masters
    from dcgan_lib.system.paths import course_root
    names = {"np": np}
    for master in read_masters(course_root() / "notebooks"):
        for exercise in master.exercises:
            if exercise.key == "2.2":
                exec(exercise.solution, names)
    return names["scale_images"](images)
"""
ROUND = "Always = type('Always', (), {'__eq__': lambda *pair: True})\ndef scale_images(images):\n    return Always()"

CASES = [
    cheat("hard-coded print", "prints what a right answer gives in the given notebook", f"print({VERDICT + LINES!r})"),
    cheat("hard-coded in the function", "prints it when it is called", f"def scale_images(images):\n    print({VERDICT + LINES!r})\n    return images"),
    cheat("published", "publishes it as the check does", f"{PUBLISH}\n\npublish_right()\n{WRONG}"),
    cheat("published in the function", "publishes it when it is called", f"{PUBLISH}\n\ndef scale_images(images):\n    publish_right()\n    return images"),
    cheat("published instead", "publishes it, and raises so that the check says nothing", f"{PUBLISH}\n\ndef scale_images(images):\n    publish_right()\n    raise KeyboardInterrupt"),
    cheat("calls check", "calls the check itself, with the seed that it knows", f"{WRONG}\ncheck('2.2', scale_images, seed=22)"),
    cheat("calls check in the function", "the check within the check, of an answer that remembers", f"def scale_images(images):\n    check('2.2', lambda images: np.array({RIGHT['scaled']['values']}).reshape(images.shape), seed=22)\n    return images"),
    cheat("check replaced", "a check of one's own", f"{PUBLISH}\n\n{WRONG}\nimport dcgan_course.exercises\ncheck = dcgan_course.exercises.check = lambda *a, **k: publish_right()"),
    *map(patched, PATCHES),
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
    *(library_case(GRAY, way) for way in WAYS),
    library_case(COLOUR, "from import"),
    cheat("instructor's part", "looks for the solutions in the course itself", INSTRUCTORS),
    sabotage("checks", "patches what the other checks use", "from dcgan_course.exercises.checks import networks, training_step\nnetworks.measure_generator = networks.measure_discriminator = training_step.measure_step = None"),
    sabotage("check overwritten", "calls something of its own check", "check = show_progress = None"),
    sabotage("check called", "calls the check of another exercise", "check('2.3', build_generator, seed=23)"),
    sabotage("seed", "fixes every seed", "import random\nrandom.seed(0)\nnp.random.seed(0)\nkeras.utils.set_random_seed(0)"),
    sabotage("dtype policy", "computes in half precision from here on", "keras.config.set_dtype_policy('mixed_float16')"),
    sabotage("floatx", "Keras in float64 from here on", "keras.config.set_floatx('float64')"),
    sabotage("names", "overwrites what the checks use", "keras = np = tempfile = Path = Image = None\nimport numpy as np"),
    sabotage("builtins", "overwrites print and zip", "print = zip = range = None"),
]  # fmt: skip
