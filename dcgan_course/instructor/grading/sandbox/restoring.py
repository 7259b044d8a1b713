"""Undoes what an answer has done to the modules that a check uses. It is copied into the sandbox, and alone there.

Whoever tampers with it harms their own check alone: nothing here knows what a right answer prints.
"""

import sys

MODULES = (
    "builtins",
    "numpy",
    "numpy.random",
    "numpy.linalg",
    "numpy.testing",
    "numpy.lib.stride_tricks",
    "keras",
    "keras.layers",
    "keras.losses",
    "keras.models",
    "keras.ops",
    "keras.optimizers",
    "tensorflow",
    "tempfile",
    "pathlib",
    "PIL.Image",
)
_remembered = {}


def remember():
    """Remembers what the modules hold, before any answer has run."""
    for name in MODULES:
        if name in sys.modules:
            _remembered[name] = dict(vars(sys.modules[name]))


def restore(names):
    """Puts the modules back, and takes away names that hide Python's own.

    Args:
        names: The notebook's `globals()`.
    """
    for name, held in _remembered.items():
        vars(sys.modules[name]).update(held)
    for name in _remembered["builtins"]:
        if not name.startswith("_"):
            names.pop(name, None)
    keras = sys.modules["keras"]
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
