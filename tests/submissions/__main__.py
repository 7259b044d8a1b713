"""Writes all cases, or those that are named: `python -m submissions FOLDER [NAME ...]`, in tests/."""

import sys
from pathlib import Path

from submissions import cells, cheats, files, red_team, runs, variants

CASES = [*files.CASES, *cells.CASES, *runs.CASES, *cheats.CASES, *red_team.CASES, *variants.CASES]


def main():
    """Writes the cases and prints a line for each."""
    folder, names = Path(sys.argv[1]), sys.argv[2:]
    for case in CASES:
        if not names or case.name in names:
            case.write(folder)
            points = "-" if case.points is None else " ".join(f"{key}: {value}" for key, value in case.points.items())
            print(f"{case.name:28} {case.status:20} {points:36} {case.intent}")


if __name__ == "__main__":
    main()
