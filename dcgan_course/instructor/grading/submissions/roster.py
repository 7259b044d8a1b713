"""Who is in the class, and which of them a name, number or e-mail belongs to: as a whole, never by a part of it."""

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass

from dcgan_course.instructor.grading.submissions.class_list import FULL, column_key, is_rounded, read_class_list
from dcgan_course.instructor.process.wording import visible
from dcgan_course.refused import Refused

SHORTEST_ID = 4  # Of letters or digits; the 2 in "hw 2" is no id.


@dataclass(frozen=True)
class Person:
    """Somebody in the class."""

    name: str  # What else the list has if it has no name: the id or e-mail.
    id: str  # Or "".
    columns: dict  # The whole line of the list.
    line: int  # Where it begins in the list.
    identity: str  # What tells this person from all others: the id, or the name, or both with the line.


@dataclass(frozen=True)
class Match:
    """Whom something belongs to, and how that is known."""

    person: Person | None
    how: str  # What was the same, such as "id"; a sentence if it belongs to nobody.


class Roster:
    """A class list: `people` is a list of `Person`, `troubles` are sentences about lines that are not clear.

    `path` is a file that `read_class_list` understands, or None for no list. One that cannot be read, has no column of
    names or ids, or nobody in it, is `Refused`.
    """

    def __init__(self, path=None):
        self.people, self.troubles = [], []
        self._known = defaultdict(dict)  # From what and its value to people by their lines.
        if path is None:
            return
        table = read_class_list(path)
        self._from_canvas = table.from_canvas
        entries = []
        for line, row, values in table.rows:
            filled = [value for value in values.values() if value]
            if filled and not fold(" ".join(filled)).startswith("points possible"):
                entries.append((line, row, values))
            elif not filled:
                self.troubles.append(
                    f"Line {line} of the class list has neither a name nor an id: nobody can match it."
                )
        self._add_people(entries, table.names, table.ids)
        if not self.people:
            raise Refused(f"--roster: '{path}' has a header and no student below it. Is it the right file?")

    def _add_people(self, entries, names, ids):
        def first(values, columns):
            return next((values[column] for column in columns if values[column]), "")

        called = [
            (first(values, names) or first(values, ids) or first(values, values), first(values, ids))
            for _, _, values in entries
        ]
        same_id = Counter(squeeze(number or name) for name, number in called)
        same_both = Counter((squeeze(name), squeeze(number)) for name, number in called)
        for (line, row, values), (name, number) in zip(entries, called, strict=True):
            # Two people with one id, or of one name where there is no id, must not become one.
            identity = number or name
            if same_id[squeeze(identity)] > 1:
                identity = f"{name}, {number}" if number else name
            if same_both[squeeze(name), squeeze(number)] > 1:
                identity += f", line {line} of the class list"
            person = Person(visible(_as_written(name, values)), visible(number), row, line, identity)
            if is_rounded(number):
                self.troubles.append(
                    f"The id {visible(number)} of {person.name} (line {line} of the class list) has lost its "
                    f"last digits in Excel. Make that column a text there, and save it again."
                )
            self.people.append(person)
            self._learn(person, values, names, ids)
        twice = defaultdict(list)
        for person in self.people:
            if person.id:
                twice[squeeze(person.id)].append(person)
        for people in twice.values():
            if len(people) > 1:
                lines = ", ".join(f"{person.line} ({person.name})" for person in people)
                self.troubles.append(
                    f"The id {visible(people[0].id)} stands on several lines of the class list: {lines}."
                )

    def _learn(self, person, values, names, ids):
        """Notes by what a person is known."""
        for column, value in values.items():
            if not value:
                continue
            if column in names:
                self._note("Canvas's name", letters(value), person)
                for name in spellings(value):
                    self._note("name", squeeze_name(name), person)
                    for number in filter(None, (values[other] for other in ids)):
                        for both in (f"{number}{name}", f"{name}{number}"):
                            self._note("id and name", letters(both), person)
            else:
                kind = "id" if column in ids else "e-mail" if "@" in value else "login"
                self._note(kind, squeeze(value), person)
                if kind == "id" and (not names or (self._from_canvas and column_key(column) == "id")):
                    self._note("Canvas's number", squeeze(value), person)
                if kind == "id" and squeeze(value).startswith("participant"):
                    self._note("Moodle's number", squeeze(value).removeprefix("participant"), person)

    def _note(self, way, value, person):
        if value:
            self._known[way, value][person.line] = person

    def match(self, text):
        """Finds whom the name of a folder or file belongs to; returns a `Match`.

        It must be the whole id, name, e-mail or login of one person, or the id and name together.
        """
        return self._decide(text, self._named(text))

    def people_named(self, text):
        """Returns all people whom a text may name, as a list."""
        return list(_together(self._named(text)).values())

    def match_canvas(self, name, number):
        """Finds whom a file of Canvas belongs to; Canvas writes "Kim, Minji" as `kimminji`."""
        named = {**self._named(name), "Canvas's name": self._known.get(("Canvas's name", letters(name)), {})}
        return self._decide_both(name, number, named, "Canvas's number")

    def match_moodle(self, name, number):
        """Finds whom a folder of Moodle belongs to; its number is "Participant 123" in the column "Identifier"."""
        if not number:
            return self.match(name)
        return self._decide_both(name, number, self._named(name), "Moodle's number")

    def match_account(self, name, number):
        """Finds whom an account of Sakai or Gradescope belongs to, by its name and its id, login or e-mail.

        The system says both. If the class list has only one of them, that is enough, but they must not contradict each
        other.
        """
        by_name = _together(self._named(name))
        by_number = _together({way: self._known.get((way, squeeze(number)), {}) for way in ("id", "login", "e-mail")})
        both = {line: person for line, person in by_number.items() if line in by_name}
        if by_number and by_name and not both:
            return self._contradict(number, by_number, "the name is another student's")
        others = [person for person in by_name.values() if person.id.isdigit() and len(person.id) == len(number)]
        if not by_number and number.isdigit() and others:
            return Match(None, f"The class list has {others[0].name} with another number than {number}.")
        return self._decide(name, {"name and number": both} if both else {"number": by_number, **self._named(name)})

    def find_id_and_name(self, text):
        """Returns the id and the name that a text has beside other words, as "2026001 Kim Minji"; None if it has not.

        Both must be there as whole words, be the same person's, and nobody else may be named.
        """
        words = [word for word in re.split(r"[\s_,.()\[\]-]+", text) if word]
        pieces = {" ".join(words[i:j]) for i in range(len(words)) for j in range(i + 1, min(i + 4, len(words)) + 1)}
        named = {piece: self._known.get(("name", squeeze_name(piece)), {}) for piece in pieces}
        numbered = {word: self._known.get(("id", squeeze(word)), {}) for word in words if len(word) >= SHORTEST_ID}
        people = _together(named) | _together(numbered)
        number, name = next(filter(numbered.get, numbered), None), next(filter(named.get, named), None)
        return f"{number} {name}" if len(people) == 1 and number and name else None

    def _named(self, text):
        """Returns, for each way to name a person, a dict from lines to the people whom a text names so."""
        ways = {"id": squeeze, "name": squeeze_name, "e-mail": squeeze, "login": squeeze, "id and name": letters}
        named = {way: self._known.get((way, key(text)), {}) for way, key in ways.items()}
        for spelling in spellings(text):
            named["name"] = named["name"] | self._known.get(("name", squeeze_name(spelling)), {})
        return named

    def _decide_both(self, text, number, named, way):
        """Decides by an LMS's name and number, which must not contradict each other.

        `way` names the LMS's own numbers. A student's id at the university may by chance be the same
        number, so that it counts only together with the name; without it, somebody has to look.
        """
        by_name = _together(named)
        by_number = self._known.get((way, number), {})
        by_id = self._known.get(("id", squeeze(number)), {})
        # Canvas puts the last word of a name first.
        same = {
            line: person
            for line, person in by_id.items()
            if line in by_name or sorted(letters(person.name)) == sorted(letters(text))
        }
        by_number = by_number or same
        if not by_number and by_id:
            return self._contradict(number, by_id, "the name is not")
        if by_number and by_name:
            both = {line: person for line, person in by_number.items() if line in by_name}
            if not both:
                return self._contradict(number, by_number, "the name is another student's")
            return self._decide(text, {"name and number": both})
        match = self._decide(text, {"number": by_number, **named})
        if not by_number and any(
            match.person in people.values() for key, people in self._known.items() if key[0] == way
        ):
            return Match(None, f"The class list has {match.person.name} with another number than {number}.")
        return match

    def _contradict(self, number, people, but):
        owners = ", ".join(person.name for person in people.values())
        return Match(None, f"The number {number} is that of {owners}, but {but}.")

    def _decide(self, text, found):
        people = _together(found)
        if len(people) == 1:
            return Match(*people.values(), next(kind for kind, matched in found.items() if matched))
        if not people:
            return Match(None, "The class list has no student of this name or number.")
        listed = ", ".join(f"{person.name} (line {person.line})" for person in people.values())
        return Match(None, f"The class list has {len(people)} students whom '{visible(text)}' may be: {listed}.")


def _together(found):
    """Returns all people that were found in any way, by their lines."""
    return {line: person for people in found.values() for line, person in people.items()}


def spellings(name):
    """Returns the ways to write a name: "Kim, Minji" is Minji Kim, and in Korea Kim Minji."""
    return [name, " ".join(reversed(name.split(","))), name.replace(",", " ")] if name.count(",") == 1 else [name]


def _as_written(name, values):
    """Returns a name as people write it, if the list has it in two columns."""
    if not values.get(FULL) or name != values[FULL]:
        return name
    last, _, first = name.partition(", ")
    is_hangul = all("가" <= letter <= "힣" for letter in last + first)
    return last + first if is_hangul else f"{first} {last}".strip()


def fold(text):
    """Makes texts comparable that differ in case, or in how Unicode composes their letters."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).strip().casefold())


def squeeze(text):
    """Folds a text, and leaves out its blanks."""
    return "".join(fold(text).split())


def squeeze_name(text):
    """Folds a name, and leaves out its blanks, and the `_` that many systems write for a blank."""
    return squeeze(text).replace("_", "")


def letters(text):
    """Folds a text, and keeps only its letters and digits."""
    return "".join(letter for letter in fold(text) if letter.isalnum())
