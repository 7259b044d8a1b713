"""What a training run leaves behind: a number for each step, and what made it."""

import csv
import json

import numpy as np

from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.paths import course_path

COLUMNS = ("d_loss", "g_loss", "d_real", "d_fake")


class History:
    """The losses and scores of each step, and what made them.

    Attributes:
        d_loss: float32 `(steps,)`, the mean of the discriminator's two losses in each step.
        g_loss: float32 `(steps,)`, the generator's loss.
        d_real: float32 `(steps,)`, mean D(x): how real the discriminator calls real images.
        d_fake: float32 `(steps,)`, mean D(G(z)): how real it calls the generator's.
        run: dict, what `run.json` holds: parameters, seed, versions, device, source, times.
        measures: List of dicts, one for each step that `evaluate_every` measured (`measure_images`).
    """

    def __init__(self, values=(), run=None, measures=()):
        values = np.asarray(values, np.float32).reshape(-1, len(COLUMNS))
        for name, column in zip(COLUMNS, values.T, strict=True):
            setattr(self, name, np.ascontiguousarray(column))
        self.run = {} if run is None else run
        self.measures = list(measures)

    @property
    def values(self):
        """All of it as one array, float32 `(steps, 4)`: d_loss, g_loss, d_real, d_fake."""
        return np.stack([getattr(self, name) for name in COLUMNS], axis=1)

    def __len__(self):
        return len(self.d_loss)

    def __repr__(self):
        if not len(self):
            return "History(0 steps)"
        last = ", ".join(f"{name}={getattr(self, name)[-1]:.3f}" for name in COLUMNS)
        return f"History({len(self):,} steps; last: {last})"

    def save(self, folder):
        """Writes `history.csv` (one row a step, measures where there are any) and `run.json` into `folder`.

        A relative `folder` is in the course's.
        """
        folder = course_path(folder)
        names = [name for name in dict.fromkeys(name for row in self.measures for name in row) if name != "step"]
        measured = {row["step"]: [row.get(name, "") for name in names] for row in self.measures}
        with atomic_write(folder / "history.csv") as file:
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("step", *COLUMNS, *names))
            # repr of a float32 is the shortest text that reads back as the same float32.
            nothing = [""] * len(names)
            for step, row in enumerate(self.values):
                rows.writerow((step, *map(str, row), *measured.get(step, nothing)))
        with atomic_write(folder / "run.json") as file:
            json.dump(self.run, file, indent=2, ensure_ascii=False)
            file.write("\n")

    @classmethod
    def load(cls, folder):
        """Reads back what `save` wrote into `folder`; a relative one is in the course's.

        Raises:
            FileNotFoundError: If there is no `history.csv` in `folder`.
        """
        folder = course_path(folder)
        if not (folder / "history.csv").is_file():
            raise FileNotFoundError(f"History.load: no history.csv in '{folder}'. Name the output_dir of a run.")
        first, *rows = (row.split(",") for row in (folder / "history.csv").read_text("utf-8").splitlines())
        width = 1 + len(COLUMNS)
        values = np.array([row[1:width] for row in rows], np.float32)
        measures = [
            {"step": int(row[0])}
            | {name: float(text) for name, text in zip(first[width:], row[width:], strict=True) if text}
            for row in rows
            if any(row[width:])
        ]
        run = json.loads((folder / "run.json").read_text("utf-8"))
        return cls(values, run, measures)


def distance_name(measures):
    """Returns the name of the distance that decides: the one that `measure_images` puts first."""
    return next(name for name in measures if name != "step")
