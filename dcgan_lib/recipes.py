"""How the networks are trained: the lecture's values, and those with which they draw better (docs/quality.md)."""

from typing import NamedTuple

import keras


class Recipe(NamedTuple):
    """Every value that a recipe decides; the defaults are the lecture's."""

    batch_size: int = 32
    learning_rate: float = 1e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    # Three updates, as on the slides; or one pass through each network that serves all three.
    one_pass: bool = False
    # The weight of R1, which keeps the discriminator from being steep where the real images are; with one pass only.
    r1: float = 0.0
    # The share of the averaged weights that stays in each step; None draws with the last weights.
    averaging: float | None = None

    def new_optimizer(self):
        """Makes an Adam with the recipe's values."""
        return keras.optimizers.Adam(self.learning_rate, self.beta_1, self.beta_2)


RECIPES = {
    "lecture": Recipe(),
    "tuned": Recipe(
        # Karras et al. 2018: without momentum the networks answer each other and not their past; what is left of the
        # noise the averaging takes. At equal seconds ahead of 0.5 with 0.999, as batches of 32 are of those of 64.
        beta_1=0.0,
        beta_2=0.99,
        # Both networks learn from one backward pass over real and generated images: a quarter less to compute.
        one_pass=True,
        # Mescheder et al. 2018: with it the game comes to rest. The longer a run, the more it gains.
        r1=1.0,
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
