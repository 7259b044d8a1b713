"""A cell's source as Python, without IPython's own lines: the names it binds, the names it needs, the code to run."""

import ast
import builtins
import re
import symtable
import warnings

# %matplotlib inline, %%time, !pip install, files = !ls, ?np.pad, np.pad?
MAGIC = re.compile(r"\s*(?:[%!?]|[\w.]+\s*=\s*[%!]|[\w.]+\?{1,2}\s*$)")
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
SCOPES = (*DEFINITIONS, ast.Lambda)
IMPORTS = (ast.Import, ast.ImportFrom)
MAX_IPYTHON_LINES = 200  # For each of them the cell is parsed once more.
BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "display", "get_ipython"}


def parse(source):
    """Parses a cell, with `pass` in place of each line that only IPython understands.

    Returns the `ast.Module`, and a list of the lines that `pass` replaced. Raises `SyntaxError` if the rest is not
    Python.
    """
    lines, ipython_lines = source.split("\n"), []
    while True:
        text = "\n".join(lines)
        try:
            return _parse_and_compile(text), ipython_lines
        except SyntaxError as error:
            number = (error.lineno or 0) - 1
            is_magic = 0 <= number < len(lines) and MAGIC.match(lines[number])
            if not is_magic or len(ipython_lines) == MAX_IPYTHON_LINES:
                raise
            ipython_lines.append(lines[number].strip())
            continued = lines[number].endswith("\\")
            lines[number] = re.match(r"\s*", lines[number])[0] + "pass"
            while continued and number + 1 < len(lines):
                number += 1
                continued, lines[number] = lines[number].endswith("\\"), ""


def _parse_and_compile(text):
    """Parses a text, and compiles it too: only the compiler finds a `return` outside a function."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            compile(tree, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            # Python parses a sum of many hundred numbers, but ast.unparse, which writes the code to run, is too deep in
            # calls then. The two levels around it leave room for what the code to run is wrapped in.
            ast.unparse(ast.Try([ast.Try(tree.body, [], [], [])], [], [], []))
        return tree
    except (ValueError, RecursionError, MemoryError) as error:  # Null bytes, half a Unicode character, deep nesting.
        message = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise SyntaxError(message) from None


def bound_names(statement):
    """Returns the set of names that a top-level statement binds: by `def`, `class`, `import`, `=`, `for`, `with`."""
    names, pending = set(), [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, DEFINITIONS):
            names.add(node.name)
        elif isinstance(node, IMPORTS):
            names.update(alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        if isinstance(node, ast.comprehension):  # Its variable is gone when the comprehension ends.
            pending += [node.iter, *node.ifs]
        elif not isinstance(node, SCOPES):
            pending.extend(ast.iter_child_nodes(node))
    return names


def finished_names(statements):
    """Returns the set of names that statements bind; a name whose last binding is a stub is left out."""
    last = {name: statement for statement in statements for name in bound_names(statement)}
    return {name for name, statement in last.items() if not is_stub(statement)}


def needed_names(statements):
    """Returns the set of names that statements use, without those that they or Python define."""
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
    """Says whether a statement is a function whose body is empty apart from its docstring."""
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
    """Writes top-level statements as Python source in which one that fails does not stop the others.

    A definition stays as it is. Anything else (a print, a call to try something out, an import that only Colab has)
    may fail here though it worked in the student's notebook; if it raises, it is passed over.
    """
    parts = [ast.unparse(statement) for statement in statements if _is_future(statement)]  # Python wants them first.
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
