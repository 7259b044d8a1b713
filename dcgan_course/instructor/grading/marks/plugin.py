"""A pytest plugin that lets nbval run a notebook in the sandbox, and says in the XML what happened in which cell."""

import json
import re
import resource
from queue import Empty

import nbval.plugin
import pytest
from nbformat import NotebookNode

from dcgan_course.instructor.grading.marks.reference import counted_lines
from dcgan_course.instructor.grading.sandbox.boxed_kernel import BoxedKernel
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox

MOST_OUTPUT = 2_000  # Characters of a cell's output that are handed on.
OUR_BYTES = 2_000_000_000
OUR_SECONDS = 180.0  # For cells of ours: the first of them imports TensorFlow.
SILENT_SECONDS = 30.0  # From a cell's end to the word that it has ended; nbval's 5 are few on a busy machine.
ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
ENDINGS = ("timeout", "died", "memory", "processes", "disk", "output")


def pytest_addoption(parser):
    """Adds the option that names the job's file."""
    parser.addoption("--grading-job", required=True)


def pytest_configure(config):
    """Puts the sandboxed kernel in the place of nbval's."""
    with open(config.option.grading_job, encoding="utf-8") as file:
        job = config.stash[JOB] = json.load(file)

    def start_kernel(kernel_name, cwd=None, startup_timeout=60):
        return BoxedKernel(Sandbox(**job["sandbox"]), job["runtime"], OUR_SECONDS)

    nbval.plugin.RunningKernel = start_kernel
    # What a kernel sends is a stranger's. Only the soft limit: the kernel, which inherits it, has one of its own.
    resource.setrlimit(resource.RLIMIT_DATA, (OUR_BYTES, resource.getrlimit(resource.RLIMIT_DATA)[1]))


JOB = pytest.StashKey()


def pytest_collection_modifyitems(config, items):
    """Names each cell by its id, and lets a check compare only the lines that count."""
    checks = config.stash[JOB]["checks"]
    for item in items:
        item.user_properties.append(("cell_id", item.cell.id))
        if item.cell.id in checks:
            compare_counted(item, checks[item.cell.id])


def compare_counted(item, key):
    """Lets nbval compare the lines that begin with an exercise's key: students' own prints stand between them."""
    compare = item.compare_outputs

    def counted(outputs):
        text = "".join(output.text for output in outputs if output.get("name") == "stdout")
        lines = "".join(f"{line}\n" for _, line in counted_lines(text, key))
        return [NotebookNode(output_type="stream", name="stdout", text=lines)] if lines else []

    item.compare_outputs = lambda test, reference: compare(counted(test), counted(reference))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Runs a cell with its own time-out, and writes down what it printed and how it ended."""
    job = item.config.stash[JOB]
    answers = item.cell.id in job["answers"]
    item.config.option.nbval_cell_timeout = job["timeout"] if answers or item.cell.id in job["checks"] else OUR_SECONDS
    item.output_timeout = SILENT_SECONDS
    kernel = item.parent.kernel
    kernel.marker = f"{job['checks'].get(item.cell.id, 'no check')} "
    try:
        return (yield)
    except Empty:
        raise RuntimeError("the cell's output does not end") from None
    finally:
        outputs = item.test_outputs or []
        for name, value in describe(outputs, item.cell, job["checks"].get(item.cell.id)).items():
            item.user_properties.append((name, value))
        if kernel.ended is None and not kernel.is_alive():
            kernel.ended = "died"
        if kernel.ended:
            item.user_properties.append(("ended", kernel.ended))
            item.session.shouldstop = f"the kernel ended ({kernel.ended})"


def describe(outputs, cell, key):
    """Says what a cell did, as a dict of short texts: printed, error, message, right (parts, as JSON)."""
    streams = [output.get("text", "") for output in outputs if output.output_type == "stream"]
    printed = "".join(streams)
    facts = {"printed": printed[:MOST_OUTPUT] + (" ..." if len(printed) > MOST_OUTPUT else "")}
    for output in outputs:
        if output.output_type == "error":
            facts["error"] = str(output.ename)[:100]
            facts["message"] = ANSI.sub("", str(output.evalue))[:500]
    if key is not None:
        text = "".join(output.text for output in outputs if output.get("name") == "stdout")
        test, reference = counted_lines(text, key), counted_lines(cell.outputs[0].text, key)
        parts = dict.fromkeys(part for part, _ in reference)
        right = [part for part in parts if _lines(test, part) == _lines(reference, part)]
        facts["right"] = json.dumps(right)
    return facts


def _lines(counted, part):
    return [line for name, line in counted if name == part]
