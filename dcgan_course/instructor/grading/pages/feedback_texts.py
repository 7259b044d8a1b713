"""What a feedback page says, in the student's language: all of it stands in `feedback.json`."""

import functools
import json
import re
from pathlib import Path

LANGUAGES = ("en", "ko")
TEXTS = json.loads(Path(__file__).with_name("feedback.json").read_text("utf-8"))
BY_DEFAULT = r"\S+?"  # A value of a sentence is one word, such as a number or a name.
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def say(group, name, language, /, **values):
    """Returns a text of a group in a language, "en" or "ko", with values put into it."""
    return TEXTS[group][name][language].format(**values)


def translate(sentences, language):
    """Translates what was said of a file or an answer when it was read.

    The record keeps these sentences in English, with the names and numbers in them: a sentence is known by its form.

    Args:
        sentences: A text of one or more sentences.
        language: "en" or "ko".

    Returns:
        A list of pairs: a text, and the language that it has. What is not known stays English.
    """
    if language == "en":
        return [(sentences, "en")]
    translated, rest = [], sentences.strip()
    while rest:
        known = ((match, text) for form, text in _forms(language) if (match := form.match(rest)))
        match, text = next(known, (None, None))
        if match is None:
            return [*translated, (rest, "en")]
        words = TEXTS["words of notes"]
        values = {name: words.get(value, value) for name, value in match.groupdict().items()}
        translated.append((text.format(**values), language))
        rest = rest[match.end() :].strip()
    return translated


@functools.cache
def _forms(language):
    """Returns pairs: what an English sentence looks like, and the same sentence in a language."""
    return [(_make_form(note["en"]), note[language]) for note in TEXTS["notes"]]


def _make_form(english):
    """Makes the pattern of an English sentence, with a group for each of its values."""
    kinds = "|".join(map(re.escape, TEXTS["words of notes"]))
    looks = dict.fromkeys(("file", "files", "line", "others", "reason"), ".+?") | {"kind": kinds, "message": ".+"}
    pieces = PLACEHOLDER.split(english)  # By turns a text and the name of a value.
    form = "".join(
        f"(?P<{piece}>{looks.get(piece, BY_DEFAULT)})" if number % 2 else re.escape(piece)
        for number, piece in enumerate(pieces)
    )
    return re.compile(rf"{form}(?=\s|\Z)", re.DOTALL)
