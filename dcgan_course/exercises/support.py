"""What an answer uses from the student's other cells: imports, helper functions, constants."""

import ast

from dcgan_course.exercises.python_source import DEFINITIONS, IMPORTS, bound_names, changed_names, is_stub, needed_names

DEFINED = (*DEFINITIONS, *IMPORTS)
# A call or an assignment at an answer's top level that the answer does not use only tries something out.
TRIED_OUT = (ast.Expr, ast.Assert, ast.Assign, ast.AnnAssign)


def find_support(statements, elsewhere, wanted, given):
    """Finds the statements of other cells that an answer's statements need.

    `wanted` are names that must be defined, `given` those that are defined already. Returns a list of statements of
    `elsewhere` in their order, which is the notebook's, and the set of the names that they bind.
    """
    own, indices_of, star_imports = {}, {}, set()
    for statement in statements:
        for name in bound_names(statement):
            own.setdefault(name, []).append(statement)
    definitions = {name for statement in elsewhere if isinstance(statement, DEFINED) for name in bound_names(statement)}
    for index, statement in enumerate(elsewhere):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            star_imports.add(index)
        if is_stub(statement):
            continue
        # A variable comes with all that changes it; a function, a class or a module with what binds it.
        for name in bound_names(statement) | (changed_names(statement) - definitions):
            indices_of.setdefault(name, []).append(index)
    names = set(wanted) | needed_names([statement for statement in statements if not isinstance(statement, TRIED_OUT)])
    indices, seen = set(), set()
    while names:
        name = names.pop()
        seen.add(name)
        users = own.get(name, [])
        if name not in own and name not in given:
            users = [elsewhere[index] for index in indices_of.get(name, ())]
            indices.update(indices_of.get(name, star_imports))  # One of the star imports may bind it.
        names |= set().union(*(needed_names([user]) for user in users)) - seen
    support = [elsewhere[index] for index in sorted(indices)]
    return support, set().union(*map(bound_names, support))
