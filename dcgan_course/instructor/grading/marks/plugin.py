"""A pytest plugin: nbval runs the notebook in the sandbox, and the XML says what happened in which cell."""

import json
import pickle
import re
import resource

import pytest

from dcgan_course.exercises.checks.checking import FAILED_TYPE, LINE_TYPE, MEASURED_TYPE
from dcgan_course.instructor.grading.cluster.recorded_kernel import RecordedKernel
from dcgan_course.instructor.grading.marks.reference import split_parts
from dcgan_course.instructor.grading.marks.run_settings import OUR_BYTES, OUR_SECONDS, SILENT_SECONDS
from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel
from dcgan_course.instructor.process.quick_imports import skip_address_grammars
from dcgan_course.instructor.process.wording import visible

with skip_address_grammars():
    import nbval.plugin
    from nbformat import NotebookNode

MOST_OUTPUT = 2_000  # Characters of a cell's output that go into the XML.
MOST_MEASURED = 20_000  # Characters of what a check has measured; a right answer's are less than 4,000.
MOST_LINE = 4_000  # Of one of its lines.
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
SETTINGS = pytest.StashKey()


def pytest_addoption(parser):
    """Adds the option that names the file of the `RunSettings`."""
    parser.addoption("--grading-settings", required=True)


def pytest_configure(config):
    """Replaces nbval's kernel by the sandboxed one, or by what was recorded of one."""
    with open(config.option.grading_settings, "rb") as file:
        settings = config.stash[SETTINGS] = pickle.load(file)  # Our own `RunSettings`, and nothing of a student's.

    def start_kernel(kernel_name, cwd=None, startup_timeout=60):
        if settings.recording is not None:
            return RecordedKernel(settings.recording)
        return BoxedKernel(settings.sandbox, settings.runtime, settings.imports, OUR_SECONDS)

    nbval.plugin.RunningKernel = start_kernel
    # This process reads whatever a kernel sends. Only the soft limit: the kernel inherits it, and sets its own.
    resource.setrlimit(resource.RLIMIT_DATA, (OUR_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))


def pytest_collection_modifyitems(config, items):
    """Writes each cell's id into the XML, and lets checks compare only what they have measured."""
    checks = config.stash[SETTINGS].checks
    for item in items:
        item.user_properties.append(("cell_id", item.cell.id))
        if item.cell.id in checks:
            compare_measured(item)


def compare_measured(item):
    """Lets nbval compare only what a check has measured: students may print and draw whatever they want."""
    compare = item.compare_outputs

    def only_measured(outputs):
        text = _shown_as(MEASURED_TYPE, outputs)
        return [NotebookNode(output_type="stream", name="stdout", text=text)] if text else []

    item.compare_outputs = lambda test, reference: compare(only_measured(test), only_measured(reference))


def _shown_as(mime_type, outputs):
    shown = (output.data.get(mime_type) for output in outputs if output.output_type == "display_data")
    return "".join(text for text in shown if isinstance(text, str))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Runs a cell with the time-out for its kind, and writes down what it printed and how it ended.

    Each exercise has a kernel of its own: no answer can touch another exercise.
    """
    settings = item.config.stash[SETTINGS]
    key = settings.checks.get(item.cell.id)
    of_student = key is not None or item.cell.id in settings.answers
    item.config.option.nbval_cell_timeout = settings.timeout if of_student else OUR_SECONDS
    item.output_timeout = SILENT_SECONDS
    kernel = item.parent.kernel
    if item.cell.id in settings.setups[1:]:  # The first kernel is fresh.
        kernel.start_fresh()
    try:
        return (yield)
    finally:
        for name, value in describe(item.test_outputs or [], item.cell, key).items():
            item.user_properties.append((name, value))
        if settings.recording is not None:
            item.user_properties.append(("seconds", kernel.take_seconds()))
        if not kernel.is_alive():
            item.user_properties.append(("ended", kernel.ended or "died"))


def describe(outputs, cell, key):
    """Returns what a cell did, as a dict of short texts: printed, error, message, right (names of parts, as JSON)."""
    printed = "".join(output.get("text", "") for output in outputs if output.output_type == "stream")
    facts = {"printed": printed[:MOST_OUTPUT] + (" ..." if len(printed) > MOST_OUTPUT else "")}
    for output in outputs:
        if output.output_type == "error":
            facts["error"] = str(output.ename)[:100]
            facts["message"] = ANSI.sub("", str(output.evalue))[:500]
    if key is not None:
        failed = _shown_as(FAILED_TYPE, outputs)
        if failed:
            facts["error"], _, facts["message"] = failed[:500].partition(": ")
            facts["line"] = visible(_shown_as(LINE_TYPE, outputs)[:MOST_LINE])
        measured = _shown_as(MEASURED_TYPE, outputs)
        if measured:
            facts["measured"] = _shorten_measured(measured)
        came, expected = (split_parts(key, text) for text in (measured, _shown_as(MEASURED_TYPE, cell.outputs)))
        facts["right"] = json.dumps([part for part, lines in expected.items() if came.get(part) == lines])
    return facts


def _shorten_measured(text):
    """Returns what a check has measured without what XML or a page cannot show, and no longer than a right answer's."""
    lines = [visible(line[:MOST_LINE]) + (" ...]" if len(line) > MOST_LINE else "") for line in text.split("\n")]
    return "\n".join(lines)[:MOST_MEASURED]
