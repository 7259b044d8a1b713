"""Watches a training and says in one sentence what goes wrong, and what to try."""

import collections

import numpy as np

from dcgan_lib.scaling import to_unit_range

# Runs that went well stay far from these: their 25 pictures never had less than 0.8 of the real ones' variety
# after the first grid, d_loss stayed above 0.04 in the mean of 200 steps, and no two grids differed by less than 0.05.
ALIKE, SURE, STILL = 0.4, 0.01, 0.001
_STEPS_SURE, _STEPS_BETWEEN = 500, 100


class Diagnosis:
    """Sees losses, grids and measures as they come; each warning is given once.

    Args:
        images: uint8 `(n, height, width, channels)`, the real images.
        say: Called with a sentence for each warning.
    """

    def __init__(self, images, say):
        self._say = say
        self._real_spread = _spread(to_unit_range(images[:1000]))
        self._d_losses = collections.deque(maxlen=_STEPS_SURE)
        self._grid = None
        self._alike = 0
        self._next_grid = _STEPS_BETWEEN  # Skip the first grids: an untrained generator's pictures always look alike.
        self.warnings = {}

    def due(self, step):
        """Returns None: it looks whenever the loop stops."""

    def see(self, step, session):
        """Looks at a run's latest losses, and at its measures and its grid if they are of this step."""
        self.see_losses(step, session.latest)
        if session.measures and session.measures[-1]["step"] == step:
            self.see_measures(session.measures[-1])
        grid_step, images = session.grid
        if grid_step == step:
            self.see_grid(step, images)

    def see_losses(self, step, rows):
        """Takes in the losses up to `step`: float `(steps, 4)`, d_loss first."""
        self._d_losses.extend(rows[:, 0])
        if len(self._d_losses) == _STEPS_SURE and np.mean(self._d_losses) < SURE:
            self._warn(
                "won",
                f"step {step:,}: the discriminator has won (its loss was {np.mean(self._d_losses):.4f} over "
                f"{_STEPS_SURE} steps), and the generator learns next to nothing from it. Try TunedDCGAN, or a "
                f"smaller learning rate for the discriminator.",
            )

    def see_grid(self, step, images):
        """Takes in pictures from always the same noise: float `(n, height, width, channels)` in [-1, 1]."""
        if step < self._next_grid:
            return
        self._next_grid = step + _STEPS_BETWEEN
        images = to_unit_range(images)
        share = _spread(images) / max(self._real_spread, 1e-6)
        self._alike = self._alike + 1 if share < ALIKE else 0
        if self._alike >= 2 and self._real_spread > 1e-6:
            self._warn(
                "alike",
                f"step {step:,}: the generator has collapsed: its pictures have {share:.0%} of the real ones' variety. "
                f"Go back to an earlier grid, and try TunedDCGAN or a smaller learning rate for the generator.",
            )
        if self._grid is not None and np.abs(images - self._grid).mean() < STILL:
            self._warn(
                "still",
                f"step {step:,}: the generator stands still: its pictures are those of the grid before. Look whether "
                f"its weights move, and whether the discriminator has won (D(G(z)) near 0).",
            )
        self._grid = images

    def see_measures(self, measures):
        """Takes in what `measure_images` returned, and the `step` that it is of."""
        step, missing = measures["step"], measures.get("missing_digits", 0)
        if step >= _STEPS_BETWEEN and missing >= 3:
            self._warn(
                "missing",
                f"step {step:,}: {missing:.0f} of the ten digits hardly come up any more: the generator is collapsing. "
                f"If the next measure says so too, try TunedDCGAN or a smaller learning rate.",
            )

    def _warn(self, what, sentence):
        if what not in self.warnings:
            self.warnings[what] = sentence
            self._say(f"Warning, {sentence}")


def _spread(images):
    return float(np.sqrt(images.astype(np.float64).var(axis=0).sum()))
