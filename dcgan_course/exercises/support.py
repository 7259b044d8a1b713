"""What an answer uses of the student's other cells: imports, helper functions, constants."""

import ast

from dcgan_course.exercises.python_source import bound_names, is_stub, needed_names

# Of an answer's own top level: a call or an assignment that the answer does not use is somebody trying things out.
TRIED_OUT = (ast.Expr, ast.Assert, ast.Assign, ast.AnnAssign)


def find_support(statements, elsewhere, wanted, given):
    """Finds the statements of other cells that an answer cannot do without.

    Args:
        statements: The answer's `ast` statements.
        elsewhere: The statements of all other cells, in the notebook's order.
        wanted: Names that must be defined.
        given: Names that are there anyway.

    Returns:
        A list of statements in the notebook's order, and the set of the names that they bind.
    """
    own, homes, stars = {}, {}, []
    for statement in statements:
        for name in bound_names(statement):
            own.setdefault(name, []).append(statement)
    for place, statement in enumerate(elsewhere):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            stars.append(place)
        if not is_stub(statement):
            homes.update(dict.fromkeys(bound_names(statement), place))  # As in a notebook, the last one counts.
    names = set(wanted) | needed_names([statement for statement in statements if not isinstance(statement, TRIED_OUT)])
    places, seen, missing = set(), set(names), False
    while names:
        name = names.pop()
        if name in own:
            users = own[name]
        elif name in given:
            continue
        elif name in homes:
            places.add(homes[name])
            users = [elsewhere[homes[name]]]
        else:
            missing = True
            continue
        more = set().union(*(needed_names([user]) for user in users)) - seen
        names |= more
        seen |= more
    if missing:
        places.update(stars)
    support = [elsewhere[place] for place in sorted(places)]
    return support, set().union(*map(bound_names, support))
