"""The container in which macOS and Windows grade: its steps, what it is allowed, and that the sandbox works in it.

Where there is no Docker, an outer bubblewrap stands for it: it refuses the same system calls, covers parts of `/proc`,
and its user is an ordinary one.
"""

import json
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from submissions.case import MNIST, full, solved, to_bytes

from dcgan_course.instructor.grading import command
from dcgan_course.refused import Refused

COURSE = Path(__file__).resolve().parents[2]
DOCUMENT = (COURSE / "docs" / "grading.md").read_text("utf-8")
PROFILE = json.loads((COURSE / "docs" / "docker-seccomp.json").read_text("utf-8"))
NUMBERS = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
# What bubblewrap calls, and Docker's own filter refuses to a container without CAP_SYS_ADMIN.
NEEDED = ("unshare", "mount", "umount2", "pivot_root", "sethostname")


def read_steps():
    """Returns the Dockerfile's steps: pairs of an instruction and what follows it."""
    text = re.sub(r"\\\n\s*", "", (COURSE / "Dockerfile").read_text("utf-8"))
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return [tuple(line.split(" ", 1)) for line in lines]


def run_line():
    """Returns the words of the `docker run` that the document has."""
    (block,) = [block for block in re.findall(r"```bash\n(.*?)```", DOCUMENT, re.S) if "docker run" in block]
    line = next(line for line in block.replace("\\\n", " ").splitlines() if line.startswith("docker run"))
    return line.split()


def test_the_container_has_bubblewrap_an_ordinary_user_and_nothing_but_the_course():
    steps = read_steps()
    assert steps[0][0] == "FROM" and steps[-1] == ("ENTRYPOINT", '["python", "-m", "dcgan_course", "grade"]')
    user = [instruction for instruction, _ in steps].index("USER")
    assert steps[user][1] == "grader" and ("RUN", "useradd --uid 1000 --create-home grader") in steps[:user]
    assert not [step for step in steps[user:] if step[0] in ("RUN", "COPY", "ADD")]
    assert any("apt-get install" in text and "bubblewrap" in text.split() for _, text in steps)
    copied = {name for instruction, text in steps if instruction == "COPY" for name in text.split()[:-1]}
    licences = {"LICENSE", "LICENSE-texts"}  # The image is a copy of the course.
    assert copied == {"pyproject.toml", "README.md", *licences, "dcgan_lib", "dcgan_course", "notebooks"}
    sent = (COURSE / ".dockerignore").read_text("utf-8").splitlines()
    assert {line[1:] for line in sent if line.startswith("!")} == copied and "*" in sent


def test_the_container_is_allowed_what_the_document_explains_and_no_more():
    words = run_line()
    allowed = [words[place + 1] for place, word in enumerate(words) if word == "--security-opt"]
    assert allowed == ["seccomp=docs/docker-seccomp.json", "systempaths=unconfined", "apparmor=unconfined"]
    for option in allowed:
        assert f"| `{option}` |" in DOCUMENT
    assert not any(word.startswith(("--privileged", "--cap-add", "--pid", "--device")) for word in words)
    volumes = [words[place + 1] for place, word in enumerate(words) if word == "--volume"]
    assert [volume.split(":", 1)[1].strip('"') for volume in volumes] == ["/submissions:ro", "/grades"]
    assert words[words.index("dcgan-grade") + 1 :] == ["/submissions", "--output", "/grades"]


def test_the_filter_refuses_what_a_container_has_no_use_for_and_none_of_what_bubblewrap_calls():
    (rule,) = PROFILE["syscalls"]
    assert (PROFILE["defaultAction"], rule["action"]) == ("SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO")
    assert not {*NEEDED, "clone", "clone3"} & set(rule["names"])
    assert len(rule["names"]) == len(set(rule["names"]))
    assert {"bpf", "keyctl", "init_module", "kexec_load", "setns", "open_by_handle_at", "reboot"} <= set(rule["names"])


def compile_filter(names):
    """Makes the program that refuses system calls, as Docker makes one of its profile."""
    if not NUMBERS.is_file():
        pytest.skip("The table of system calls is not here. Install it: apt-get install linux-libc-dev")
    known = dict(re.findall(r"#define __NR_(\w+) (\d+)", NUMBERS.read_text("ascii")))
    numbers = [int(known[name]) for name in names if name in known]  # Some belong to other processors.
    last = len(numbers)
    program = [
        (0x20, 0, 0, 0),
        *((0x15, last - place, 0, number) for place, number in enumerate(numbers)),
        (0x06, 0, 0, 0x7FFF0000),
        (0x06, 0, 0, 0x00050001),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def run_contained(words, refused, covered=(), binds=(), **variables):
    """Runs a command as Docker would: with a filter, as an ordinary user, with a read-only system."""
    reading, writing = os.pipe()
    os.write(writing, compile_filter(refused))
    os.close(writing)
    outer = ["bwrap", "--unshare-user", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL"]
    # bubblewrap's own --proc would be covered in part, as Docker's is.
    outer += ["--ro-bind", "/", "/", "--dev", "/dev", "--bind", "/proc", "/proc", "--tmpfs", "/tmp", "--tmpfs", "/mnt"]
    outer += [part for path in covered for part in ("--ro-bind", "/dev/null", path)]
    outer += ["--ro-bind", str(COURSE), str(COURSE), *map(str, binds), "--chdir", "/mnt"]
    variables = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": "/tmp", **variables}
    outer += ["--clearenv", *(part for pair in variables.items() for part in ("--setenv", *pair))]
    try:
        return subprocess.run(
            [*outer, "--seccomp", str(reading), "--die-with-parent", *words],
            pass_fds=[reading],
            capture_output=True,
            text=True,
            timeout=900,
        )
    finally:
        os.close(reading)


PROBE = """
import pathlib, sys
from dcgan_course.instructor.grading.sandbox.room_server import RoomServer
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox, build_library
from dcgan_course.refused import Refused
library = pathlib.Path("/tmp/library")
library.mkdir()
build_library(library)
sandbox = Sandbox(str(library), "bubblewrap", 3, 1)
try:
    sandbox.probe()
    with RoomServer(sandbox, "", rooms=1) as server:
        print("a sandbox with rooms" if server.sandbox().rooms else "a sandbox")
except Refused as refusal:
    print(refusal)
"""


def probe(refused, covered=()):
    return run_contained([sys.executable, "-c", PROBE], refused, covered, PYTHONPATH=str(COURSE))


def test_the_sandbox_works_in_a_container_with_the_profile_and_an_open_proc():
    done = probe(PROFILE["syscalls"][0]["names"])
    assert done.stdout == "a sandbox with rooms\n", done


@pytest.mark.parametrize(
    ("refused", "covered", "reason"),
    [(NEEDED, (), "Operation not permitted"), (("bpf",), ("/proc/interrupts",), "Can't mount proc")],
    ids=["Docker's own filter", "Docker's covered /proc"],
)
def test_with_dockers_defaults_it_says_what_is_missing_and_where_to_read(refused, covered, reason):
    done = probe(refused, covered)
    assert re.search(rf"bubblewrap cannot make a sandbox here \(bwrap: .*{reason}.*'macOS and Windows'", done.stdout), (
        done
    )


@pytest.mark.parametrize(("system", "instead"), [("win32", "WSL 2 or in Docker"), ("darwin", "macOS does not have")])
def test_a_system_without_bubblewrap_is_named_with_what_to_do_instead(monkeypatch, system, instead):
    from dcgan_course.__main__ import main

    monkeypatch.setattr(sys, "platform", system)
    assert main(["grade", "class"]) == 2
    with pytest.raises(Refused, match=rf"{instead}.*docs/grading\.md"):
        command.main(options("class"))


def options(*words):
    import argparse

    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


def hand_in(folder):
    path = folder / "submissions" / "Kim" / "01_mnist.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(to_bytes(solved(MNIST)))
    (folder / "grades").mkdir()
    return path.parents[1], folder / "grades"


def run_steps(root):
    """Runs the Dockerfile's steps in a folder of their own; returns the entry point's words and its environment.

    The system's packages and its user are this machine's: `apt-get` and `useradd` are not run.
    """
    where, variables = root, {}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    subprocess.run([sys.executable, "-m", "venv", root / "python"], check=True)
    environment["PATH"] = f"{root / 'python' / 'bin'}:{environment['PATH']}"
    for instruction, text in read_steps():
        if instruction == "WORKDIR":
            (where := root / text.lstrip("/")).mkdir(parents=True)
        elif instruction == "COPY":
            *names, target = text.split()
            for name in names:
                if (COURSE / name).is_dir():
                    shutil.copytree(COURSE / name, where / target, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(COURSE / name, where / target)
        elif instruction == "RUN" and text.startswith("apt-get"):
            assert shutil.which("bwrap")
        elif instruction == "RUN" and not text.startswith("useradd"):
            subprocess.run(text, shell=True, cwd=where, env=environment, check=True, stdout=subprocess.DEVNULL)
        elif instruction == "ENV":
            variables.update([text.split("=", 1)])
        elif instruction == "ENTRYPOINT":
            return [str(root / "python" / "bin" / "python"), *json.loads(text)[1:]], variables
    raise AssertionError("no entry point")


@pytest.mark.slow
def test_the_dockerfiles_steps_give_a_command_that_grades_in_its_sandbox_as_an_ordinary_user(tmp_path):
    submissions, grades = hand_in(tmp_path)
    (root := tmp_path / "image").mkdir()
    entry, variables = run_steps(root)
    assert json.loads((COURSE / "docs" / "docker-seccomp.json").read_text("utf-8")) == PROFILE
    binds = ["--ro-bind", root, root, "--ro-bind", submissions, "/mnt/submissions", "--bind", grades, "/mnt/grades"]

    def run(*words):
        return run_contained([*entry, *words], PROFILE["syscalls"][0]["names"], binds=binds, **variables)

    help_text = run("--help")
    assert help_text.returncode == 0 and "--regrade" in help_text.stdout, help_text
    dry = run("/mnt/submissions", "--output", "/mnt/grades", "--dry-run")
    assert "Kim/01_mnist.ipynb" in dry.stdout and not (grades / "grades.csv").exists(), dry
    graded = run("/mnt/submissions", "--output", "/mnt/grades", "--workers", "1")
    assert graded.returncode == 0, graded
    assert "You are root" not in graded.stdout
    (row,) = json.loads((grades / "grades.json").read_text("utf-8"))
    exercises = row["notebooks"][MNIST]["exercises"]
    assert {key: exercise["points"] for key, exercise in exercises.items()} == full(MNIST)
    assert row["notebooks"][MNIST]["isolation"] == "bubblewrap"


def has_docker():
    return shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True).returncode == 0


@pytest.mark.slow
def test_the_container_is_built_and_grades_with_the_documents_own_line(tmp_path):
    if not has_docker():
        pytest.skip("There is no Docker on this machine: the container was neither built nor run.")
    hand_in(tmp_path)
    subprocess.run(["docker", "build", "--tag", "dcgan-grade", "."], cwd=COURSE, check=True)
    line = " ".join(run_line()).replace("docs/docker-seccomp.json", str(COURSE / "docs" / "docker-seccomp.json"))
    subprocess.run(line, shell=True, cwd=tmp_path, check=True)
    (row,) = json.loads((tmp_path / "grades" / "grades.json").read_text("utf-8"))
    assert row["points"] == sum(full(MNIST).values())
