"""`files.upload`, as Colab has it."""

import os
import shutil


def upload(target_dir=""):
    """Copies the chosen file into the working folder; returns a dict, its name to its content."""
    if "STAND_IN_UPLOAD" not in os.environ:
        return {}
    chosen = os.environ["STAND_IN_UPLOAD"]
    name = os.path.join(target_dir, os.path.basename(chosen))
    if os.path.exists(name):
        stem, suffix = os.path.splitext(name)
        name = f"{stem} (1){suffix}"
    shutil.copyfile(chosen, name)
    print(f"Saving {os.path.basename(chosen)} to {name}")
    with open(name, "rb") as file:
        return {name: file.read()}
