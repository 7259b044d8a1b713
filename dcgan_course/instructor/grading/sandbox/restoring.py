"""Undoes what an answer has done to the modules that a check uses.

It is copied into the sandbox by itself. A student who changes it only spoils their own check: it does not know what
a right answer prints.
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
    """Remembers the names in the modules, before any answer has run."""
    for name in MODULES:
        if name in sys.modules:
            _remembered[name] = dict(vars(sys.modules[name]))


def restore(names):
    """Restores the modules, and deletes names that hide Python's own from `names`, the notebook's `globals()`."""
    for name, values in _remembered.items():
        vars(sys.modules[name]).update(values)
    for name in _remembered["builtins"]:
        if not name.startswith("_"):
            names.pop(name, None)
    keras = sys.modules["keras"]
    keras.config.set_floatx("float32")
    keras.config.set_dtype_policy("float32")
