"""What a student is told: what was right, what happened where it was not, and what to do. No expected values."""

import json
from pathlib import Path

from dcgan_course.instructor.grading.marks.scoring import ENDINGS

# Sentences and hints by outcome, and hints by the name of an exception.
TEXTS = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
SENTENCES = TEXTS["sentences"] | {ending: f"It was ended: {sentence}." for ending, sentence in ENDINGS.items()}


def explain(key, marks):
    """Says in words how an exercise went: returns a sentence, and a hint or ""."""
    sentence = SENTENCES[marks.outcome].format(
        right=", ".join(marks.right),
        wrong=", ".join(part for part in marks.parts if part not in marks.right),
        error=marks.error,
        message=marks.message,
    )
    if marks.outcome == "partly right" and marks.error:
        sentence += f" It ended with an error: {marks.error}."
    hint = TEXTS["errors"].get(marks.error, "") if marks.error else TEXTS["hints"].get(marks.outcome, "")
    return sentence, hint.format(key=key)
