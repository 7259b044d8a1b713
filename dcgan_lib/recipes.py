"""How the networks are trained: the lecture's values, and those with which they draw better (docs/quality.md)."""

from typing import NamedTuple

import keras


class Recipe(NamedTuple):
    """Every value that a recipe decides; the defaults are the lecture's."""

    batch_size: int = 32
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    # Three updates, as on the slides; or one pass through each network that serves all three.
    one_pass: bool = False
    # The share of the averaged weights that stays in each step; None draws with the last weights.
    averaging: float | None = None

    def new_optimizer(self):
        """Makes an Adam with the recipe's values."""
        return keras.optimizers.Adam(self.learning_rate, self.beta_1)


RECIPES = {
    "lecture": Recipe(),
    "tuned": Recipe(
        # A step of 64 costs less than two of 32, and its gradients are less noisy.
        batch_size=64,
        # Radford et al. 2015 took 2e-4 for deeper networks. After 500 steps 2e-3 was ahead of 1e-3 and of 4e-3.
        learning_rate=2e-3,
        # Radford et al. 2015: momentum 0.9 makes the game oscillate.
        beta_1=0.5,
        # Both networks learn from one backward pass over real and generated images: a quarter less to compute.
        one_pass=True,
        # Yazici et al. 2019: the generator circles around what it is after; the middle of the circle is better.
        averaging=0.998,
    ),
}


def find_recipe(name, d_optimizer, g_optimizer):
    """Returns the recipe of a name; refuses other names, and optimizers beside a recipe that brings its own."""
    if name not in RECIPES:
        raise ValueError(f"DCGAN: recipe must be one of {', '.join(RECIPES)}. Received: recipe={name!r}.")
    if name != "lecture" and (d_optimizer is not None or g_optimizer is not None):
        raise ValueError(
            f"DCGAN: recipe={name!r} brings its own optimizers. Leave out d_optimizer and g_optimizer, or the recipe."
        )
    return RECIPES[name]
