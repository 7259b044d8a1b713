"""The sentences that a check prints, in English and in Korean."""

import functools
import json
from pathlib import Path


def say(message, language, **values):
    """Returns a sentence of `messages.json` in a language, "en" or "ko", with values put into it."""
    texts = _read_file()[message]
    return texts[language].format(**values)


@functools.cache
def _read_file():
    return json.loads(Path(__file__).with_name("messages.json").read_text("utf-8"))
