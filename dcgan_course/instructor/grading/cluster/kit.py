"""What must be the same on two machines for an answer to get the same marks on both."""

import hashlib
import platform
from importlib import metadata

from dcgan_lib.system.paths import INSTALLED_IN

PACKAGES = ("tensorflow", "keras", "numpy")
FILES = "the course's files"
DECIDING = ("exercises", "instructor/grading/sandbox", "instructor/grading/cluster")  # Those that measure and record.


def describe_kit():
    """Describes this machine's kit: a dict from what must be the same to its version, or a hash for our own files."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {FILES: _hash_files(), "Python": python, **{name: metadata.version(name) for name in PACKAGES}}


def find_difference(theirs):
    """Compares another machine's description with this one's: returns what differs, a text, or ""."""
    for name, ours in describe_kit().items():
        if theirs.get(name) != ours:
            versions = "" if name == FILES else f": {ours} there, {theirs.get(name)} here"
            return f"it has another version of {name}{versions}. Install the same."
    return ""


def _hash_files():
    digest = hashlib.sha256()
    course = INSTALLED_IN / "dcgan_course"
    for path in sorted(path for folder in DECIDING for path in (course / folder).rglob("*.py")):
        digest.update(f"{path.relative_to(course).as_posix()}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
