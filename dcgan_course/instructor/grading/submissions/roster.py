"""Who is in the class: a CSV with the columns that the university's system writes."""

import csv
import io
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from dcgan_course.refused import Refused

NAMES = ("name", "student", "student name", "full name", "이름", "성명")
IDS = ("id", "student id", "sis user id", "id number", "identifier", "학번")
OTHERS = ("sis login id", "login", "username", "user name", "email", "email address", "integration id", "folder")


@dataclass(frozen=True)
class Person:
    """Somebody in the class."""

    name: str  # The id if the list has no column of names.
    id: str  # Or "".
    columns: dict  # The whole line of the list.

    @property
    def identity(self):
        """What tells this person from all others: the id, or the name."""
        return self.id or self.name


class Roster:
    """A class list: `people` is a list of `Person`.

    `path` is a CSV file with a header, or None for no list. One that cannot be read, or has no column of names or
    ids, is `Refused`.
    """

    def __init__(self, path=None):
        self.people, self._known = [], {}
        if path is None:
            return
        rows = _read(path)
        columns = {fold(name): name for name in (rows[0] if rows else {}) if name}
        names = [columns[name] for name in NAMES if name in columns]
        ids = [columns[name] for name in IDS if name in columns]
        if not names and not ids:
            raise Refused(f"--roster: '{path}' has no column of names or ids. Its first line must have 'name' or 'id'.")
        others = [columns[name] for name in OTHERS if name in columns]
        for row in rows:
            values = [row.get(column) or "" for column in ids + names + others]
            if not any(value.strip() for value in values) or fold(values[-1]).startswith("points possible"):
                continue
            name = row[names[0]].strip() if names else row[ids[0]].strip()
            person = Person(name, row[ids[0]].strip() if ids else "", row)
            self.people.append(person)
            for value in values:
                self._learn(value, person)
                self._learn(value.partition("@")[0], person)
                self._learn("".join(reversed(value.split(","))), person)  # "Kim, Minji"

    def find(self, identities):
        """Returns the `Person` to whom the first known one of some names and ids belongs, or None."""
        for identity in identities:
            if person := self._known.get(plain(identity)):
                return person
        return None

    def _learn(self, value, person):
        key = plain(value)
        # What two people have in common identifies neither.
        if key:
            self._known[key] = None if self._known.get(key, person) is not person else person


def fold(text):
    """Makes texts comparable that differ in case, or in how Unicode composes their letters."""
    return unicodedata.normalize("NFC", text).strip().casefold()


def plain(text):
    """Keeps only letters and digits: Canvas writes "Kim, Minji" as `kimminji`."""
    return "".join(letter for letter in fold(text) if letter.isalnum())


def _read(path):
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise Refused(f"--roster: '{path}' cannot be read ({error.strerror}).") from None
    for codec in ("utf-8-sig", "cp949"):
        try:
            text = content.decode(codec)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Refused(f"--roster: '{path}' is not a text. Save it as CSV (UTF-8).")
    dialect = ";" if text.split("\n", 1)[0].count(";") > text.split("\n", 1)[0].count(",") else ","
    return list(csv.DictReader(io.StringIO(text), delimiter=dialect))
