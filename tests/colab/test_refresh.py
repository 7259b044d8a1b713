"""Colab's versions are taken over from its pip freeze, or nothing is changed and one sentence says why."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from colab.refresh import PINS, main

ROOT = Path(__file__).resolve().parents[2]
NAMES = re.findall(r"^([\w.-]+)==", PINS.read_text("utf-8"), re.MULTILINE)


@pytest.fixture
def pins(tmp_path):
    path = tmp_path / "requirements.txt"
    path.write_bytes(PINS.read_bytes())
    return path


@pytest.fixture
def freeze(tmp_path, pins):
    """Writes what Colab's pip freeze would say: our pins in its spelling, much else, and what a test changes."""

    def write(**changed):
        versions = dict(re.findall(r"^([\w.-]+)==(\S+)", pins.read_text("utf-8"), re.MULTILINE)) | changed
        lines = [
            f"{name.replace('_', '-').title()}=={version}" if not version.startswith("@") else f"{name} {version}"
            for name, version in versions.items()
            if version
        ]
        others = ["absl-py==1.4.0", "google-colab @ file:///colabtools/dist/google_colab-1.0.0.tar.gz", "zipp==3.23.0"]
        path = tmp_path / "freeze.txt"
        path.write_text("\n".join(["# Do not modify this file directly.", *others, *lines, "-e /content/x", ""]))
        return str(path)

    return write


def test_only_the_versions_of_pins_change_and_each_is_said(freeze, pins, capsys):
    before = pins.read_text("utf-8")
    assert main([freeze(tensorflow="2.21.0", ml_dtypes="0.7.1rc1", pytest="9.2.0")], pins) == 0
    after = pins.read_text("utf-8")
    old = dict(re.findall(r"^([\w.-]+)==(\S+)", before, re.MULTILINE))
    expected = before
    for name, new in {"tensorflow": "2.21.0", "ml_dtypes": "0.7.1rc1", "pytest": "9.2.0"}.items():
        expected = expected.replace(f"\n{name}=={old[name]}\n", f"\n{name}=={new}\n")
    assert after == expected != before
    assert capsys.readouterr().out.splitlines() == [
        f"tensorflow: {old['tensorflow']} -> 2.21.0",
        f"ml_dtypes: {old['ml_dtypes']} -> 0.7.1rc1",
        f"pytest: {old['pytest']} -> 9.2.0",
        f"3 pins changed, and {len(NAMES) - 3} are Colab's already.",
    ]


def test_what_is_up_to_date_stays_to_the_byte(freeze, pins, capsys):
    written = pins.stat().st_mtime_ns
    assert main([freeze()], pins) == 0
    assert pins.read_bytes() == PINS.read_bytes() and pins.stat().st_mtime_ns == written
    assert capsys.readouterr().out == f"0 pins changed, and {len(NAMES)} are Colab's already.\n"


@pytest.mark.parametrize(
    ("changed", "gone"),
    [
        ({"h5py": "", "tornado": ""}, "h5py, tornado"),
        ({"h5py": "@ https://storage.googleapis.com/h5py-3.16.0-cp313-cp313-linux_x86_64.whl"}, "h5py"),
    ],
    ids=["not there", "from an address"],
)
def test_a_pin_that_colab_no_longer_has_changes_nothing(changed, gone, freeze, pins, capsys):
    assert main([freeze(tensorflow="2.21.0", **changed)], pins) == 2
    assert capsys.readouterr().err == (
        f"refresh: '{pins.parent}/freeze.txt' has no version of {gone}. Nothing was changed. If Colab no longer has it, "
        "take its line out of requirements.txt or leave it there without a version, and run this again.\n"
    )
    assert pins.read_bytes() == PINS.read_bytes()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "names no package"),
        (b"# pip freeze\n\n", "names no package"),
        (b"numpy==2.1.3\n<html>\n", "is not from pip freeze: line 2 is '<html>'"),
        (b"Package    Version\n---- ----\nnumpy 2.1.3\n", "is not from pip freeze: line 1 is 'Package    Version'"),
        (b"numpy>=2.0\n", "is not from pip freeze: line 1 is 'numpy>=2.0'"),
        (b"-r other.txt\n", "is not from pip freeze: line 1 is '-r other.txt'"),
        ("numpy==2.1.3\n".encode("utf-16"), "is no text in UTF-8"),
        (None, "cannot be read (No such file or directory)"),
    ],
    ids=["empty", "comments", "html", "pip list", "ranges", "another file", "utf-16", "missing"],
)
def test_what_is_no_freeze_is_refused_in_one_sentence_that_says_where_to_get_one(
    content, reason, tmp_path, pins, capsys
):
    path = tmp_path / "given.txt"
    if content is not None:
        path.write_bytes(content)
    assert main([str(path)], pins) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"refresh: '{path}' {reason}") and said.count("\n") == 1
    assert said.endswith("or take pip-freeze.txt of github.com/googlecolab/backend-info.\n")
    assert pins.read_bytes() == PINS.read_bytes()


def test_the_command_is_called_as_it_says(tmp_path):
    command = [sys.executable, "-m", "tests.colab.refresh", str(tmp_path / "none.txt")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"refresh: '{tmp_path}/none.txt' cannot be read")
