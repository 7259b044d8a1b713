"""A cell's source as Python: IPython's own lines set aside, what it defines, what it needs, what is run of it."""

import ast
import builtins
import re
import symtable
import warnings

# %matplotlib inline, %%time, !pip install, files = !ls, ?np.pad, np.pad?
MAGIC = re.compile(r"\s*(?:[%!?]|[\w.]+\s*=\s*[%!]|[\w.]+\?{1,2}\s*$)")
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
IMPORTS = (ast.Import, ast.ImportFrom)
MOST_ASIDE = 200  # Each is a new attempt to parse the cell.
BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "display", "get_ipython"}


def parse(source):
    """Parses a cell, with `pass` in the place of each line that only IPython understands.

    Args:
        source: The cell's source.

    Returns:
        The `ast.Module`, and a list of the lines that were set aside.

    Raises:
        SyntaxError: If the rest is not Python.
    """
    lines, aside = source.split("\n"), []
    while True:
        text = "\n".join(lines)
        try:
            return _compiled(text), aside
        except SyntaxError as error:
            number = (error.lineno or 0) - 1
            if len(aside) == MOST_ASIDE or not 0 <= number < len(lines) or not MAGIC.match(lines[number]):
                raise
            aside.append(lines[number].strip())
            continued = lines[number].endswith("\\")
            lines[number] = re.match(r"\s*", lines[number])[0] + "pass"
            while continued and number + 1 < len(lines):
                number += 1
                continued, lines[number] = lines[number].endswith("\\"), ""


def _compiled(text):
    """Parses, and compiles too: a `return` outside a function is found by the compiler alone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            compile(tree, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        return tree
    except SyntaxError:
        raise
    except (ValueError, RecursionError, MemoryError) as error:  # Null bytes, half a Unicode character, deep nesting.
        raise SyntaxError(str(error) or "it is nested too deeply") from None


def bound_names(statement):
    """Returns the set of names that a top-level statement binds: by `def`, `class`, `import`, `=`, `for`, `with`."""
    names, waiting = set(), [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, IMPORTS):
            names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        if not isinstance(node, SCOPES):
            waiting.extend(ast.iter_child_nodes(node))
    return names


def defined_names(source):
    """Returns the set of names that a cell's source binds at its top level.

    Args:
        source: Python; lines of IPython are passed over.

    Raises:
        SyntaxError: If it is not Python.
    """
    return set().union(*(bound_names(statement) for statement in parse(source)[0].body))


def needed_names(statements):
    """Returns the set of names that statements use and neither they nor Python define."""
    text = ast.unparse(ast.Module(statements, []))
    names, tables = set(), [symtable.symtable(text, "<cell>", "exec")]
    while tables:
        table = tables.pop()
        tables.extend(table.get_children())
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module"):
                names.add(symbol.get_name())
    return names - BUILTINS - set().union(*map(bound_names, statements))


def is_stub(statement):
    """Says whether a statement is a function of which nothing is written but its docstring."""
    if not isinstance(statement, FUNCTIONS):
        return False
    body = statement.body[1:] if ast.get_docstring(statement) is not None else statement.body
    return all(isinstance(node, ast.Pass) or _is_ellipsis(node) or is_not_done(node) for node in body)


def is_not_done(statement):
    """Says whether a statement is the stub's `raise NotImplementedError(...)`."""
    raised = statement.exc if isinstance(statement, ast.Raise) else None
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"


def runnable(statements):
    """Writes statements so that one that fails takes no other with it.

    A definition stays as it is. Anything else at the top level (a print, a call to try something out, an
    import that only Colab has) is passed over if it raises, as the student's notebook was another place.

    Args:
        statements: List of top-level `ast` statements.

    Returns:
        Python source, without comments.
    """
    first = [statement for statement in statements if _is_future(statement)]
    parts = [ast.unparse(statement) for statement in first]
    for statement in statements:
        if isinstance(statement, DEFINITIONS):
            parts.append(ast.unparse(statement))
        elif not isinstance(statement, ast.Pass) and not _is_future(statement):
            parts.append(ast.unparse(ast.Try([statement], [_PASS_OVER], [], [])))
    return "\n".join(parts)


_PASS_OVER = ast.parse(
    "try: pass\nexcept Exception as _error: print(f'passed over: {type(_error).__name__}: {_error}')"
).body[0].handlers[0]  # fmt: skip


def _is_future(statement):
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_ellipsis(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis
