"""The DCGAN of the lecture: its two networks, its training step, and what a notebook needs around them.

The names below are loaded when they are first used, so that `import dcgan_lib` costs nothing and the
commands answer at once.
"""

import contextlib
import importlib
import os
import sys
import tempfile

_HOMES = {
    "DCGAN": "dcgan",
    "History": "history",
    "Images": "data",
    "TimelinePage": "timeline",
    "build_discriminator": "models",
    "build_generator": "models",
    "course_path": "data",
    "draw_digits": "samples",
    "draw_faces": "samples",
    "interpolate": "interpolation",
    "load_faces": "data",
    "load_mnist": "data",
    "make_animation": "plotting",
    "plot_images": "plotting",
    "plot_losses": "plotting",
    "plot_measures": "plotting",
    "plot_nearest_neighbours": "plotting",
    "plot_scores": "plotting",
    "plot_timeline": "plotting",
    "scale_images": "scaling",
    "train": "training",
    "unscale_images": "scaling",
}
__all__ = sorted(_HOMES)


def __getattr__(name):
    if name not in _HOMES:
        raise AttributeError(f"module 'dcgan_lib' has no attribute {name!r}. It has: {', '.join(__all__)}.")
    with _without_log_lines():
        module = importlib.import_module(f"dcgan_lib.{_HOMES[name]}")
    return getattr(module, name)


def __dir__():
    return __all__


@contextlib.contextmanager
def _without_log_lines():
    """Keeps TensorFlow's log lines out of a notebook while it is imported.

    It writes some past Python and past `TF_CPP_MIN_LOG_LEVEL`; they are shown only if the import fails.
    """
    if "tensorflow" in sys.modules:
        yield
        return
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as lines:
        os.dup2(lines.fileno(), 2)
        try:
            yield
        except BaseException:
            lines.seek(0)
            os.write(stderr, lines.read())
            raise
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
