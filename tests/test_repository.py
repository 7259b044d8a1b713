"""What people and services read at the root: licences, versions, CI, issue forms, the dev container, git's settings."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import editorconfig
import jsonschema
import nbformat
import pytest
from packaging.specifiers import SpecifierSet
from ruamel.yaml import YAML

try:
    import tomllib
except ModuleNotFoundError:  # Before Python 3.11, where pytest brings the same under its earlier name.
    import tomli as tomllib

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
ADMITTED = [f"3.{minor}" for minor in range(30) if f"3.{minor}" in SpecifierSet(PROJECT["requires-python"])]
PROGRAMS = Path(sys.prefix) / "bin"
# check-jsonschema brings these; it has none for a dev container and for Jupyter's settings (below).
SCHEMAS = {
    ".github/ISSUE_TEMPLATE/config.yml": "github-issue-config",
    ".github/ISSUE_TEMPLATE/notebook.yml": "github-issue-forms",
    ".github/ISSUE_TEMPLATE/sentence.yml": "github-issue-forms",
    ".github/workflows/ci.yml": "github-workflows",
    "CITATION.cff": "citation-file-format",
}
TEXTS = {"type": "array", "items": {"type": "string"}}
PORT = {
    "type": "object",
    "properties": {"label": {"type": "string"}, "onAutoForward": {"enum": ["notify", "openBrowser", "silent"]}},
    "additionalProperties": False,
}
VSCODE = {
    "type": "object",
    "properties": {
        "extensions": {"type": "array", "items": {"pattern": r"^[\w-]+\.[\w-]+$"}},
        "settings": {"type": "object"},
    },
    "additionalProperties": False,
}
# The part of the dev containers' own schema that we use: a name that is not here is not known there, or new to us.
DEV_CONTAINER = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "image": {"type": "string"},
        "mounts": TEXTS,
        "securityOpt": TEXTS,
        "containerEnv": {"type": "object", "additionalProperties": {"type": "string"}},
        "onCreateCommand": {"type": "string"},
        "forwardPorts": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 65_535}},
        "portsAttributes": {"type": "object", "patternProperties": {r"^\d+$": PORT}, "additionalProperties": False},
        "customizations": {"type": "object", "properties": {"vscode": VSCODE}, "additionalProperties": False},
    },
    "required": ["image"],
    "additionalProperties": False,
}


def read(name):
    return (ROOT / name).read_text("utf-8")


def read_yaml(name):
    return YAML(typ="safe").load(read(name))


def read_dev_container():
    return json.loads(re.sub(r"^\s*//.*$", "", read(".devcontainer/devcontainer.json"), flags=re.MULTILINE))


def run(*command, cwd=ROOT, **variables):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    if cwd != ROOT:  # In a repository of the test's own, git is as it is after its installation.
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    environment |= {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", **variables}
    return subprocess.run([*map(str, command)], cwd=cwd, env=environment, capture_output=True, text=True)


def succeed(*command, **options):
    done = run(*command, **options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def list_files(which=("--cached", "--others", "--exclude-standard")):
    """Returns the names of the files that git has, or would take."""
    if not (ROOT / ".git").exists():
        pytest.skip("This is no clone: what git does with the files was not looked at.")
    names = succeed("git", "ls-files", *which, "-z").split("\0")
    return [name for name in names if name and (ROOT / name).is_file() and not (ROOT / name).is_symlink()]


@pytest.fixture
def clone(tmp_path):
    """A git repository with the files as they are now, also those that are not committed yet."""
    folder = tmp_path / "clone"
    for name in list_files():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    succeed("git", "init", "--quiet", "--initial-branch=main", cwd=folder)
    succeed("git", "add", "--all", cwd=folder)
    commit(folder)
    return folder


def commit(folder):
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    succeed("git", *identity, "commit", "--quiet", "--all", "--no-verify", "--message=x", cwd=folder)


# Forms and schemas


def validate(path, schema):
    command = (sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", path)
    return run(*command)


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_what_services_read_has_the_form_that_they_publish(name, schema):
    done = validate(ROOT / name, schema)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_form_with_a_wrong_key_is_found(tmp_path):
    (form := tmp_path / "form.yml").write_text(read(".github/ISSUE_TEMPLATE/sentence.yml").replace("label:", "lable:"))
    assert validate(form, "github-issue-forms").returncode == 1


def test_no_file_for_a_service_is_without_a_schema():
    found = {name for name in list_files() if name.startswith((".github/", ".devcontainer/")) or name.endswith(".cff")}
    ours = {".devcontainer/devcontainer.json", ".devcontainer/jupyter/jupyter_server_config.json"}
    assert found == set(SCHEMAS) | ours


@pytest.mark.parametrize("name", ["sentence", "notebook"])
def test_an_issue_form_asks_in_both_languages_and_names_the_notebooks_there_are(name):
    body = read_yaml(f".github/ISSUE_TEMPLATE/{name}.yml")["body"]
    asked = [part for part in body if part["type"] != "markdown"]
    assert all(re.search("[가-힣]", part["attributes"]["label"]) for part in asked if part["id"] != "expected")
    options = {option for part in asked for option in part["attributes"].get("options", ())}
    assert {path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")} <= options


# Licences, citation, versions


def test_the_licences_are_named_wherever_people_look():
    assert read("LICENSE").startswith("MIT License\n") and "CC BY 4.0" in read("LICENSE-texts")
    assert read_yaml("CITATION.cff")["license"] == ["MIT", "CC-BY-4.0"]
    students = ("student_readme.md", "student_readme.ko.md")
    readmes = ("README.md", "README.ko.md", *(f"dcgan_course/instructor/releasing/{name}" for name in students))
    for name in (*readmes, "CONTRIBUTING.md"):
        assert "](LICENSE)" in read(name) and "](LICENSE-texts)" in read(name), name


def test_the_version_and_its_day_are_the_same_in_each_file():
    citation = read_yaml("CITATION.cff")
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", read("CHANGELOG.md"), re.MULTILINE)
    assert released[0] == (PROJECT["version"], str(citation["date-released"]))
    assert str(citation["version"]) == PROJECT["version"]
    assert released == sorted(released, reverse=True, key=lambda entry: [int(part) for part in entry[0].split(".")])


def test_the_changelog_has_the_sections_of_keep_a_changelog():
    headings = re.findall(r"^## (.*)$", read("CHANGELOG.md"), re.MULTILINE)
    assert headings[0] == "[Unreleased]" and len(headings) > 1
    kinds = set(re.findall(r"^### (.*)$", read("CHANGELOG.md"), re.MULTILINE))
    assert kinds and kinds <= {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"}


def test_the_classifiers_are_the_pythons_that_are_admitted():
    assert PROJECT["classifiers"] == [f"Programming Language :: Python :: {version}" for version in ADMITTED]


# The workflow


def workflow_job():
    (job,) = read_yaml(".github/workflows/ci.yml")["jobs"].values()
    return job


def list_packages(text):
    """Returns the packages of all `apt-get install` in a text."""
    return {
        word
        for line in re.findall(r"apt-get install ([^&\n]*)", text)
        for word in line.split()
        if not word.startswith("-")
    }


def test_the_workflow_may_only_read_ends_in_time_and_gives_way_to_a_newer_push():
    workflow = read_yaml(".github/workflows/ci.yml")
    assert workflow["permissions"] == {"contents": "read"}
    assert workflow_job()["timeout-minutes"] <= 360  # GitHub's own limit.
    assert workflow["concurrency"]["cancel-in-progress"] is True and "github.ref" in workflow["concurrency"]["group"]
    assert "secrets." not in read(".github/workflows/ci.yml")
    assert "pull_request" in workflow["on"] and "pull_request_target" not in workflow["on"]


def test_the_workflow_runs_the_first_and_the_last_python_with_colabs_beside_it_and_caches_wheels():
    job = workflow_job()
    assert job["strategy"]["matrix"]["python"] == [ADMITTED[0], ADMITTED[-1]]
    (python,) = (step["with"] for step in job["steps"] if step.get("uses", "").startswith("actions/setup-python@"))
    colab, tested = python["python-version"].split("\n", 1)
    assert tested.strip() == "${{ matrix.python }}"  # The last one is `python3`.
    assert f"Colab has Python {colab}" in read("Makefile")
    assert python["cache"] == "pip"
    files = python["cache-dependency-path"].split()
    assert files == ["pyproject.toml", "requirements.txt", "tests/colab/requirements.txt"]
    assert all((ROOT / name).is_file() for name in files)


def test_each_action_is_githubs_own_in_a_named_version():
    used = [step["uses"] for step in workflow_job()["steps"] if "uses" in step]
    assert len(used) == 2 and all(re.fullmatch(r"actions/[\w-]+@v\d+", action) for action in used)


def test_the_workflow_installs_what_the_script_would_install_as_root():
    commands = [step["run"] for step in workflow_job()["steps"] if "run" in step]
    assert commands[-1] == ".ci/run" and os.access(ROOT / ".ci" / "run", os.X_OK)
    assert list_packages("\n".join(commands)) == list_packages(read(".ci/run")) - {"chromium"}  # GitHub's image has it.
    (switch,) = (word for command in commands for word in command.split() if word.startswith("kernel."))
    assert f"`sysctl {switch}`" in read("docs/grading.md")


def test_the_script_of_the_workflow_runs_in_a_clone_of_one_commit_and_finds_its_targets(clone, tmp_path):
    """As on GitHub: a shallow clone, and no branch. `make` says what it would run."""
    if not (shutil.which("chromium") and shutil.which("bwrap")):
        pytest.skip("The script would install packages here.")
    shallow = tmp_path / "shallow"
    succeed("git", "clone", "--quiet", "--depth=1", f"file://{clone}", shallow)
    succeed("git", "checkout", "--quiet", "--detach", cwd=shallow)
    (programs := tmp_path / "programs").mkdir()
    options = f"--no-print-directory --dry-run PYTHON={sys.executable} COLAB_PYTHON={sys.executable}"
    (programs / "make").write_text(f'#!/bin/sh\nexec {shutil.which("make")} {options} "$@"\n')
    (programs / "make").chmod(0o755)
    printed = succeed(shallow / ".ci" / "run", cwd=shallow, PATH=f"{programs}{os.pathsep}{os.environ['PATH']}")
    for words in (
        '-m "not slow" tests\n',
        "-m pytest -n 3 --dist loadfile --no-loadscope-reorder -m slow --ignore=tests/course/test_no_wrong_answer.py\n",
        "-m slow tests/course/test_no_wrong_answer.py",
        ".venv-colab/bin/python -m pytest",
    ):
        assert words in printed


# The dev container


def test_the_dev_container_has_known_settings_of_the_right_kind():
    jsonschema.validate(read_dev_container(), DEV_CONTAINER)
    with pytest.raises(jsonschema.ValidationError, match="forwardPort'"):
        jsonschema.validate({**read_dev_container(), "forwardPort": [1]}, DEV_CONTAINER)


def test_the_dev_container_has_an_admitted_python_and_makes_what_make_lab_needs(clone):
    settings = read_dev_container()
    image, version = re.fullmatch(r"(.*/python):(3\.\d+)-bookworm", settings["image"]).groups()
    assert image == "mcr.microsoft.com/devcontainers/python" and version in ADMITTED
    command = settings["onCreateCommand"]
    assert list_packages(command) == list_packages(read(".ci/run"))
    target = command.rsplit("make ", 1)[1]
    succeed("make", "--dry-run", target, f"PYTHON={sys.executable}", cwd=clone)
    lab = succeed("make", "--dry-run", "lab", f"PYTHON={sys.executable}", cwd=clone)
    assert f"touch {target}" in lab  # What was made at the start is not made again by `make lab`.
    assert settings["customizations"]["vscode"]["settings"]["python.defaultInterpreterPath"].endswith(
        "/.venv/bin/python"
    )


def test_the_dev_container_is_allowed_what_grading_needs_and_no_more():
    allowed = [option.split("=")[0] for option in read_dev_container()["securityOpt"]]
    assert allowed == re.findall(r"--security-opt (\w+)=", read("docs/grading.md"))


JUPYTER_ADDRESS = "https://funny-name-8888.app.github.dev"


@pytest.fixture
def lab(tmp_path):
    """JupyterLab as `make lab` starts it in the dev container; yields its process's log and where its browser was sent."""
    where = read_dev_container()["containerEnv"]["JUPYTER_CONFIG_PATH"]
    helper, opened = tmp_path / "browser", tmp_path / "opened.txt"
    helper.write_text(f'#!/bin/sh\nprintf "%s" "$1" > {opened}.part && mv {opened}.part {opened}\n')
    helper.chmod(0o755)
    homes = {
        name: str(tmp_path / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "HOME")
    }
    environment = {**os.environ, **homes, "BROWSER": str(helper)}
    environment["JUPYTER_CONFIG_PATH"] = where.replace("${containerWorkspaceFolder}", str(ROOT))
    for name in ("JUPYTER_PREFER_ENV_PATH", "PYTEST_CURRENT_TEST"):
        environment.pop(name, None)
    (line,) = re.findall(r"^lab:.*\n\t\$\(BIN\)/python (.*)$", read("Makefile"), re.MULTILINE)
    # Port 8888 may be somebody else's here; a test may be root.
    command = [sys.executable, *line.split(), "--ServerApp.port=0", "--allow-root"]
    log = tmp_path / "log.txt"
    with log.open("w") as stream:
        server = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream, cwd=tmp_path)
    yield server, opened, log
    server.terminate()
    server.wait(30)


def ask(address, host, origin, cookies="", data=None):
    """Asks a server as a page of `origin` does, by way of a forwarder; returns the status and the new cookies."""
    headers = {"Host": host, "Origin": origin, "Cookie": cookies, "Content-Type": "application/json"}
    headers["X-XSRFToken"] = dict(part.split("=", 1) for part in cookies.split("; ") if part).get("_xsrf", "")
    try:
        answer = urllib.request.urlopen(urllib.request.Request(address, data, headers), timeout=60)
    except urllib.error.HTTPError as refusal:
        answer = refusal
    with answer:
        new = [cookie.partition(";")[0] for cookie in answer.headers.get_all("Set-Cookie", [])]
        return answer.status, "; ".join(new)


def wait_for(path, server, log, seconds=300):
    until = time.monotonic() + seconds
    while not path.exists():
        assert server.poll() is None and time.monotonic() < until, log.read_text()
        time.sleep(0.1)
    return path.read_text()


@pytest.mark.slow
def test_make_lab_in_the_dev_container_opens_itself_with_its_token_and_works_at_the_forwarded_address(lab):
    server, opened, log = lab
    page = wait_for(opened, server, log)
    address, token = re.fullmatch(r"(http://(?:localhost|127\.0\.0\.1):\d+/)lab\?token=(\w+)", page).groups()
    assert len(token) >= 32  # Jupyter's own: nobody else can open it.
    contents, notebook = f"{address}api/contents", json.dumps({"type": "notebook"}).encode()
    # A forwarder leaves the host's name as the browser sends it, or writes its own there.
    for host in (JUPYTER_ADDRESS.removeprefix("https://"), address.split("/")[2]):
        assert ask(contents, host, JUPYTER_ADDRESS)[0] == 403
        status, cookies = ask(page, host, JUPYTER_ADDRESS)
        assert status == 200 and "_xsrf=" in cookies
        assert ask(contents, host, JUPYTER_ADDRESS, cookies, notebook)[0] == 201
        for foreign in (f"{JUPYTER_ADDRESS}.example.org", "https://example.org"):
            assert ask(contents, host, foreign, cookies, notebook)[0] in (403, 404)


# git, nbdime, pre-commit, the editor


def test_git_knows_which_files_are_binary_and_which_are_notebooks(clone):
    names = [name for name in list_files() if name.endswith((".npz", ".png", ".ipynb"))]
    assert {Path(name).suffix for name in names} == {".npz", ".png", ".ipynb"}
    told = succeed("git", "check-attr", "diff", "binary", "eol", "--", *names, ".ci/run", cwd=clone)
    attributes = dict(line.rsplit(": ", 1) for line in told.splitlines())
    for name in names:
        expected = ("jupyternotebook", "unspecified") if name.endswith(".ipynb") else ("unset", "set")
        assert (attributes[f"{name}: diff"], attributes[f"{name}: binary"]) == expected, name
    assert attributes[".ci/run: eol"] == "lf"  # A script with another end of line does not start.
    assert "w/crlf" not in succeed("git", "ls-files", "--eol", cwd=clone)


def change_sentence(folder):
    """Changes one word of a notebook's text, as a person does in an editor; returns the file."""
    path = folder / "notebooks" / "02_faces_grayscale.ipynb"
    text = path.read_text("utf-8")
    assert text.count("what 100 photos are enough for") == 1
    path.write_text(text.replace("what 100 photos are enough for", "how far 100 photos go"), "utf-8")
    return path


def test_nbdime_shows_a_changed_sentence_and_no_picture(clone):
    path = change_sentence(clone)
    notebook = nbformat.read(path, as_version=4)
    output = next(
        output for cell in notebook.cells for output in cell.get("outputs", ()) if "image/png" in output.get("data", {})
    )
    output.data["image/png"] = output.data["image/png"][::-1]
    nbformat.write(notebook, path)
    before = succeed("git", "diff", cwd=clone)
    succeed("nbdime", "config-git", "--enable", cwd=clone)
    shown = re.sub(r"\x1b\[\d*m", "", succeed("git", "diff", cwd=clone))
    assert re.search(r"^\+.*how far 100 photos go", shown, re.MULTILINE) and "/cells/0/source" in shown
    assert max(map(len, before.splitlines())) > 5_000 > 500 > max(map(len, shown.splitlines()))
    assert succeed("git", "status", "--porcelain", cwd=clone) == f" M {path.relative_to(clone)}\n"  # And nothing else.


@pytest.mark.slow
def test_before_a_commit_a_changed_sentence_without_its_korean_and_odd_python_are_stopped(clone, tmp_path):
    (clone / ".venv").symlink_to(sys.prefix)

    def check(*names):
        command = ("pre-commit", "run", "--files", *names)
        return run(*command, cwd=clone, PRE_COMMIT_HOME=str(tmp_path / "hooks"), PYTHONPATH=str(clone))

    names = [str(path.relative_to(clone)) for path in (clone / "notebooks").glob("*.ipynb")]
    done = check(*names, "dcgan_lib/models.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 3

    path = change_sentence(clone)
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    done = check(*names)
    (digest,) = set(re.findall(r'The English of cell title has changed: .* set data-english to "(\w+)"', done.stdout))
    path.write_text(re.sub(r'(data-english=\\")\w+', rf"\g<1>{digest}", path.read_text("utf-8"), count=1), "utf-8")
    assert check(*names).returncode == 0
    assert [
        cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"
    ] == cells  # As they were.

    (clone / "dcgan_lib" / "odd.py").write_text("import   os\n")
    succeed("git", "add", "dcgan_lib/odd.py", cwd=clone)
    done = check("dcgan_lib/odd.py")
    assert done.returncode == 1 and "`os` imported but unused" in done.stdout


def test_the_hooks_are_programs_of_the_environment_and_need_no_network():
    repositories = read_yaml(".pre-commit-config.yaml")["repos"]
    assert [repository["repo"] for repository in repositories] == ["local"]
    for hook in repositories[0]["hooks"]:
        program, *words = hook["entry"].split()
        assert hook["language"] == "system" and program.startswith(".venv/bin/")
        assert (PROGRAMS / Path(program).name).exists(), program
        assert all((ROOT / word).is_file() for word in words if word.startswith("tests/"))


def test_each_file_is_as_the_editors_settings_say():
    binary, wrong = set(), []
    for name in list_files():
        wanted = editorconfig.get_properties(str(ROOT / name))
        if wanted["charset"] == "unset":
            binary.add(Path(name).suffix)
            continue
        text = (ROOT / name).read_bytes().decode(wanted["charset"])
        right = {"lf": "\r" not in text, "true": not text or text.endswith("\n")}
        trailing = re.search(r"[ \t]$", text, re.MULTILINE) if wanted["trim_trailing_whitespace"] == "true" else None
        if not (right[wanted["end_of_line"]] and right[wanted["insert_final_newline"]]) or trailing:
            wrong.append(name)
    assert wrong == [] and binary == {".npz", ".png"}


def test_nothing_stands_at_the_top_but_what_belongs_there():
    for_people = {"README.md", "README.ko.md", "CHANGELOG.md", "CITATION.cff", "CONTRIBUTING.md"}
    folders = {"notebooks", "dcgan_lib", "dcgan_course", "data", "generated_images", "tests", "benchmarks", "docs"}
    for_programs = {"Makefile", "Dockerfile", "pyproject.toml", "requirements.txt", "LICENSE", "LICENSE-texts"}
    names = {name.split("/")[0] for name in list_files(["--cached"])}  # What else a user keeps here is no matter.
    assert {name for name in names if not name.startswith(".")} == for_people | folders | for_programs


# What CONTRIBUTING.md says


def test_whatever_the_contributors_page_names_is_there():
    text = read("CONTRIBUTING.md")
    assert len(text.splitlines()) <= 80  # One page.
    assert f"Python {ADMITTED[0]} to {ADMITTED[-1]}" in text and f"Python {ADMITTED[0]} and {ADMITTED[-1]}" in text
    for link, anchor in re.findall(r"\]\(([^)#]+)#?([^)]*)\)", text):
        headings = re.findall(r"^#+ (.*)$", read(link), re.MULTILINE)
        assert not anchor or anchor in [heading.lower().replace(" ", "-") for heading in headings], link
    for name in re.findall(r"`([\w./-]+/[\w./-]*)`", text):
        assert (ROOT / name).exists(), name
    for target in re.findall(r"(?:^|`)make ([a-z-]+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", read("Makefile"), re.MULTILINE), target
    for program in re.findall(r"^(pre-commit|nbdime) ", text, re.MULTILINE):
        assert (PROGRAMS / program).exists()
    assert "EXERCISES = {" in read("tests/notebooks/test_notebooks.py")
    assert {"QUICK", "SAME"} <= set(
        re.findall(r"^(\w+) = ", read("tests/course/test_no_wrong_answer.py"), re.MULTILINE)
    )
