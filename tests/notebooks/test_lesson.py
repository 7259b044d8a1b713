"""The library's training step is word for word what notebook 1 writes."""

import ast
import inspect
import json
import textwrap
from pathlib import Path

import pytest

from dcgan_lib import DCGAN

NOTEBOOK = Path(__file__).resolve().parents[2] / "notebooks" / "01_mnist.ipynb"


class WithoutSelf(ast.NodeTransformer):
    """Turns a method into the function that a notebook writes: no `self`, no docstring."""

    def visit_FunctionDef(self, node):
        self.generic_visit(node)
        node.args.args = [argument for argument in node.args.args if argument.arg != "self"]
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:]
        return node

    def visit_Attribute(self, node):
        self.generic_visit(node)
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return ast.copy_location(ast.Name(node.attr, node.ctx), node)
        return node


def written_in_the_notebook(name):
    cells = [cell for cell in json.loads(NOTEBOOK.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    found = [
        node
        for cell in cells
        for node in ast.parse("".join(cell["source"])).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    assert len(found) == 1
    return ast.unparse(found[0])


def written_in_the_library(method):
    (function,) = ast.parse(textwrap.dedent(inspect.getsource(method))).body
    return ast.unparse(WithoutSelf().visit(function))


@pytest.mark.parametrize("name", ["train_discriminator", "train_generator", "update"])
def test_the_step_is_the_same_in_notebook_and_library(name):
    assert written_in_the_notebook(name) == written_in_the_library(getattr(DCGAN, name))
