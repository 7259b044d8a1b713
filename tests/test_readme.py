"""The two READMEs: short, with links that lead somewhere; each command in them is run as written in a fresh clone."""

import csv
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from markdown_it import MarkdownIt
from submissions.case import MNIST, solved, to_bytes

from dcgan_course.__main__ import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
READMES = ("README.md", "README.ko.md")
MOVED = ("docs/colab.md", "docs/library.md")  # What the READMEs once said themselves.
DOCUMENTS = [*READMES, "CONTRIBUTING.md", "data/README.md", *(f"docs/{path.name}" for path in ROOT.glob("docs/*.md"))]
NOTEBOOKS = sorted(path.name for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))
PROGRAMS = Path(sys.prefix) / "bin"

# What is not run here: the command, why, and where it or what it does is run: a file, and words in it.
ELSEWHERE = (
    (
        "make run",
        "it installs, and trains for minutes; tests run the notebooks with few steps",
        "tests/notebooks/test_notebooks.py",
        "def test_a_notebook_runs_headlessly_from_another_folder_and_leaves_its_pictures",
    ),
    ("make test", "it runs this very file", ".ci/run", "\nmake test\n"),
    (
        "pip install -r requirements.txt",
        "minutes, and a network; make installs the same, also for the tests",
        "Makefile",
        "-m pip install --disable-pip-version-check --quiet -r requirements.txt",
    ),
    (
        "python -m dcgan_course run --profile quick",
        "it trains for minutes; tests run the notebooks with few steps",
        "tests/notebooks/test_notebooks.py",
        "def test_a_notebook_runs_headlessly_from_another_folder_and_leaves_its_pictures",
    ),
    (
        "python -m dcgan_course run 01 --sweep batch_size=16,32,64 --repeat-seeds 3 --output runs/batch_sizes",
        "nine runs of some minutes",
        "tests/course/test_run.py",
        "def test_sweeps_multiply_and_each_run_has_its_own_folder_page_and_numbers",
    ),
    ("apt-get install bubblewrap", "it changes the machine", ".ci/run", "\n    apt-get install -y -qq bubblewrap\n"),
)
RUN_HERE = set()


def runs(*commands):
    """Says which of the READMEs' commands a test runs, and gives them to it."""
    RUN_HERE.update(commands)
    return pytest.mark.parametrize("commands", ["\n".join(commands)], ids=["as_written"])


def parse(name):
    return MarkdownIt("commonmark").enable("table").parse((ROOT / name).read_text("utf-8"))


def read_blocks(name, language):
    return [token.content for token in parse(name) if token.type == "fence" and token.info == language]


def read_commands(name):
    """Returns the lines of a README's bash blocks without their comments."""
    lines = [line for block in read_blocks(name, "bash") for line in block.splitlines()]
    return [command for line in lines if (command := re.sub(r"(^|\s+)#.*", "", line).strip())]


def read_spans(name):
    """Returns the pieces of code in a document's text."""
    inline = [child for token in parse(name) for child in token.children or ()]
    return [child.content for child in inline if child.type == "code_inline"]


def read_links(name):
    inline = [child for token in parse(name) for child in token.children or ()]
    links = [child.attrs["href"] for child in inline if child.type == "link_open"]
    pictures = [child.attrs["src"] for child in inline if child.type == "image"]
    html = [token.content for token in (*parse(name), *inline) if token.type.startswith("html")]
    return [*links, *pictures, *re.findall(r'(?:src|href)="([^"]+)"', "\n".join(html))]


def read_anchors(name):
    """Returns the anchors that GitHub gives to a document's headings."""
    tokens = parse(name)
    titles = [after.content for token, after in zip(tokens, tokens[1:], strict=False) if token.type == "heading_open"]
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.fixture
def clone(tmp_path):
    """A fresh clone of what is committed."""
    if not (ROOT / ".git").exists():
        pytest.skip("This is no clone: the READMEs' commands were not run.")
    subprocess.run(["git", "clone", "--quiet", ROOT, tmp_path / "kit"], check=True, env=environment(tmp_path))
    return tmp_path / "kit"


def environment(folder):
    """The variables for a command in `folder`: its `python` is the tests', and imports the course that lies there."""
    left_out = ("GIT_", "PYTEST_", "MAKE", "DCGAN_DATA")  # `make test` tells a make inside of it to say where it is.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    own = {"PYTHONPATH": str(folder), "PYTHONIOENCODING": "utf-8", "KERAS_HOME": str(folder.parent / "keras")}
    return {**kept, "PATH": path, **own}


def execute(commands, folder):
    """Runs lines of bash in a folder, until one of them fails; returns what they printed."""
    command = ["bash", "-e", "-c", commands]
    done = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# What they say


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_short_and_begins_with_the_picture_the_figure_and_the_two_commands(name):
    lines = (ROOT / name).read_text("utf-8").splitlines()
    assert len(lines) < 110 and max(map(len, lines)) <= 125
    first = "\n".join(lines[:20])
    places = [first.index(words) for words in ("docs/timeline.png", "docs/quality.md#", "make run", "make test")]
    assert places == sorted(places)
    (picture,) = re.findall(r'<img [^>]*alt="([^"]+)">', first)
    assert len(picture) > 20


@pytest.mark.parametrize("name", READMES)
def test_the_figure_is_that_of_the_measurement(name):
    (figure,) = re.findall(r"^\*\*.*?(?=\n\n)", (ROOT / name).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    numbers = {
        float(number.replace(",", "")) for number in re.findall(r"\d[\d,.]*\d", re.sub(r"\]\(.*?\)", "", figure))
    }
    measured = (
        (ROOT / "docs" / "quality.md").read_text("utf-8").partition("## Time to quality")[2].partition("\n## ")[0]
    )
    rows = [[entry.strip(" *`") for entry in line.strip("|").split("|")] for line in measured.splitlines()]

    def mean_seconds(what):
        return statistics.mean(float(row[4].replace(",", "")) for row in rows if row[0] == what)

    slides, tuned = mean_seconds("the slides' code on Keras 2"), mean_seconds("TunedDCGAN")
    assert sorted(numbers) == pytest.approx([26.8, slides / tuned, tuned, slides, 40_001], abs=1)


def test_both_readmes_have_the_same_commands_and_the_same_python():
    commands, python = (
        [read(name) for name in READMES] for read in (read_commands, lambda n: read_blocks(n, "python"))
    )
    assert commands[0] == commands[1] and len(commands[0]) > 10
    assert python[0] == python[1] and len(python[0]) == 1


@pytest.mark.parametrize("name", READMES)
def test_each_row_of_a_table_has_all_its_cells(name):
    tables = re.findall(r"(?:^\|.*\n)+", (ROOT / name).read_text("utf-8"), re.MULTILINE)
    assert len(tables) == 2 == len([token for token in parse(name) if token.type == "table_open"])
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1, table


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_column_of_a_table_has_a_name(name):
    tokens = parse(name)
    for token, inside in zip(tokens, tokens[1:], strict=False):
        assert token.type != "th_open" or inside.content, f"line {1 + inside.map[0]}: a screen reader says nothing"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_link_leads_to_a_file_and_to_a_heading_in_it(name):
    for link in read_links(name):
        if link.startswith(("https://", "http://")):
            continue
        path, _, anchor = unquote(link).partition("#")
        target = (ROOT / name).parent / path if path else ROOT / name
        assert target.exists(), link
        if anchor:
            assert anchor in read_anchors(target), link


# Their commands


@pytest.mark.parametrize("name", READMES)
def test_each_command_is_run_here_or_the_table_says_where(name):
    listed = {command for command, *_ in ELSEWHERE}
    assert not RUN_HERE & listed
    assert set(read_commands(name)) == RUN_HERE | listed


@pytest.mark.parametrize(("command", "reason", "place", "words"), ELSEWHERE, ids=[row[0] for row in ELSEWHERE])
def test_what_is_run_elsewhere_stands_there(command, reason, place, words):
    assert words in (ROOT / place).read_text("utf-8"), (command, reason)


def test_each_target_of_make_is_there_and_says_what_it_would_run(clone):
    texts = {span for name in (*READMES, *MOVED) for span in read_spans(name)} | set(read_commands("README.md"))
    targets = sorted(text for text in texts if text.startswith("make "))
    assert len(targets) > 7
    for target in targets:
        printed = execute(f"{target} --dry-run PYTHON={sys.executable} COLAB_PYTHON={sys.executable}", clone)
        assert "/bin/python -m " in printed.splitlines()[-1] or "/bin/python -m pytest" in printed, target


def test_the_commands_in_the_texts_end_well_and_help_names_their_options(clone):
    spans = {span for name in (*READMES, *MOVED) for span in read_spans(name)}
    commands = sorted(span for span in spans if span.startswith("python -m dcgan_course "))
    assert any(command.endswith("run --help") for command in commands)
    printed = {command: execute(command, clone) for command in commands}
    overview = printed["python -m dcgan_course --help"]
    assert re.findall(r"^    (\w+)", overview, re.MULTILINE) == list(COMMANDS)
    assert execute("dcgan-course --help", clone) == overview
    named = re.findall(r"^- \*\*(\w+)\*\*: (.*(?:\n  .*)*)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    told = {name: text for name, text in named if name in COMMANDS}
    assert set(told) == {"run", "site", "release", "grade"}
    for name, text in told.items():
        described = execute(f"python -m dcgan_course {name} --help", clone)
        assert all(re.search(rf"{option}\b", described) for option in re.findall(r"`(--[\w-]+)", text)), name


@runs("python -m dcgan_course release")
def test_a_release_is_a_folder_and_its_zip(commands, clone):
    execute(commands, clone)
    folder = clone / "release" / "dcgan-course"
    assert sorted(path.name for path in (folder / "notebooks").iterdir()) == NOTEBOOKS
    text = (folder / "notebooks" / NOTEBOOKS[1]).read_text("utf-8")
    assert "EXERCISE 2.1" in text and "SOLUTION" not in text
    with zipfile.ZipFile(clone / "release" / "dcgan-course.zip") as archive:
        assert archive.testzip() is None and f"dcgan-course/notebooks/{NOTEBOOKS[0]}" in archive.namelist()


@runs("python -m dcgan_course check my_notebook.ipynb")
def test_a_notebook_is_checked_before_it_is_handed_in(commands, clone):
    shutil.copy(clone / "notebooks" / NOTEBOOKS[1], clone / "my_notebook.ipynb")
    assert "It can be graded: 5 of 5 exercises are answered. Nothing was run." in execute(commands, clone)


@pytest.mark.slow
@runs("python -m dcgan_course site")
def test_the_site_has_each_lesson_in_both_languages(commands, clone):
    execute(commands, clone)
    pages = {path.relative_to(clone / "site").as_posix() for path in (clone / "site").glob("**/*.html")}
    lessons = {f"{language}/{Path(name).stem}.html" for language in ("en", "ko") for name in NOTEBOOKS}
    assert {"index.html", *lessons} <= pages


@pytest.mark.slow
@runs("python -m venv .venv", "source .venv/bin/activate")
def test_the_environment_is_made_and_entered(commands, clone):
    printed = execute(f"{commands}\npython -c 'import sys; print(sys.prefix)'\npip --version", clone).splitlines()
    assert printed[0] == str(clone / ".venv") and f"{clone}/.venv/" in printed[1]


@pytest.mark.slow
@runs("jupyter lab")
def test_jupyterlab_opens_where_notebooks_data_and_pictures_are(commands, clone, tmp_path):
    homes = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    (tmp_path / "CONFIG").mkdir()
    settings = {"ServerApp": {"allow_root": True}, "ExtensionApp": {"open_browser": False}}  # A test may be root.
    (tmp_path / "CONFIG" / "jupyter_server_config.json").write_text(json.dumps(settings))
    command = ["bash", "-e", "-c", f"exec {commands}"]
    with (tmp_path / "log.txt").open("w") as log:
        server = subprocess.Popen(
            command, cwd=clone, env={**environment(clone), **homes}, stdout=log, stderr=log, start_new_session=True
        )
    try:
        until = time.monotonic() + 60
        while not (found := list((tmp_path / "RUNTIME").glob("jpserver-*.json"))):
            assert server.poll() is None and time.monotonic() < until, (tmp_path / "log.txt").read_text()
            time.sleep(0.1)
        running = json.loads(found[0].read_text())
        request = urllib.request.Request(f"{running['url']}api/contents?token={running['token']}")
        while True:
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    names = [entry["name"] for entry in json.load(answer)["content"]]
                break
            except urllib.error.URLError:  # The file is written before the server listens.
                assert server.poll() is None and time.monotonic() < until, (tmp_path / "log.txt").read_text()
                time.sleep(0.1)
    finally:
        server.terminate()
        server.wait(30)
    assert {"notebooks", "data", "generated_images"} <= set(names)


@pytest.mark.slow
@runs("python -m dcgan_course grade submissions.zip --roster class.csv")
def test_a_class_is_graded(commands, clone):
    answer = "# EXERCISE 1.2 generator_shapes\ndef generator_shapes(image_shape):\n    return [(1,)] * 9"
    handed_in = {"2026001_Kim": solved(MNIST), "2026002_Lee": solved(MNIST, ex12=answer)}
    with zipfile.ZipFile(clone / "submissions.zip", "w") as archive:
        for student, notebook in handed_in.items():
            archive.writestr(f"{student}/hw.ipynb", to_bytes(notebook))
    (clone / "class.csv").write_text("id,name\n2026001,Kim\n2026002,Lee\n")
    execute(commands, clone)
    with (clone / "grades" / "grades.csv").open(encoding="utf-8-sig", newline="") as file:
        marks = {row["id"]: (row["status"], float(row["points"])) for row in csv.DictReader(file)}
    assert marks == {"2026001": ("graded", 4), "2026002": ("graded", 2)}
    assert (clone / "grades" / "index.html").is_file() and (clone / "grades" / "class.html").is_file()
    assert len(list((clone / "grades" / "feedback").glob("*.html"))) == 2


@pytest.mark.slow
def test_the_python_of_the_readme_trains_and_goes_on(clone):
    """With few steps: those that are written take more than two minutes, which tests of `train` need not."""
    (code,) = read_blocks("README.md", "python")
    images, labels = np.random.default_rng(0).integers(0, 256, (64, 28, 28), dtype="uint8"), np.zeros(64, "uint8")
    np.savez(clone / "data" / "mnist.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    done = []
    for steps in (2, 4):
        short = code.replace("steps=2_001", f"steps={steps}")
        assert short != code
        (clone / "short.py").write_text(short)
        execute("python short.py", clone)
        run = json.loads((clone / "generated_images" / "MNIST" / "run.json").read_text("utf-8"))
        done.append((run["finished"], run["steps_done"], len(run["times"]["sessions"])))
    assert done == [(True, 2, 1), (True, 4, 2)]
    assert (clone / "generated_images" / "MNIST" / "losses.png").is_file()
