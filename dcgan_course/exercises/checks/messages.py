"""The sentences that a check prints, in English and in Korean."""

import functools
import json
from pathlib import Path


def say(message, language, /, **values):
    """Returns a sentence of `messages.json` in a language, "en" or "ko", with values put into it."""
    texts = _read_file()[message]
    return texts[language].format(**values)


def say_label(label, language):
    """Returns a label or a part of a measurement in a language."""
    if language == "ko":
        for word, korean in _read_file()["words of labels"].items():
            label = label.replace(word, korean)
    return label


@functools.cache
def _read_file():
    return json.loads(Path(__file__).with_name("messages.json").read_text("utf-8"))
