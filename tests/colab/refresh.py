"""`python -m tests.colab.refresh FREEZE`: takes over the versions that Colab has now, for `make test-colab`.

FREEZE is what `!pip freeze --all > freeze.txt` writes on Colab, or pip-freeze.txt of
https://github.com/googlecolab/backend-info, whose os-info.txt says which Python belongs to it. Each pin in
tests/colab/requirements.txt gets its package's version; comments and lines without a pin stay as they are.
"""

import argparse
import re
import sys
from pathlib import Path

from packaging.utils import canonicalize_name

from dcgan_course.refused import Refused
from dcgan_lib.system.files import atomic_write

PINS = Path(__file__).with_name("requirements.txt")
NAME = r"(?P<name>[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?)"
PIN = re.compile(rf"{NAME}==(?P<version>[^\s#;]+)", re.ASCII)
# A package that is on no index: a file, an address, or somebody's own folder.
UNPINNED = re.compile(rf"{NAME} @ \S+|-e \S+.*", re.ASCII)
WHERE = "Run '!pip freeze --all > freeze.txt' on Colab, or take pip-freeze.txt of github.com/googlecolab/backend-info."


def main(arguments=None, pins=PINS):
    """Rewrites the pins from the file that the command line names; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.colab.refresh", description=__doc__.splitlines()[0])
    parser.add_argument("freeze", metavar="FREEZE", help="what pip freeze says on Colab")
    try:
        changes, kept = refresh(pins, parser.parse_args(arguments).freeze)
    except Refused as refusal:
        print(f"refresh: {refusal}", file=sys.stderr)
        return 2
    for name, old, new in changes:
        print(f"{name}: {old} -> {new}")
    print(f"{len(changes)} pins changed, and {kept} are Colab's already.")
    return 0


def read_freeze(path):
    """Reads what pip freeze said.

    Args:
        path: The file.

    Returns:
        A dict from a package's name, as indexes spell it, to its version. One that is on no index has None.

    Raises:
        Refused: If the file cannot be read, or a line in it is nothing that pip freeze writes.
    """
    try:
        lines = Path(path).read_text("utf-8-sig").splitlines()
    except OSError as error:
        raise Refused(f"'{path}' cannot be read ({error.strerror}). {WHERE}") from None
    except UnicodeDecodeError:
        raise Refused(f"'{path}' is no text in UTF-8. {WHERE}") from None
    versions = {}
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        found = PIN.fullmatch(line) or UNPINNED.fullmatch(line)
        if found is None:
            raise Refused(f"'{path}' is not from pip freeze: line {number} is {line[:60]!r}. {WHERE}")
        if found["name"]:
            versions[canonicalize_name(found["name"])] = found.groupdict().get("version")
    if not versions:
        raise Refused(f"'{path}' names no package. {WHERE}")
    return versions


def refresh(path, freeze):
    """Gives each pin in a requirements file the version that Colab's pip freeze names.

    Args:
        path: The requirements file, which is rewritten.
        freeze: The file with what pip freeze said.

    Returns:
        A list of tuples (name, version before, version now) of the pins that changed; and how many did not.

    Raises:
        Refused: If `read_freeze` cannot read the other file, or it has no version of a pinned package. The
            requirements file is then as it was.
    """
    versions = read_freeze(freeze)
    text = path.read_text("utf-8")
    pins = list(re.finditer(rf"^{PIN.pattern}", text, re.MULTILINE | re.ASCII))
    gone = [pin["name"] for pin in pins if versions.get(canonicalize_name(pin["name"])) is None]
    if gone:
        raise Refused(
            f"'{freeze}' has no version of {', '.join(gone)}. Nothing was changed. If Colab no longer has it, take its "
            f"line out of {path.name} or leave it there without a version, and run this again."
        )
    changes = []
    for pin in reversed(pins):  # From the end, so that the places of those before stay right.
        new = versions[canonicalize_name(pin["name"])]
        if new != pin["version"]:
            changes.insert(0, (pin["name"], pin["version"], new))
            text = text[: pin.start("version")] + new + text[pin.end("version") :]
    if changes:
        with atomic_write(path) as file:
            file.write(text)
    return changes, len(pins) - len(changes)


if __name__ == "__main__":
    sys.exit(main())
