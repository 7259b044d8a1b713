"""Which function measures the answer of which exercise."""

from importlib import import_module

# From an exercise's key to a module of this package, its function, and what the function is given besides.
MEASURES = {
    "1.1": ("filtering", "measure_filtering", {}),
    "1.2": ("layer_shapes", "measure_shapes", {}),
    "2.1": ("photo", "measure_photo", {}),
    "2.2": ("scaling_range", "measure_scaling", {}),
    "2.3": ("networks", "measure_generator", {}),
    "2.4": ("networks", "measure_discriminator", {"channels": 1}),
    "2.5": ("training_step", "measure_step", {}),
    "3.1": ("photo", "measure_photo", {}),
    "3.2": ("networks", "measure_generator", {}),
    "3.3": ("networks", "measure_discriminator", {"channels": 3}),
    "3.4": ("layer_shapes", "measure_parameters", {}),
    "3.5": ("picture_grid", "measure_grid", {}),
}


def measure(key, function, seed):
    """Runs a student's function on inputs drawn from a seed.

    Returns:
        What `measured.py` calls a measurement.

    Raises:
        UnusableResult: If what the function returned cannot be measured.
        Exception: Whatever the function raises.
    """
    import numpy as np

    module, name, options = MEASURES[key]
    measure_answer = getattr(import_module(f"{__package__}.{module}"), name)
    return measure_answer(function, np.random.default_rng(seed), **options)
