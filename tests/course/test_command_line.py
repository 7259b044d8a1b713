"""The course's one command line: which commands there are, and that its help answers at once."""

import re
import subprocess
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from dcgan_course.__main__ import COMMANDS, main

COURSE = Path(__file__).resolve().parents[2]


def run(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=COURSE, capture_output=True, text=True)


def test_help_lists_every_command_and_answers_in_half_a_second():
    times = []
    for _ in range(5):
        began = time.perf_counter()
        answer = run("-m", "dcgan_course", "--help")
        times.append(time.perf_counter() - began)
        assert answer.returncode == 0, answer.stderr
    assert re.findall(r"^    (\w+)\s", answer.stdout, re.MULTILINE) == list(COMMANDS)
    assert min(times) < 0.5


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)], ids=" ".join)
def test_no_help_imports_a_large_library(arguments):
    large = {"tensorflow", "keras", "matplotlib", "papermill", "nbformat"} | (
        {"numpy"} if len(arguments) == 1 else set()
    )
    code = """import sys
from dcgan_course.__main__ import main
try:
    main(sys.argv[1:])
finally:
    print("imported:", *sys.modules)"""
    answer = run("-c", code, *arguments)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("usage: ")
    assert not large & set(answer.stdout.rsplit("imported:", 1)[1].split())


def test_a_command_that_does_not_exist_is_refused_with_those_that_do(capsys):
    with pytest.raises(SystemExit) as end:
        main(["graed"])
    assert end.value.code == 2
    assert "invalid choice: 'graed'" in capsys.readouterr().err


def test_the_console_script_is_declared_and_leads_to_the_same_command_line():
    declared = (COURSE / "pyproject.toml").read_text("utf-8").split("[project.scripts]\n")[1].split("\n\n")[0]
    assert declared == 'dcgan-course = "dcgan_course.__main__:main"'
    (script,) = entry_points(group="console_scripts", name="dcgan-course")
    assert script.load() is main
