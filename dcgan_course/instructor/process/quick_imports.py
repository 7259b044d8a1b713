"""Imports that cost an instructor's command seconds for nothing."""

import contextlib
import sys

GRAMMARS = "rfc3987_syntax"  # Installed with JupyterLab.


@contextlib.contextmanager
def skip_address_grammars():
    """Makes the first `import nbformat` in this process quick: 0.3 s instead of 2 to 3 s.

    nbformat imports jsonschema, which compiles 38 grammars of web addresses where `rfc3987_syntax` is installed. No
    notebook needs them. Inside this context that package seems not to be installed, which jsonschema accepts.
    """
    if GRAMMARS in sys.modules:
        yield
        return
    sys.modules[GRAMMARS] = None
    try:
        yield
    finally:
        sys.modules.pop(GRAMMARS, None)
