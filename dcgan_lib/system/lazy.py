"""Names of a package that are loaded when they are first used."""

import contextlib
import gc
import importlib
import os
import sys
import tempfile


def lazy_names(package, homes, check=None):
    """Makes the `__getattr__` and the `__dir__` of a package (PEP 562), so that importing it costs nothing.

    Args:
        package: The package's `__name__`.
        homes: Dict from each public name to the module that has it, relative to the package.
        check: Called with that module before it is imported; it may refuse with an error.

    Returns:
        The two functions.
    """

    def get_attribute(name):
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}. It has: {', '.join(sorted(homes))}.")
        if check:
            check(homes[name])
        with _without_log_lines(), _without_garbage_collection():
            module = importlib.import_module(f"{package}.{homes[name]}")
        return getattr(module, name)

    return get_attribute, lambda: sorted(homes)


@contextlib.contextmanager
def _without_garbage_collection():
    """Lets Python not look for garbage meanwhile: of what TensorFlow's import makes, a hundredth is garbage.

    Looking 860 times through up to 355,000 objects takes a tenth of the import's seconds.
    """
    if not gc.isenabled():  # Also when a name is loaded by the loading of another one.
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


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
