"""What people handed in who did not know the other cases: whole answers that were torn, prints, and what reaches further."""

from nbformat.v4 import new_code_cell

from submissions.case import (
    GRAY,
    Case,
    answer_cell,
    exercises,
    full,
    notebook_case,
    short,
    short_points,
    solution,
    solved,
    to_bytes,
)
from submissions.runs import HEAD, RIGHT, costs_its_own, costs_nothing


def right(name, intent, source):
    """An odd way to write 2.2 that ran in the student's Jupyter: full marks."""
    return notebook_case(name, intent, short(source), short_points())


def with_cells(name, intent, cells, body):
    """Cells of the student's own in front of an answer that needs them: full marks."""
    notebook = short(f"{HEAD}def scale_images(images):\n    return {body}")
    place = notebook.cells.index(answer_cell(notebook, "2.2"))
    notebook.cells[place:place] = [new_code_cell(cell) for cell in cells]
    return notebook_case(name, intent, notebook, short_points())


def around(name, intent, before="", after="", **points):
    """Lines above and below the right answer to 2.2, at the top level of its cell."""
    return notebook_case(name, intent, short(f"{HEAD}{before}\n{solution('2.2')}\n{after}"), short_points(**points))


def wrong_network(name, intent, key, old, new, points):
    """A network that computes something else."""
    cell_id = exercises(GRAY)[key].answer_id
    source = solution(key).replace(old, new)
    assert source != solution(key)
    return notebook_case(name, intent, solved(**{cell_id: source}), full(**{cell_id: points}))


def deep_metadata():
    content = to_bytes(solved()).decode()
    assert content.endswith("}")
    return (content[:-1] + ', "deep": ' + '{"a":' * 5_000 + "1" + "}" * 5_000 + "}").encode()


DEF = "def scale_images(images):\n"
TORN = [
    right("quotes a marker", "in a comment of the function", f"{HEAD}{DEF}    # as in\n    # EXERCISE 2.1 it is like\n    return {RIGHT}"),
    right("quotes a check", "in a comment at the margin", f"{HEAD}{DEF}    half = 127.5\n# CHECK 2.2 says no\n    return (images - half) / half"),
    right("quotes in a docstring", "and in a text", f'{HEAD}{DEF}    """Before:\n\n# EXERCISE 2.3 build_generator\n# CHECK 2.2\n    """\n    return {RIGHT}'),
    right("indented cell", "as IPython takes it", "\n".join(f"    {line}" for line in solution("2.2").split("\n"))),
    right("prompts", "copied from a terminal", f">>> {HEAD}>>> {DEF}...     return {RIGHT}"),
    right("captured", "%%capture on top", f"%%capture output\n{solution('2.2')}"),
    right("400 numbers", "a long sum", f"{HEAD}{DEF}    return {RIGHT}" + " + 0" * 400),
    right("700 elif", "a table as a ladder", f"{HEAD}{DEF}    if images is None:\n        return 0\n" + "".join(f"    elif images.ndim == {n}:\n        return {n}\n" for n in range(10, 710)) + f"    return {RIGHT}"),
    with_cells("filled dict", "a cell fills what another one makes", ["SIZES = {}", "SIZES['half'] = 127.5"], "(images - SIZES['half']) / SIZES['half']"),
    with_cells("grown constant", "changed by +=", ["HALF = 127", "HALF += 0.5"], "(images - HALF) / HALF"),
    with_cells("appended", "in a loop", ["HALVES = []\nfor half in (127.5, 3):\n    HALVES.append(half)"], "(images - HALVES[0]) / HALVES[0]"),
    with_cells("timed constant", "%time x = ... that is needed", ["%time HALF = 127.5"], "(images - HALF) / HALF"),
    Case("deep metadata", "5,000 levels are no reason to refuse cells", {"02_faces_grayscale.ipynb": deep_metadata}, full()),
]  # fmt: skip

PRINTS = [
    costs_nothing("prints the key", "without an end of line", "print('2.2 min:', images.min(), end=' ')"),
    costs_nothing("prints a result", "of its own with the exercise's name", "print('2.2 scaled: shape [2, 3, 2]')"),
    costs_nothing("prints half a letter", "a lone surrogate", "print('\\ud83d')"),
    costs_nothing("prints the separator", "and escapes", "print('\\x1b[2J\\r\\n2.2 scaled: dtype float\\x00')"),
    costs_nothing("writes to stdout", "below Python", "import os\nos.write(1, b'2.2 scaled: range [0.000, 1.000]\\n')"),
    costs_nothing("stdout is gone", "sys.stdout = None", "import sys\nsys.stdout = None"),
    costs_nothing("stdout is closed", "sys.stdout.close()", "import sys\nsys.stdout.write = print"),
    costs_nothing("displays", "what looks like a result", "from IPython.display import display\ndisplay({'text/plain': '2.2 scaled: x'}, raw=True)"),
]  # fmt: skip

FURTHER = [
    around("exit at the end", "of a right answer: nothing is lost", after="exit()"),
    around("quit at the end", "of a right answer: nothing is lost", after="quit()"),
    around("modules poisoned", "for all that come later", after="import sys\nsys.modules['numpy'] = sys.modules['keras'] = None", ex22=0),
    around("a class patched", "for all that come later", after="import keras\nkeras.layers.Dense.call = keras.layers.Conv2D.call = lambda self, x: x * 0"),
    around("channels first", "for all that come later", after="keras.backend.set_image_data_format('channels_first')"),
    around("half precision", "for all that come later", after="keras.config.set_dtype_policy('mixed_float16')\nkeras.config.set_floatx('float16')"),
    around("eager mode off", "for all that come later", after="import tensorflow as tf\ntf.compat.v1.disable_eager_execution()"),
    around("an alarm", "that rings in a later exercise", after="import signal\nsignal.alarm(2)"),
    around("a late print", "from a thread", after="import threading\nthreading.Timer(1, lambda: print('2.3 generator: shape [1]')).start()"),
    around("files everywhere", "in each folder in memory", after="import os\nfor folder in ('/tmp', '/dev/shm'):\n    for n in range(500):\n        open(os.path.join(folder, str(n)), 'w').close()"),
    around("folders in folders", "3,000 deep", after="import os\nfor _ in range(3_000):\n    os.mkdir('d')\n    os.chdir('d')"),
    around("a daemon", "that kills what comes later", after="import subprocess\nsubprocess.Popen(['sh', '-c', 'sleep 3; kill -9 -1'], start_new_session=True)"),
    costs_its_own("kills its parent", "without effect in a room, and waits", "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(60)"),
    costs_its_own("kills all it can", "in a room nobody but itself", "import os, time\nos.kill(-1, 9)\ntime.sleep(5)"),
    costs_its_own("memory in a file", "without a name", "import os, time\nfile = os.memfd_create('x')\nos.write(file, bytes(1000))"),
    costs_its_own("memory in children", "each below its own limit", "import os, time\nfor _ in range(5):\n    if os.fork() == 0:\n        hoard = b'1' * 600_000_000\n        time.sleep(60)\ntime.sleep(60)"),
    costs_its_own("files by number", "empty ones", "import os, time\nfor n in range(200_000):\n    os.mkdir(f'/tmp/{n}')\ntime.sleep(60)"),
]  # fmt: skip

FROZEN = """def build_discriminator():
    network = build_learning_discriminator()
    network.trainable = False
    return network


def build_learning_discriminator"""

TEXTS = [
    wrong_network("frozen discriminator", "its weights would never move", "2.4", "def build_discriminator", FROZEN, 0),
    wrong_network("Dropout not called", "made and left aside", "2.4", "            Dropout(0.3),\n", "", 0),
    wrong_network("Dropout in one place", "of two", "2.4", "            Dropout(0.3),\n            Flatten", "            Flatten", 0),
    wrong_network("ReLU", "instead of LeakyReLU", "2.3", "LeakyReLU(negative_slope=0.2)", "'relu'", 0),
    wrong_network("slope of Keras", "0.3", "2.4", "LeakyReLU(negative_slope=0.2)", "LeakyReLU()", 0),
    wrong_network("optimizers swapped", "D learns with G's", "2.5", "g_optimizer.apply", "d_optimizer.apply", 0),
    wrong_network("D in inference", "where it learns", "2.5", "discriminator(images, training=True)", "discriminator(images, training=False)", 0),
    wrong_network("D frozen for ever", "after the first step", "2.5", "    return sum", "    discriminator.trainable = False\n    return sum", 0),
]  # fmt: skip

CASES = [*TORN, *PRINTS, *FURTHER, *TEXTS]
