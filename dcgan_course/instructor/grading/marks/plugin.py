"""A pytest plugin: nbval runs the notebook in the sandbox, and the XML says what happened in which cell."""

import json
import pickle
import re
import resource
from queue import Empty

import pytest

from dcgan_course.instructor.grading.marks.reference import counted_lines
from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel
from dcgan_course.instructor.process.quick_imports import skip_address_grammars

with skip_address_grammars():
    import nbval.plugin
    from nbformat import NotebookNode

MOST_OUTPUT = 2_000  # Characters of a cell's output that go into the XML.
OUR_BYTES = 2_000_000_000
OUR_SECONDS = 180.0  # For our own cells: the first of them imports TensorFlow.
SILENT_SECONDS = 30.0  # From a cell's end to the message that it has ended; nbval waits 5, too few on a busy machine.
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
SETTINGS = pytest.StashKey()


def pytest_addoption(parser):
    """Adds the option that names the file of the `RunSettings`."""
    parser.addoption("--grading-settings", required=True)


def pytest_configure(config):
    """Replaces nbval's kernel by the sandboxed one."""
    with open(config.option.grading_settings, "rb") as file:
        settings = config.stash[SETTINGS] = pickle.load(file)  # Our own `RunSettings`, and nothing of a student's.

    def start_kernel(kernel_name, cwd=None, startup_timeout=60):
        return BoxedKernel(settings.sandbox, settings.runtime, OUR_SECONDS)

    nbval.plugin.RunningKernel = start_kernel
    # This process reads whatever a kernel sends. Only the soft limit: the kernel inherits it, and sets its own.
    resource.setrlimit(resource.RLIMIT_DATA, (OUR_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def pytest_collection_modifyitems(config, items):
    """Writes each cell's id into the XML, and lets checks compare only the lines that count."""
    checks = config.stash[SETTINGS].checks
    for item in items:
        item.user_properties.append(("cell_id", item.cell.id))
        if item.cell.id in checks:
            compare_counted(item, checks[item.cell.id])


def compare_counted(item, key):
    """Lets nbval compare only the lines that begin with an exercise's key: students may print lines of their own."""
    compare = item.compare_outputs

    def only_counted(outputs):
        lines = "".join(f"{line}\n" for _, line in _counted(outputs, key))
        return [NotebookNode(output_type="stream", name="stdout", text=lines)] if lines else []

    item.compare_outputs = lambda test, reference: compare(only_counted(test), only_counted(reference))


def _counted(outputs, key):
    text = "".join(output.text for output in outputs if output.get("name") == "stdout")
    return counted_lines(text, key)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Runs a cell with the time-out for its kind, and writes down what it printed and how it ended."""
    settings = item.config.stash[SETTINGS]
    key = settings.checks.get(item.cell.id)
    of_student = key is not None or item.cell.id in settings.answers
    item.config.option.nbval_cell_timeout = settings.timeout if of_student else OUR_SECONDS
    item.output_timeout = SILENT_SECONDS
    kernel = item.parent.kernel
    kernel.marker = f"{key or 'no check'} "
    try:
        return (yield)
    except Empty:
        raise RuntimeError("the cell's output does not end") from None
    finally:
        outputs = item.test_outputs or []
        for name, value in describe(outputs, item.cell, key).items():
            item.user_properties.append((name, value))
        if kernel.ended is None and not kernel.is_alive():
            kernel.ended = "died"
        if kernel.ended:
            item.user_properties.append(("ended", kernel.ended))
            item.session.shouldstop = f"the kernel ended ({kernel.ended})"


def describe(outputs, cell, key):
    """Returns what a cell did, as a dict of short texts: printed, error, message, right (names of parts, as JSON)."""
    printed = "".join(output.get("text", "") for output in outputs if output.output_type == "stream")
    facts = {"printed": printed[:MOST_OUTPUT] + (" ..." if len(printed) > MOST_OUTPUT else "")}
    for output in outputs:
        if output.output_type == "error":
            facts["error"] = str(output.ename)[:100]
            facts["message"] = ANSI.sub("", str(output.evalue))[:500]
    if key is not None:
        test, reference = {}, {}
        for lines, compared in ((test, outputs), (reference, cell.outputs)):
            for part, line in _counted(compared, key):
                lines.setdefault(part, []).append(line)
        facts["right"] = json.dumps([part for part, lines in reference.items() if test.get(part) == lines])
    return facts
