"""A table in which an instructor says something of some students: extensions of the due time, adjustments of points.

Its encoding, delimiter and header are found as those of the class list. Nobody is found by a part of a name.
"""

from dataclasses import dataclass

from dcgan_course.instructor.grading.submissions.class_list import (
    IDS,
    OTHERS,
    clean,
    column_key,
    is_rounded,
    read_class_list,
)
from dcgan_course.instructor.grading.submissions.roster import squeeze_name
from dcgan_course.instructor.process.wording import visible

HEADER = (
    "must name its columns in one line: a student ('student', 'id' or 'email', '이름' or '학번') and {columns}. "
    "The columns seen are: {{listed}}. A workbook is saved as 'CSV UTF-8' in Excel."
)


@dataclass(frozen=True)
class StudentLine:
    """A line of such a table."""

    number: int  # Where it begins in the file.
    who: dict  # What it says of the student: from a column to a value that is not empty.
    values: dict  # From the name of each column, without case and blanks, to what stands there.

    def value(self, columns):
        """Returns what stands in the first of some columns that is filled, and the column's name; "" if none is."""
        return next(((self.values[name], name) for name in columns if self.values.get(name)), ("", ""))


def read_student_lines(path, option, wanted, columns):
    """Reads a table; returns a list of `StudentLine`, those that are empty left out.

    `wanted` are sets of names of columns, one of each must be there; `columns` says in words which.
    """
    table = read_class_list(path, option, wanted, HEADER.format(columns=columns))
    lines = []
    for number, row, known in table.rows:
        values = {}
        for column, value in row.items():
            values.setdefault(column_key(column), clean(value))
        if any(values.values()):
            lines.append(StudentLine(number, {column: value for column, value in known.items() if value}, values))
    return lines


class Students:
    """Whom such a line may be about: the class list's people, and who has handed in under another name.

    `others` is a dict from identities to names.
    """

    def __init__(self, roster, others):
        self._roster = roster
        self._people = {person.identity: person for person in roster.people}
        self.names = {identity: person.name for identity, person in self._people.items()}
        self.names = {**others, **self.names}
        self._by_name = {}
        for identity, name in others.items():
            for text in {squeeze_name(identity), squeeze_name(name)} if identity not in self._people else ():
                self._by_name.setdefault(text, []).append(identity)

    def find(self, who):
        """Returns the identity of the one student that a line's `who` names.

        What it says must all be the same student's. Raises `ValueError` with a sentence if nobody, or more than one,
        is meant.
        """
        if not who:
            raise ValueError("It names no student.")
        found = {column: self._named(value) for column, value in who.items()}
        named = [people for people in found.values() if people]
        shown = ", ".join(f"'{visible(value)}'" for value in who.values())
        if not named:
            raise ValueError(f"Nobody is called {shown}.{self._hint(who)}")
        together = set.intersection(*named)
        if not together:
            raise ValueError(f"{shown} are not one student.")
        if len(together) > 1:
            listed = ", ".join(sorted(self._describe(each) for each in together))
            raise ValueError(f"{shown} may be {len(together)} students: {listed}. Add a column that tells them apart.")
        identity = together.pop()
        for column, value in who.items():
            if not found[column] and self._contradicts(identity, column):
                raise ValueError(f"'{visible(value)}' is not {self._describe(identity)}, whom the line names too.")
        return identity

    def _named(self, value):
        return {
            *(person.identity for person in self._roster.people_named(value)),
            *self._by_name.get(squeeze_name(value), ()),
        }

    def _contradicts(self, identity, column):
        """Says whether the class list knows of a student what stands in a column, so that another value is wrong."""
        person, key = self._people.get(identity), column_key(column)
        if person is None or key in OTHERS:
            return False
        return bool(person.id) if key in IDS else person.name != person.id

    def _describe(self, identity):
        person = self._people.get(identity)
        return f"{self.names[identity]} ({person.id})" if person and person.id else visible(self.names[identity])

    def _hint(self, who):
        """Says what may have happened to an id, if that is clear."""
        if any(is_rounded(value) for value in who.values()):
            return " Excel has rounded it: make that column a text there."
        bare = {value.lstrip("0") for value in who.values() if value.isdigit()}
        ids = [each.id if each.id else identity for identity, each in self._people.items()] or list(self.names)
        near = sorted(number for number in ids if number.isdigit() and number.lstrip("0") in bare)
        return f" Is {near[0]} meant? Excel takes zeros away: make that column a text there." if near else ""
