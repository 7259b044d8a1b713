"""Every single change of a function's source: one number, one layer, one operator, one argument, one statement."""

import ast
import copy
import itertools
from dataclasses import dataclass

# Each word may stand for the others.
SIBLINGS = (
    ("same", "valid"),
    ("tanh", "sigmoid", "relu", "elu", "linear"),
    ("RGB", "L", "HSV", "YCbCr"),
    ("float32", "float64", "uint8", "int32"),
    ("round", "floor", "ceil", "trunc"),
    ("ones_like", "zeros_like"),
    ("concatenate", "stack"),
    ("height", "width"),
    ("quarter", "half"),
    ("generator", "discriminator"),
    ("d_optimizer", "g_optimizer"),
    ("real", "noise"),
    ("gradients", "scores"),
)
ACTIVATIONS = ("relu", "sigmoid", "tanh", "elu", "linear")
SLOPES = ("LeakyReLU()", "LeakyReLU(0.1)", "LeakyReLU(0.01)", "LeakyReLU(0.25)")
OPERATORS = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.FloorDiv),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.FloorDiv: (ast.Mult, ast.Div),
}
ADDED = {
    "Conv2D": ("activation='relu'", "activation=LeakyReLU(negative_slope=0.2)", "strides=2", "use_bias=False"),
    "Dense": ("activation='relu'", "use_bias=False"),
    "UpSampling2D": ("interpolation='bilinear'",),
    "BatchNormalization": ("momentum=0.8", "epsilon=0.1", "center=False", "scale=False"),
    "BinaryCrossentropy": ("from_logits=True", "label_smoothing=0.1", "reduction='sum'"),
}
LIBRARIES = ("np", "tf", "keras")
SMALL = 10  # Up to here a number is also set to 0.


@dataclass(frozen=True)
class Change:
    """A source in which one thing is changed.

    Attributes:
        description: Which line of the function's body, what stood there, and what stands there now.
        source: The whole source.
    """

    description: str
    source: str


def make_single_changes(source):
    """Changes a source that defines one function; returns a list of `Change`, each with a description of its own."""
    tree = ast.parse(source)
    function = _find_function(tree)
    has_docstring = ast.get_docstring(function) is not None
    first = function.body[has_docstring].lineno
    changes, descriptions, sources = [], {}, {ast.unparse(tree)}
    for path, node in _walk(function):
        if has_docstring and path[:1] == (("body", 0),):
            continue
        for line, what, changed_path, new in _change(node, path):
            changed = _replace(tree, changed_path, new)
            if changed in sources:
                continue
            sources.add(changed)
            text = f"line {line - first + 1}: {what}"
            descriptions[text] = descriptions.get(text, 0) + 1
            again = f" ({descriptions[text]})" if descriptions[text] > 1 else ""
            changes.append(Change(text + again, changed))
    return changes


def _find_function(tree):
    return next(node for node in tree.body if isinstance(node, ast.FunctionDef))


def _walk(node, path=()):
    """Yields the path and the node of each node below one: a path is a tuple of fields and places in them."""
    for field, value in ast.iter_fields(node):
        for place, child in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(child, ast.AST):
                child_path = (*path, (field, place))
                if hasattr(child, "lineno"):
                    yield child_path, child
                yield from _walk(child, child_path)


def _replace(tree, path, new):
    """Returns the source of a tree in which another node stands at a path; a new node of None leaves it out."""
    tree = copy.deepcopy(tree)
    node = _find_function(tree)
    for field, place in path[:-1]:
        node = getattr(node, field) if place is None else getattr(node, field)[place]
    field, place = path[-1]
    if place is None:
        setattr(node, field, new)
    elif new is not None:
        getattr(node, field)[place] = new
    else:
        del getattr(node, field)[place]
        if field == "body" and not node.body:
            node.body.append(ast.Pass())
    return ast.unparse(ast.fix_missing_locations(tree))


def _change(node, path):
    """Yields what one node may become: the line, what changes in words, the path of what is replaced, the new node."""
    for rule in (_numbers, _words, _activations, _operators, _calls, _subscripts, _slices):
        for new in rule(node):
            yield node.lineno, f"{_text(node)} -> {_text(new)}", path, new
    if isinstance(node, ast.Return):
        yield node.lineno, "return forgotten", path, ast.Expr(node.value)
    elif isinstance(node, ast.stmt):
        yield node.lineno, f"{_text(node)} left out", path, None
    elif isinstance(node, (ast.List, ast.Tuple)):
        yield from _elements(node, path)


def _text(node):
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 160 else f"{text[:160]} ..."


def _numbers(node):
    if not isinstance(node, ast.Constant) or isinstance(node.value, str):
        return
    value = node.value
    if isinstance(value, bool):
        numbers = (not value,)
    elif isinstance(value, int):
        numbers = (value + 1, value - 1, value * 2, *((0,) if value <= SMALL else ()))
    elif isinstance(value, float):
        numbers = (round(value + 0.1, 6), round(value - 0.1, 6), value * 2, 0.0, -value)
    else:
        return
    for number in dict.fromkeys(numbers):
        if number != value or type(number) is not type(value):
            yield ast.Constant(number)


def _words(node):
    """Strings, names and functions by others of their kind."""
    for old, rename in (
        (getattr(node, "value", None) if isinstance(node, ast.Constant) else None, ast.Constant),
        (node.id if isinstance(node, ast.Name) else None, lambda name: ast.Name(name, node.ctx)),
        (
            node.attr if isinstance(node, ast.Attribute) else None,
            lambda name: ast.Attribute(node.value, name, node.ctx),
        ),
    ):
        for words in SIBLINGS if isinstance(old, str) else ():
            if old in words:
                yield from (rename(word) for word in words if word != old)


def _activations(node):
    if isinstance(node, ast.Call) and _text(node.func) == "LeakyReLU":
        yield from (ast.Constant(name) for name in ACTIVATIONS)
        yield from (_expression(slope) for slope in SLOPES)


def _operators(node):
    if isinstance(node, ast.BinOp):
        yield from (ast.BinOp(node.left, operator(), node.right) for operator in OPERATORS[type(node.op)])
        yield from (node.left, node.right)
        if isinstance(node.op, (ast.Sub, ast.Div, ast.FloorDiv)):
            yield ast.BinOp(node.right, node.op, node.left)


def _calls(node):
    """An argument left out, two swapped, or one added; and the call itself left out."""
    if not isinstance(node, ast.Call):
        return
    arguments, keywords = node.args, node.keywords
    for place in range(len(arguments)):
        yield ast.Call(node.func, arguments[:place] + arguments[place + 1 :], keywords)
    for place in range(len(arguments) - 1):
        swapped = [*arguments[:place], arguments[place + 1], arguments[place], *arguments[place + 2 :]]
        yield ast.Call(node.func, swapped, keywords)
    for place in range(len(keywords)):
        yield ast.Call(node.func, arguments, keywords[:place] + keywords[place + 1 :])
    for text in ADDED.get(_text(node.func).split(".")[-1], ()):
        (keyword,) = _expression(f"f({text})").keywords
        if keyword.arg not in [each.arg for each in keywords]:
            yield ast.Call(node.func, arguments, [*keywords, keyword])
    if isinstance(node.func, ast.Attribute) and _text(node.func.value).split(".")[0] not in LIBRARIES:
        yield node.func.value
    elif arguments and isinstance(node.func, (ast.Name, ast.Attribute)):
        yield arguments[0]


def _elements(node, path):
    """An element of a list or a tuple left out, or moved by one."""
    for place, element in enumerate(node.elts):
        if isinstance(node.ctx, ast.Load):
            yield element.lineno, f"{_text(element)} left out", (*path, ("elts", place)), None
    for place, (first, second) in enumerate(itertools.pairwise(node.elts)):
        elements = [*node.elts[:place], second, first, *node.elts[place + 2 :]]
        yield first.lineno, f"{_text(first)}, then {_text(second)} swapped", path, type(node)(elements, node.ctx)


def _subscripts(node):
    if isinstance(node, ast.Subscript):
        yield node.value


def _slices(node):
    if isinstance(node, ast.Slice):
        for field in ("lower", "upper", "step"):
            if getattr(node, field) is not None:
                yield ast.Slice(**{**dict(ast.iter_fields(node)), field: None})


def _expression(text):
    return ast.parse(text, mode="eval").body
