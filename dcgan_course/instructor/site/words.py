"""What the site itself says, in both languages: all of it stands in `words.json`."""

import json
from pathlib import Path

LANGUAGES = ("en", "ko")
WORDS = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))


def words_of(language):
    """Returns the site's words in a language, "en" or "ko": a dict from their name."""
    return {name: word[language] for name, word in WORDS.items()}
