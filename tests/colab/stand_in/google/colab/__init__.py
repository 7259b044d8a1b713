"""Stands in for Colab's own package: the same names, answers and errors, on this machine's disk.

`STAND_IN_DRIVE` names the folder that is the student's Drive (not set: the student refuses access);
`STAND_IN_UPLOAD` the file that the student chooses when asked (not set: none).
"""

from google.colab import drive, files

__all__ = ["drive", "files"]
