"""Files that are written completely or not at all."""

import contextlib
import os
from pathlib import Path


@contextlib.contextmanager
def atomic_write(path, mode="w"):
    """Opens a file that takes its place only when everything has been written and is on the disk.

    A process that is killed, or a disk that is full, leaves the earlier file as it was. What it was
    writing stays behind as `<name>.tmp`, which the next write to `path` replaces.

    Args:
        path: Where the file is to be.
        mode: `"w"` for UTF-8 text with `\\n` line ends, `"wb"` for bytes.

    Yields:
        The open file.
    """
    path = Path(path)
    temporary = path.with_name(path.name + ".tmp")
    # A file's name that is no UTF-8 is written as an escape; it must not cost the file that names it.
    text = {} if "b" in mode else {"encoding": "utf-8", "newline": "\n", "errors": "backslashreplace"}
    try:
        with open(temporary, mode, **text) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
