"""What comes back from a worker: texts and numbers, whatever an answer has sent."""

import json
from dataclasses import asdict, dataclass, fields

MOST_BYTES = 200_000_000


@dataclass(frozen=True)
class Report:
    """What became of a `Journey`; of the first three at most one says something."""

    refusal: str = ""  # Why that machine must not run answers.
    problem: str = ""  # Why these could not be run there.
    recording: str = ""  # What came: see `recording`. Only the process that compares reads it.
    walls: tuple = ()  # What an instructor should know of the walls there.
    seconds: float = 0.0  # How long it took.

    def to_json(self):
        """Returns it as a text."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text):
        """Reads what `to_json` has made; raises `ValueError` if it is something else."""
        if len(text) > MOST_BYTES:
            raise ValueError(f"more than {MOST_BYTES:,} characters")
        written = json.loads(text)
        if not isinstance(written, dict) or set(written) != {each.name for each in fields(cls)}:
            raise ValueError("no report")
        walls, seconds = tuple(map(str, written["walls"])), float(written["seconds"])
        texts = {each.name: str(written[each.name]) for each in fields(cls) if each.type is str}
        return cls(**texts, walls=walls, seconds=seconds)
