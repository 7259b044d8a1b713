"""The folder that a run writes to: one run at a time, and no earlier run in it is lost."""

import contextlib
import os
import re
from pathlib import Path

from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.locks import Locked, NoLocks, hold_lock
from dcgan_lib.system.output import say
from dcgan_lib.system.paths import course_path


class OutputFolder:
    """The folder of one run.

    Args:
        path: The folder, a relative one in the course's; made if it is not there.
        name: The middle of `gan_<name>_<step>.png`; the folder's own name in lower case where it is None.

    Raises:
        ValueError: If it is the course's own folder.
        NotADirectoryError: If there is a file in its place.
        OSError: If it cannot be made.
    """

    def __init__(self, path, name=None):
        self.path = course_path(path)
        self._absolute = Path(os.path.abspath(self.path))  # Without "..", so that it has a name and a folder around it.
        self.name = self._absolute.name.lower() if name is None else name
        if os.path.isdir(self._absolute / "notebooks"):  # `move_aside` would rename the course.
            raise ValueError(
                f"train: output_dir must be a folder of the run's own, and '{self.path}' holds the course. Name one "
                f"in it, as generated_images/MNIST."
            )
        self.make()

    def make(self):
        """Makes the folder if it is not there."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise NotADirectoryError(
                f"train: output_dir must be a folder, and there is a file in its place: '{self.path}'. "
                f"Remove the file or name another folder."
            ) from None
        except UnicodeEncodeError:
            raise ValueError(
                f"train: this system's language setting has no UTF-8, so that it cannot make the folder "
                f"{ascii(str(self.path))}. Name output_dir in English letters, or start Jupyter with PYTHONUTF8=1."
            ) from None
        except OSError as error:
            raise OSError(
                f"train: the folder '{self.path}' could not be made ({reason(error)}). Name another output_dir."
            ) from None

    @contextlib.contextmanager
    def hold(self):
        """Holds the folder for this process while this context lasts."""
        # Beside the folder, not in it: the folder may be moved away while the lock is held.
        path = self._absolute.with_name(f".{self._absolute.name}.lock")
        with contextlib.ExitStack() as held:
            try:
                held.enter_context(hold_lock(path))
            except Locked:
                raise RuntimeError(
                    f"train: another run is writing to '{self.path}'. Wait until it ends, or name another output_dir."
                ) from None
            except NoLocks:
                say(f"The drive of '{self.path}' has no locks: take care that no second run writes into this folder.")
            except OSError as error:
                raise self._failed("written", path, error) from None
            yield

    def move_aside(self):
        """Renames the folder to the first free of `NAME.1`, `NAME.2`, ... and makes a new one; returns the new name."""
        number = 1
        while os.path.lexists(aside := self._absolute.with_name(f"{self._absolute.name}.{number}")):
            number += 1
        self._absolute.rename(aside)
        self.make()
        return aside

    def grid_path(self, step):
        """Where the grid of a step is: `gan_<name>_<step>.png`, as on the slides."""
        return self.path / f"gan_{self.name}_{step}.png"

    def save_image(self, image, path):
        """Writes a `PIL.Image` as PNG, completely or not at all."""
        with atomic_write(path, "wb") as file:
            image.save(file, format="PNG")

    def save_figure(self, figure, name):
        """Writes a `matplotlib.figure.Figure` as PNG, completely or not at all."""
        with atomic_write(self.path / name, "wb") as file:
            figure.savefig(file, format="png", dpi=120)

    def save_generator(self, generator, name):
        """Writes a generator, completely or not at all, for `keras.saving.load_model`."""
        unfinished = self.path / f".{name}"  # Keras looks at the ending.
        generator.save(unfinished)
        os.replace(unfinished, self.path / name)

    @contextlib.contextmanager
    def explaining(self, progress=lambda: (None, None), verb="written"):
        """Explains what failed in the folder: what is kept, and what to do.

        Args:
            progress: Called then; returns the steps made, and those in the last checkpoint or None.
            verb: What could not be done: `"written"` or `"read"`.
        """
        try:
            yield
        except OSError as error:
            if str(error).startswith("train: "):
                raise  # It is explained already.
            raise self._failed(verb, error.filename or self.path, error, *progress()) from None

    def _failed(self, verb, path, error, steps=None, checkpoint_steps=None):
        after = "" if steps is None else f" after {steps:,} steps"
        failed = f"train: '{path}' could not be {verb}{after}"
        try:
            os.stat(self.path)
        except FileNotFoundError:
            return OSError(
                f"{failed}: the folder was removed, with its checkpoints. Put it back if it was moved, or train anew."
            )
        except OSError as away:  # The drive itself: it was unplugged, or the connection to it is cut.
            return OSError(
                f"{failed}: its drive has gone away ({reason(away)}). Connect it again (on Colab: restart, and run the "
                f"first cell), then run this cell once more: with resume=True it goes on from the last checkpoint."
            )
        if steps is None:
            kept = ""
        elif checkpoint_steps is None:
            kept = " No checkpoint has been written yet."
        else:
            kept = (
                f" The checkpoint of {checkpoint_steps:,} steps is kept, and train(..., resume=True) goes on from it."
            )
        if verb == "read":
            return OSError(f"{failed} ({reason(error)}). Nothing was changed: look at it, or name another output_dir.")
        return OSError(f"{failed} ({reason(error)}). Make room in the folder, or give the right to write there.{kept}")


def reason(error):
    """Says what an `OSError` is about, without its number."""
    return error.strerror or str(error) or type(error).__name__


def saved_grids(output_dir):
    """Finds the grids of a run: a dict of step to `pathlib.Path`, in the order of the steps.

    A relative `output_dir` is in the course's folder.
    """
    found = {}
    for path in course_path(output_dir).glob("gan_*_*.png"):
        if match := re.fullmatch(r"gan_.+_(\d+)\.png", path.name):
            found[int(match[1])] = path
    return dict(sorted(found.items()))
