"""What one run writes down: its losses and scores, its checkpoints, its history and its last pictures."""

import time
from datetime import datetime, timezone

import numpy as np

from dcgan_lib import curves
from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.run.folder import saved_grids
from dcgan_lib.run.history import History, distance_name
from dcgan_lib.run.provenance import hash_weights
from dcgan_lib.run.timeline import make_animation
from dcgan_lib.system.output import say


class Session:
    """One part of a run: from a checkpoint to the end, to a stop, or to whatever ends the process.

    Args:
        dcgan: The `DCGAN` that trains.
        folder: The run's `OutputFolder`.
        checkpoint: The `Checkpoint` that it starts from.
        run: What `run.json` is to hold: a dict, which the session adds to.

    Attributes:
        steps_done: How many steps the run has made.
        latest: float32 `(n, 4)`, losses and scores of the steps since the observers last looked.
        grid: The last grid: its step, and float32 `(25, height, width, channels)` in [-1, 1]; two None before it.
        measures: List of dicts, what `evaluate_every` has measured.
        saved_at: When the last checkpoint was written, in seconds of `time.monotonic`.
    """

    def __init__(self, dcgan, folder, checkpoint, run):
        self.dcgan = dcgan
        self.folder = folder
        self.run = run
        self.measures = checkpoint.measures
        self.grid = None, None
        self.steps_done = len(checkpoint)
        self.latest = checkpoint.values[:0]
        self._identity = checkpoint.identity
        self._earlier_parts = checkpoint.sessions
        self._values = [checkpoint.values]
        self._saved_steps = self.steps_done if self._earlier_parts else None
        self._started = self.saved_at = time.monotonic()
        self._part = {
            "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "weights_before": hash_weights(dcgan),
            "first_step": self.steps_done,
        }

    def add(self, values):
        """Takes in the losses and scores of some steps, float32 `(n, 4)`.

        Raises:
            FloatingPointError: At the first step with a value that is not finite.
        """
        finite = np.isfinite(values).all(axis=1)
        good = len(values) if finite.all() else int(np.argmin(finite))
        self.latest = values[:good]
        self._values.append(self.latest)
        self.steps_done += good
        if good < len(values):
            self._give_up("a loss", step=self.steps_done)

    def save(self):
        """Writes a checkpoint and, after it, the history."""
        checkpoint = Checkpoint.capture(self.dcgan, self._identity, self._parts(), self._all_values(), self.measures)
        if not checkpoint.is_finite():  # The generator's update comes last: no loss of this step has seen it.
            self._give_up("a weight", step=self.steps_done - 1)
        checkpoint.save(self.folder.path)
        self._saved_steps, self.saved_at = self.steps_done, time.monotonic()
        self.save_history()

    def save_history(self):
        """Writes `history.csv` and `run.json`."""
        self.history().save(self.folder.path)

    def history(self):
        """Returns the `History` of the run up to here."""
        parts = self._parts()
        seconds = sum(part["seconds"] for part in parts)
        speed = round(self.steps_done / max(seconds, 1e-3), 2)
        self.run["steps_done"] = self.steps_done
        self.run["times"] = {"seconds": seconds, "steps_per_second": speed, "sessions": parts}
        if self.measures:
            best = min(self.measures, key=lambda row: row[distance_name(row)])  # Of equal ones the first.
            self.run["measures"] = {**self.measures[-1], "best": best[distance_name(best)], "best_step": best["step"]}
        return History(self._all_values(), self.run, self.measures)

    def end(self, finished):
        """Writes everything that a run ends with, the word `finished` last; returns the `History`."""
        with self.explaining():
            self.save()
            self.dcgan.take_averages()
            history = self.history()
            self._make("generator.keras", lambda name: self.folder.save_generator(self.dcgan.generator, name))
            self._make("losses.png", lambda name: self.folder.save_figure(curves.plot_losses(history), name))
            if self.measures:
                self._make("measures.png", lambda name: self.folder.save_figure(curves.plot_measures(history), name))
            if saved_grids(self.folder.path):
                self._make("training.gif", lambda name: make_animation(self.folder.path))
            self.run["finished"] = finished
            history.save(self.folder.path)
        if not finished:
            say(f"Stopped after {self.steps_done:,} steps; a checkpoint is written. resume=True goes on from here.")
        return history

    def _make(self, name, write):
        """Makes one of the last files; what goes wrong is said, because none of them is worth a finished training."""
        try:
            write(name)
        except Exception as error:
            problem = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
            say(f"{name} could not be made ({problem}). The training is not affected, and the run is kept.")

    def explaining(self):
        """Returns a context in which a failed write says what is kept and what to do."""
        return self.folder.explaining(lambda: (self.steps_done, self._saved_steps))

    def _give_up(self, what, step):
        """Ends a run that can learn nothing any more, with the history up to here."""
        self.save_history()
        last = f"step {self._saved_steps:,}" if self._saved_steps else "none yet"
        raise FloatingPointError(
            f"train: {what} of step {step:,} is not finite, so nothing can be learned any more. Try a smaller "
            f"learning rate (Adam's 1e-3 to 2e-4) or beta_1=0.5, and train anew. Last checkpoint: {last}."
        )

    def _parts(self):
        seconds = round(time.monotonic() - self._started, 2)
        part = {**self._part, "steps": self.steps_done - self._part["first_step"], "seconds": seconds}
        return [*self._earlier_parts, part]

    def _all_values(self):
        return np.concatenate(self._values)
