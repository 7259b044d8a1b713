"""A cell's source as Python: what IPython makes of it, the names it binds, the names it needs, the code to run."""

import ast
import builtins
import symtable
import sys
import threading
import warnings

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef)
SCOPES = (*DEFINITIONS, ast.Lambda)
IMPORTS = (ast.Import, ast.ImportFrom)
BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "display", "get_ipython"}
# What stands behind these magics is run as Python in the notebook.
PYTHON_MAGICS = ("time", "timeit", "prun", "memit")
# What stands below these cell magics is another language, or a file.
OTHER_LANGUAGES = frozenset(
    "bash sh script cmd html HTML javascript js latex markdown svg SVG perl ruby writefile file".split()
)
STACK_BYTES, MOST_CALLS = 256 * 2**20, 50_000


def with_deep_stack(function, *arguments):
    """Calls a function in a thread that may nest calls deeply: Python reads a sum of many hundred numbers like that."""
    outcome = {}

    def call():
        try:
            outcome["returned"] = function(*arguments)
        except BaseException as error:
            outcome["raised"] = error

    before = threading.stack_size(STACK_BYTES), sys.getrecursionlimit()
    sys.setrecursionlimit(MOST_CALLS)
    try:
        thread = threading.Thread(target=call)
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before[0])
        sys.setrecursionlimit(before[1])
    if "raised" in outcome:
        raise outcome["raised"]
    return outcome["returned"]


def parse(source):
    """Parses a cell as IPython does.

    Returns the `ast.Module` without what only IPython can run, and a list of the lines that were left out. Raises
    `SyntaxError` if it is not Python.
    """
    try:
        return parse_python(source), []
    except SyntaxError as error:
        transformed = transform(source)
        if transformed is None or transformed == source:
            raise error from None
    try:
        tree = parse_python(transformed)
    except SyntaxError as error:
        error.lineno = (error.lineno or 1) + _count_empty_lines(source)  # IPython drops those at the beginning.
        raise
    left_out = []
    tree.body = [inner for statement in tree.body for inner in _without_magics(statement, left_out)]
    return _InnerMagics(left_out).visit(tree), left_out


def _count_empty_lines(source):
    return len(source[: len(source) - len(source.lstrip())].splitlines()) if source[:1].isspace() else 0


def transform(source):
    """Returns what IPython makes of a cell before Python sees it; None if it cannot.

    An indented cell, prompts such as `>>>`, magics, `!ls`, `np.pad?` and `/f x` become Python.
    """
    from IPython.core.inputtransformer2 import TransformerManager

    try:
        return TransformerManager().transform_cell(source)
    except (SyntaxError, ValueError, RecursionError):
        return None


def _without_magics(statement, left_out):
    """Yields a statement, or what a magic in its place runs as Python; what is left out goes into the list."""
    call = getattr(statement, "value", None)
    if not _is_ipython_call(call):
        yield statement
        return
    kind, texts = call.func.attr, [getattr(argument, "value", "") for argument in call.args]
    name, body = texts[0] if texts else "", texts[-1] if texts else ""
    if kind == "run_cell_magic" and name not in OTHER_LANGUAGES or kind == "run_line_magic" and name in PYTHON_MAGICS:
        line = f"%%{name}" if kind == "run_cell_magic" else f"%{name}"
        try:
            tree, lines = parse(body)
            left_out += [line, *lines]
            yield from tree.body
            return
        except SyntaxError:
            pass
    signs = {"run_line_magic": "%", "run_cell_magic": "%%"}
    left_out.append(f"{signs.get(kind, '!')}{' '.join(map(str, texts))}".splitlines()[0].strip())


class _InnerMagics(ast.NodeTransformer):
    """Puts `pass` in the place of what only IPython can run inside of functions and loops."""

    def __init__(self, left_out):
        self.left_out = left_out

    def generic_visit(self, node):
        if isinstance(node, ast.stmt) and _is_ipython_call(getattr(node, "value", None)):
            self.left_out.append(ast.unparse(node).splitlines()[0])
            return ast.copy_location(ast.Pass(), node)
        return super().generic_visit(node)


def _is_ipython_call(node):
    """Says whether a node is a call such as `get_ipython().system("ls")`."""
    function = getattr(node, "func", None)
    is_method = isinstance(node, ast.Call) and isinstance(function, ast.Attribute)
    return (
        is_method and isinstance(function.value, ast.Call) and getattr(function.value.func, "id", "") == "get_ipython"
    )


def parse_python(text):
    """Parses a text, and compiles it too: only the compiler finds a `return` outside a function."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            compile(tree, "<cell>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
            # The code to run is written from the tree. It can be nested too deeply for that.
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


def changed_names(statement):
    """Returns the set of names that a top-level statement binds or changes.

    A name is changed by `name += 1`, `name[0] = 1`, `name.field = 1`, by a method that is called for itself such as
    `name.append(1)`, and by a call that gets it such as `fill(name)`; also inside of a loop.
    """
    names = bound_names(statement)
    pending = [] if isinstance(statement, DEFINITIONS) else [statement]
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.Subscript, ast.Attribute)) and isinstance(node.ctx, (ast.Store, ast.Del)):
            names |= _base_name(node)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            call = node.value
            names |= _base_name(call.func) if isinstance(call.func, ast.Attribute) else set()
            names.update(argument.id for argument in call.args if isinstance(argument, ast.Name))
        if not isinstance(node, SCOPES):
            pending.extend(ast.iter_child_nodes(node))
    return names


def _base_name(node):
    """Returns the name at the beginning of `name.field[0].method`, as a set."""
    while isinstance(node, (ast.Subscript, ast.Attribute)):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


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


PASSED_OVER = "passed over: "  # So begins what is printed of a line that failed.
_PASS_OVER = ast.parse(
    f"try: pass\nexcept Exception as _error: print(f'{PASSED_OVER}{{type(_error).__name__}}: {{_error}}')"
).body[0].handlers[0]  # fmt: skip


def _is_future(statement):
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_ellipsis(node):
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and node.value.value is Ellipsis
