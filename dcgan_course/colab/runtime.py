"""The runtime that Colab has given: which GPU it has, and how commands are run on it."""

import os
import subprocess


def describe():
    """Says which GPU the runtime has, without starting TensorFlow; without a GPU, how long the lecture's runs take.

    For a GPU it gives no time, because GPUs differ widely: the training measures its own speed.
    """
    status, gpu = run(["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"])
    if status == 0 and gpu:
        return f"GPU: {gpu}. After its first 50 steps the training says how long it will take."
    return (
        f"No GPU, {os.cpu_count()} processor cores: on two cores 40,001 steps (notebook 1) take 30 to 60 minutes, "
        f"4,001 (notebooks 2 and 3) 3 to 5. To get a GPU: Runtime, Change runtime type, T4 GPU; then run this "
        f"cell again."
    )


def run(command):
    """Runs a command, a list of strings; returns its exit status and the last line of its output."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        return 1, str(error)
    lines = done.stdout.strip().splitlines()
    return done.returncode, lines[-1].strip() if lines else ""
