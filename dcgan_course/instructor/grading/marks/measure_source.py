"""The source that decides what a check measures: its function in `checks/`, with all that it uses of those files."""

import ast
import functools
from pathlib import Path

from dcgan_course.exercises import checks
from dcgan_course.exercises.checks.measures import MEASURES

WRITING = ("measured", "to_text")  # How each measurement is written.


def measure_source(key):
    """Returns the source that measures an exercise's answer, as one text.

    What other exercises alone use of the same files changes nothing in it.
    """
    module, function, options = MEASURES[key]
    pieces = {}
    for root in ((module, function), WRITING):
        _collect(*root, pieces)
    return "\n".join([repr(sorted(options.items())), *(pieces[name] for name in sorted(pieces))])


def _collect(module, name, pieces):
    """Adds the definition of a name to `pieces`, and those of all names that it uses."""
    definitions, imported = _read_module(module)
    if name in imported:
        _collect(*imported[name], pieces)
    elif name in definitions and (module, name) not in pieces:
        pieces[module, name], used = definitions[name]
        for other in used:
            _collect(module, other, pieces)


@functools.cache
def _read_module(module):
    """Reads a file of the checks.

    Returns:
        A dict from each name that is defined at its top to the source and the set of names that are used there, and a
        dict from each name that it imports from the other files to the module and the name there.
    """
    text = (Path(checks.__file__).parent / f"{module}.py").read_text("utf-8")
    tree, lines = ast.parse(text), text.splitlines()
    definitions, imported = {}, {}
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            continue
        first = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", []))])
        source = "\n".join(lines[first - 1 : node.end_lineno])
        names = {each.id: type(each.ctx) for each in ast.walk(node) if isinstance(each, ast.Name)}
        own = [node.name] if hasattr(node, "name") else [name for name, use in names.items() if use is ast.Store]
        definitions.update(dict.fromkeys(own, (source, names.keys() - own)))
    for node in ast.walk(tree):
        package, _, other = (node.module or "").rpartition(".") if isinstance(node, ast.ImportFrom) else ("", "", "")
        if package == checks.__name__:
            imported.update({alias.asname or alias.name: (other, alias.name) for alias in node.names})
    return definitions, imported
