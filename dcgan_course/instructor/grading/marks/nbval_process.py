"""Runs nbval on one assembled notebook, in a process of its own (`forked.py`)."""

import os

import pytest

from dcgan_course.instructor.grading.marks import plugin
from dcgan_course.instructor.grading.marks.run_settings import NOTEBOOK, RESULT, SETTINGS


def main(folder):
    """Runs the notebook of a folder by the settings there, and writes nbval's XML beside it; returns pytest's code."""
    os.chdir(folder)
    plugins = ["-p", plugin.__name__, "-p", "nbval.plugin", "-p", "no:cacheprovider", "--assert=plain"]
    options = ["-q", "--noconftest", "-c", os.devnull, "--rootdir", folder, "--nbval-lax", "--color=no"]
    files = ["--grading-settings", SETTINGS, f"--junitxml={RESULT}", NOTEBOOK]
    return str(int(pytest.main([*plugins, *options, *files])))
