"""What is unusual in an answer, for a person to look at. A flag never costs points."""

import ast
import hashlib
import re

from dcgan_course import PACKAGES

# Names that no exercise needs, and what they do.
WORDS = {
    "get_ipython": "talks to the notebook itself",
    "_exit": "ends the process",
    "ctypes": "reaches into memory",
    "subprocess": "starts programs",
    "system": "starts programs",
    "fork": "starts processes",
    "kill": "ends processes",
    "socket": "uses the network",
    "urllib": "uses the network",
    "requests": "uses the network",
    "_getframe": "looks at the check's own variables",
    "currentframe": "looks at the check's own variables",
    "inspect": "looks at other code",
    "importlib": "imports by a text",
    "import_module": "imports by a text",
    "__import__": "imports by a text",
    "exec": "runs a text as code",
    "eval": "runs a text as code",
    "gc": "looks at other code's objects",
    "builtins": "changes Python itself",
    "__builtins__": "changes Python itself",
    "environ": "reads the environment",
    "showtraceback": "hides errors",
    "__eq__": "says itself what it is equal to",
    "testing": "touches NumPy's tests",
    "set_floatx": "changes Keras for all cells",
    "set_dtype_policy": "changes Keras for all cells",
}
NAMED_BY = {ast.Name: "id", ast.Attribute: "attr", ast.FunctionDef: "name", ast.ClassDef: "name"}
LIBRARY = re.compile(rf"^({'|'.join(PACKAGES)})(\.|$)")


def suspicious(code):
    """Returns what is unusual in an answer's code, as a sorted list of sentences."""
    found = set()
    for node in ast.walk(_tree(code)):
        names = []
        if isinstance(node, ast.Import):
            names = [part for alias in node.names for part in alias.name.split(".")]
            if any(LIBRARY.match(alias.name) for alias in node.names):
                found.add("imports the library")
        elif isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            if LIBRARY.match(node.module or ""):
                found.add(f"imports {', '.join(alias.name for alias in node.names)} from the library")
        elif type(node) in NAMED_BY:
            names = [getattr(node, NAMED_BY[type(node)])]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and LIBRARY.match(node.value):
            found.add(f"names the library in a text: {node.value[:60]!r}")
        found |= {f"{name}: {WORDS[name]}" for name in names if name in WORDS}
        if isinstance(node, ast.Name) and node.id == "print" and isinstance(node.ctx, ast.Store):
            found.add("print: is replaced")
    return sorted(found)


def digest(code):
    """Returns a hash that comments, layout and docstrings do not change; None for no answer."""
    if not code.strip():
        return None
    tree = _tree(code)
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:16]


def _tree(code):
    try:
        return ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])
