"""A folder that a command makes as a whole: it takes the place of what the command made before, and of nothing else."""

import contextlib
import hashlib
import json
import os
import tempfile
from pathlib import Path

from dcgan_course.refused import Refused

# Folders that Python and Jupyter make when somebody opens what was made; they can be deleted.
TRACES = {"__pycache__", ".ipynb_checkpoints"}


@contextlib.contextmanager
def make_folder(output, kind, **about):
    """Yields an empty folder to write to; when all is written, it takes the place of `output`.

    Args:
        output: The folder, an absolute path; it may be there, if it is as this function made it.
        kind: What is made, such as "release". `<kind>.json` in the folder then names the files that were written.
        **about: What else that record says.

    Raises:
        Refused: If `output` holds anything but an earlier one as it was written, or cannot be written.
    """
    _refuse_foreign(output, kind)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{output.name}.part-", dir=output.parent) as folder:
            made = Path(folder) / output.name
            made.mkdir()
            yield made
            record = json.dumps({**about, "files": hash_files(made)}, indent=2)
            (made / f"{kind}.json").write_text(record + "\n", "utf-8", newline="\n")
            if output.exists():  # A folder can be renamed only to where there is none.
                os.replace(output, Path(folder) / "earlier")
            os.replace(made, output)
    except OSError as error:
        raise Refused(f"--output: '{output}' cannot be written ({error.strerror}). Name another folder.") from None


def hash_files(folder):
    """Returns a dict of SHA-256 by file; a file is named by its path in the folder, with slashes."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files_of(folder)
    }


def files_of(folder):
    """Lists the files in a folder and below it, sorted; links count as files."""
    return sorted(path for path in Path(folder).rglob("*") if not path.is_dir() or path.is_symlink())


def _refuse_foreign(output, kind):
    if output.is_symlink() or output.exists() and not output.is_dir():
        raise Refused(f"'{output}' is not a folder. Name another --output.")
    found = {name: digest for name, digest in hash_files(output).items() if not set(name.split("/")) & TRACES}
    if not found:
        return
    record = f"{kind}.json"
    try:
        written = json.loads((output / record).read_text("utf-8"))["files"]
        del found[record]
        foreign = sorted(name for name in found if written.get(name) != found[name])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise Refused(
            f"'{output}' has files and is no earlier {kind}, so it is left alone. Name another --output."
        ) from None
    if foreign:
        raise Refused(
            f"In '{output}' there is what the {kind} did not write: {', '.join(foreign[:3])}"
            f"{', ...' if len(foreign) > 3 else ''}. Move it away, or name another --output."
        )
