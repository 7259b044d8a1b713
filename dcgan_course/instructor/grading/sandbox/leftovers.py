"""What students' code leaves on the disk, and how it is removed."""

import subprocess


def remove_tree(path):
    """Removes a folder of any depth; Python's own function fails when a student has nested thousands of folders."""
    subprocess.run(["rm", "-rf", "--", str(path)], stderr=subprocess.DEVNULL)
