"""The newest grid and the losses so far, which a notebook shows while it trains."""

import base64
import io
import sys
import time

from dcgan_lib.run.observers import Regular
from dcgan_lib.system.output import say

_SHARE = 0.02  # Of the time between two pictures, drawing one takes at most so much.


class LivePicture(Regular):
    """Shows a picture in the cell that trains, and replaces it in place after each grid.

    Where no notebook listens, in a script or a terminal, it does nothing. Where grids come so fast that drawing would
    hold up the training, some of them are left out; the last one is not.

    Args:
        interval: Steps from one grid to the next.
        done: Steps that are made already.
        steps: How many steps the run has.
    """

    def __init__(self, interval, done, steps):
        super().__init__(interval)
        self._last = (steps - 1) // interval * interval
        self._draw_again_at = 0.0
        # A place of its own, opened before the progress bar prints: so the bar stays in one piece below it.
        first = self.due(done)
        self._place = _open_place(first) if first < steps else None

    def see(self, step, session):
        """Draws what the session has come to, if it is time."""
        if self._place is None or step != self._last and time.monotonic() < self._draw_again_at:
            return
        began = time.monotonic()
        try:
            self._show(session)
        except Exception as error:  # No picture is worth a training.
            self._place = None
            say(f"The pictures cannot be shown while it trains ({type(error).__name__}: {error}). It goes on.")
        now = time.monotonic()
        self._draw_again_at = now + (now - began) * (1 / _SHARE - 1)

    def _show(self, session):
        from dcgan_lib.curves import plot_progress

        step, images = session.grid
        picture = io.BytesIO()
        plot_progress(images, session.history(), step).savefig(picture, format="png", dpi=100)
        words = f"25 generated images after step {step:,}, and the two losses up to there."
        self._place.update(
            {"image/png": base64.b64encode(picture.getvalue()).decode(), "text/plain": words},
            metadata={"image/png": {"alt": words}},
            raw=True,
        )


def _open_place(step):
    """Returns the handle of a new output of the running cell, or None where there is no notebook.

    Until the picture after `step` comes, the output says when it comes.
    """
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    words = f"The next picture comes after step {step:,}."
    return display({"text/plain": words}, raw=True, display_id=True)
