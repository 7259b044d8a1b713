"""What an answer uses of the student's other cells: imports, helper functions, constants."""

import ast

from exercises.source import bound_names, is_stub, needed_names


def find_support(statements, elsewhere, wanted, given):
    """Finds the statements of other cells that an answer cannot do without.

    Args:
        statements: The answer's `ast` statements.
        elsewhere: The statements of all other cells, in the notebook's order.
        wanted: Names that must be defined, besides those that the answer uses.
        given: Names that are there anyway.

    Returns:
        A list of statements in the notebook's order, and the set of the names that they bind.
    """
    homes, stars = {}, []
    for place, statement in enumerate(elsewhere):
        if isinstance(statement, ast.ImportFrom) and statement.names[0].name == "*":
            stars.append(place)
        if not is_stub(statement):
            homes.update(dict.fromkeys(bound_names(statement), place))  # As in a notebook, the last one counts.
    places, missing = set(), False
    names = set(wanted) | (needed_names(statements) - given)
    seen = set(names)
    while names:
        name = names.pop()
        if name not in homes:
            missing = True
        elif homes[name] not in places:
            places.add(homes[name])
            more = needed_names([elsewhere[homes[name]]]) - given - seen
            names |= more
            seen |= more
    if missing:
        places.update(stars)
    support = [elsewhere[place] for place in sorted(places)]
    return support, set().union(*map(bound_names, support))
