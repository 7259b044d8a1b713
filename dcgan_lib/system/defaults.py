"""The session's settings are the student's: what the library needs is set while it works, and put back.

Both are contexts, and decorators of functions.
"""

import contextlib

import numpy as np


@contextlib.contextmanager
def numpy_defaults():
    """Lets NumPy treat tiny and infinite numbers as it does by itself, whatever `np.seterr` was told."""
    with np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"):
        yield


@contextlib.contextmanager
def keras_defaults():
    """Lets Keras build in float32 with channels last, whatever `keras.config` was told; float64 is left as it is."""
    from keras import config  # Not at the top: loading images must not import TensorFlow.

    is_double = config.dtype_policy().name == config.floatx() == "float64"  # More digits than needed harm nobody.
    dtype = "float64" if is_double else "float32"
    settings = (
        (config.floatx, config.set_floatx, dtype),
        (config.dtype_policy, config.set_dtype_policy, dtype),
        (config.image_data_format, config.set_image_data_format, "channels_last"),
    )
    before = [read() for read, _, _ in settings]
    try:
        for _, write, needed in settings:
            write(needed)
        yield
    finally:
        for (_, write, _), value in zip(settings, before, strict=True):
            write(value)
