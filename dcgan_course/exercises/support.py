"""What an answer uses from the student's other cells: imports, helper functions, constants."""

import ast

from dcgan_course.exercises.python_source import bound_names, is_stub, needed_names

# A call or an assignment at an answer's top level that the answer does not use only tries something out.
TRIED_OUT = (ast.Expr, ast.Assert, ast.Assign, ast.AnnAssign)


def find_support(statements, elsewhere, wanted, given):
    """Finds the statements of other cells that an answer needs.

    Args:
        statements: The answer's `ast` statements.
        elsewhere: The statements of all other cells, in the notebook's order.
        wanted: Names that must be defined.
        given: Names that are defined already.

    Returns:
        A list of statements in the notebook's order, and the set of the names that they bind.
    """
    own, last_index, star_imports = {}, {}, []
    for statement in statements:
        for name in bound_names(statement):
            own.setdefault(name, []).append(statement)
    for index, statement in enumerate(elsewhere):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            star_imports.append(index)
        if not is_stub(statement):
            last_index.update(
                dict.fromkeys(bound_names(statement), index)
            )  # As in a notebook, the last binding counts.
    names = set(wanted) | needed_names([statement for statement in statements if not isinstance(statement, TRIED_OUT)])
    indices, seen, is_name_missing = set(), set(names), False
    while names:
        name = names.pop()
        if name in own:
            users = own[name]
        elif name in given:
            continue
        elif name in last_index:
            indices.add(last_index[name])
            users = [elsewhere[last_index[name]]]
        else:
            is_name_missing = True
            continue
        more = set().union(*(needed_names([user]) for user in users)) - seen
        names |= more
        seen |= more
    if is_name_missing:  # A star import may bind it.
        indices.update(star_imports)
    support = [elsewhere[index] for index in sorted(indices)]
    return support, set().union(*map(bound_names, support))
