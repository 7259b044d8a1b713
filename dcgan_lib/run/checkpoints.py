"""Everything that a training run needs to go on, in one file; a damaged file is not used."""

import contextlib
import hashlib
import io
import json
import os
import re
from pathlib import Path

import numpy as np

from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.output import say

_KEPT = 2  # The newest, and the one before it should the newest be damaged.


class Checkpoint:
    """The state of a run after some number of steps.

    Attributes:
        identity: dict of str, what a run must have in common with this one to go on from it.
        sessions: list of dicts, the parts it was trained in: first step, steps, seconds.
        values: float32 `(steps, 4)`, the history so far.
        arrays: The variables of both networks and both optimizers, the state of every Dropout, and the averages.
        measures: List of dicts, the history's measures so far.
    """

    def __init__(self, identity, sessions, values, arrays, measures=()):
        self.identity = identity
        self.sessions = sessions
        self.values = values
        self.arrays = arrays
        self.measures = list(measures)

    def __len__(self):
        return len(self.values)

    @classmethod
    def capture(cls, dcgan, identity, sessions, values, measures=()):
        """Copies the state of `dcgan` out of it."""
        return cls(identity, sessions, values, [np.asarray(variable) for variable in _state(dcgan)], measures)

    def restore(self, dcgan):
        """Sets `dcgan` to this state; both are built alike (`identity` says so)."""
        for variable, array in zip(_state(dcgan), self.arrays, strict=True):
            variable.assign(array)

    def is_finite(self):
        """Says whether no number in it is infinite or NaN."""
        return all(np.isfinite(array).all() for array in self.arrays)

    def save(self, folder):
        """Writes `checkpoint_<steps>_<hash of the content>.npz` and removes all but the last two."""
        content = io.BytesIO()
        header = json.dumps({"identity": self.identity, "sessions": self.sessions, "measures": self.measures})
        arrays = {f"variable_{index}": array for index, array in enumerate(self.arrays)}
        np.savez(content, header=np.array(header), values=self.values, **arrays)
        content = content.getvalue()
        path = Path(folder) / f"checkpoint_{len(self):08d}_{_digest(content)}.npz"
        with atomic_write(path, "wb") as file:
            file.write(content)
        with contextlib.suppress(OSError):  # The new one is written: what is old can be cleared away next time.
            # A process that was killed while it wrote leaves a .tmp that nothing else would ever replace.
            for old in (*_files(folder)[_KEPT:], *Path(folder).glob("checkpoint_*.npz.tmp")):
                old.unlink(missing_ok=True)
        return path

    @classmethod
    def load_newest(cls, folder, say=say):
        """Reads the newest checkpoint that is not damaged; returns None if there is none.

        Args:
            folder: The folder of the run.
            say: Called with one sentence for each that is passed over.

        Raises:
            OSError: If one could not be read and no other one can be used: the drive may give it another time.
        """
        unread = None
        for path in _files(folder):
            try:
                content = path.read_bytes()
            except OSError as error:
                unread = unread or error
                say(f"The checkpoint {path.name} cannot be read ({error.strerror or error}); it is passed over.")
                continue
            if _digest(content) != path.stem.rpartition("_")[2]:
                say(f"The checkpoint {path.name} is damaged (its content is not what was written); it is passed over.")
                continue
            return cls.read(content)
        if unread is not None:
            raise unread
        return None

    @classmethod
    def read(cls, content):
        """Reads the bytes of a checkpoint's file."""
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            header = json.loads(str(file["header"]))
            arrays = [file[f"variable_{index}"] for index in range(len(file.files) - 2)]
            return cls(header["identity"], header["sessions"], file["values"], arrays, header.get("measures", ()))


def _state(dcgan):
    owners = (dcgan.generator, dcgan.discriminator, dcgan.d_optimizer, dcgan.g_optimizer)
    return [*(variable for owner in owners for variable in owner.variables), *dcgan.averages]


def _digest(content):
    return hashlib.sha256(content).hexdigest()[:16]


def _files(folder):
    """The checkpoints of a run, newest first; an `OSError` if the folder cannot be listed."""
    pattern = re.compile(r"checkpoint_\d{8,}_[0-9a-f]{16}\.npz")
    # `Path.glob` would find nothing where the drive does not answer, and a run would start from the beginning.
    return sorted((Path(folder) / name for name in os.listdir(folder) if pattern.fullmatch(name)), reverse=True)
