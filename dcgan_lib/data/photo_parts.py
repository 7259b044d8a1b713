"""Parts of one download: Google Drive packs a large folder into several zips, each of which can be read by itself."""

import re
from pathlib import Path

_PART = re.compile(r"(?P<download>.+-)(?P<number>\d{3})\.zip", re.IGNORECASE)
MISSING = "a part of the download, and it is not there: download it again"


def parts_of(path):
    """Returns the paths of all zips of the same download, in name order; of any other file, a list of itself.

    Such zips are called `photos-20261127T101500Z-001.zip`, `photos-20261127T101500Z-002.zip` and so on.
    """
    path = Path(path)
    match = _PART.fullmatch(path.name)
    if not match:
        return [path]
    return sorted({path, *(each for each in path.parent.iterdir() if _download_of(each.name) == match["download"])})


def missing_parts(paths):
    """Returns `(name, reason)` for each number that is left out between the first part and the last."""
    matches = [match for match in (_PART.fullmatch(path.name) for path in paths) if match]
    numbers = {int(match["number"]) for match in matches}
    return [
        (f"{matches[0]['download']}{number:03}.zip", MISSING)
        for number in range(1, max(numbers, default=0))
        if number not in numbers
    ]


def _download_of(name):
    match = _PART.fullmatch(name)
    return match and match["download"]
