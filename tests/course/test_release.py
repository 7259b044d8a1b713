"""`python -m dcgan_course release`: what students get, made from the masters."""

import ast
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import papermill
import pytest
from colab.rewriting import as_colab_saves

from dcgan_course import PACKAGES
from dcgan_course.__main__ import main
from dcgan_course.exercises.answers import find_answers, which_notebook
from dcgan_course.exercises.checks.messages import say
from dcgan_course.exercises.exercise import read_exercises
from dcgan_course.exercises.student_notebook import read_notebook
from dcgan_course.exercises.tasks import TASKS
from dcgan_course.instructor.masters.pictures import without_pictures
from dcgan_course.instructor.releasing.bundle import read_release_date
from dcgan_course.instructor.releasing.command import read_repository
from dcgan_course.instructor.releasing.student_copy import make_student_copy
from dcgan_course.refused import Refused

COURSE = Path(__file__).resolve().parents[2]
NAMES = ("01_mnist", "02_faces_grayscale", "03_faces_colour")
ADDRESS = "https://github.com/a-school/gan.course"

each_notebook = pytest.mark.parametrize("name", NAMES)


def release(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["instructor", "release", *map(str, arguments)])
    return main()


def run_students_command(folder, *arguments):
    command = [sys.executable, "-m", "dcgan_course", *arguments]
    environment = {**os.environ, "PYTHONPATH": ""}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def released(name, **options):
    return nbformat.reads(make_student_copy(COURSE / "notebooks" / f"{name}.ipynb", **options), as_version=4)


def master(name):
    return nbformat.read(COURSE / "notebooks" / f"{name}.ipynb", as_version=4)


@each_notebook
def test_solutions_are_stubs_and_everything_else_is_the_masters(name):
    exercises = {exercise.answer_id: exercise for exercise in read_exercises(master(name))}
    notebook = released(name)
    nbformat.validate(notebook)
    for cell, original in zip(notebook.cells, master(name).cells, strict=True):
        expected = exercises[cell.id].stub if cell.id in exercises else original.source
        assert (cell.id, cell.cell_type, cell.source) == (original.id, original.cell_type, expected)
        assert cell.metadata == original.metadata
    assert "SOLUTION" not in nbformat.writes(notebook)


@each_notebook
def test_no_cell_has_an_output_or_a_count_so_no_student_reads_a_verdict_on_our_solution(name):
    for language in ("en", "ko"):
        notebook = released(name, language=language)
        cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert len(cells) > 10
        assert [(cell.outputs, cell.execution_count) for cell in cells] == [([], None)] * len(cells)
        for mark in ("✓", say("state right", language)):
            assert mark not in nbformat.writes(notebook)


@each_notebook
def test_the_last_cell_says_how_to_hand_in_on_colab_too_and_its_command_is_the_one_there_is(name):
    last = released(name).cells[-1]
    assert (last.cell_type, last.id) == ("markdown", "hand-in")
    assert "Download .ipynb" in last.source and "files.upload()" in last.source
    assert f"python -m dcgan_course check notebooks/{name}.ipynb" in last.source
    assert f"/content/gdrive/MyDrive/Colab Notebooks/{name}.ipynb" in last.source


@each_notebook
@pytest.mark.parametrize("language", ["en", "ko"])
def test_below_a_stub_the_check_says_that_it_is_not_done_and_that_solutions_pass_the_masters_show(
    name, language, capsys
):
    notebook, names = released(name, language=language), {"__name__": "__main__"}
    sources = {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "code"}
    exec(f"{sources['setup']}\n{sources['imports']}", names)
    for exercise in read_exercises(master(name)):
        exec(sources[exercise.answer_id], names)
        exec(sources[exercise.check_id], names)
        verdict = say("not yet", language, key=exercise.key, name=exercise.title)
        assert capsys.readouterr().out.splitlines() == [verdict, f"  {say('not done', language)}"]


@each_notebook
def test_filled_with_the_solutions_it_is_the_master_again(name):
    solutions = {exercise.answer_id: exercise.solution for exercise in read_exercises(master(name))}
    filled = [solutions.get(cell.id, cell.source) for cell in released(name).cells]
    assert filled == [cell.source for cell in master(name).cells]


ANSWERS = (
    ("right", "def scale_images(images):\n    return images / 127.5 - 1"),
    ("range 0 to 1", "def scale_images(images):\n    return images / 255"),
)
# Runs cells of a released notebook as its kernel does, in the folder where the notebook lies.
STUDENT = """
import json, sys
import dcgan_course
answers, names = json.loads(sys.argv[1]), {"__name__": "__main__"}
cells = json.load(open("02_faces_grayscale.ipynb", encoding="utf-8"))["cells"]
sources = {cell["id"]: "".join(cell["source"]) for cell in cells}
exec(sources["setup"], names)
exec(sources["imports"], names)
for _, answer in answers:
    exec(answer, names)
    exec(sources["check22"], names)
exec(sources["progress"], names)
print(dcgan_course.__file__)
"""


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_student_gets_verdicts_in_the_releases_language_without_the_instructors_part(language, tmp_path, monkeypatch):
    assert release(monkeypatch, "--output", tmp_path / "release", "--language", language) == 0
    course = tmp_path / "release" / "dcgan-course"
    assert not (course / "dcgan_course" / "instructor").exists()
    run = subprocess.run(
        [sys.executable, "-c", STUDENT, json.dumps(ANSWERS)],
        cwd=course / "notebooks",
        env={**os.environ, "PYTHONPATH": str(course), "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert (run.returncode, run.stderr) == (0, "")
    *printed, where = run.stdout.splitlines()
    assert Path(where).is_relative_to(course)
    assert printed[0] == say("right", language, key="2.2", name="scale_images")
    assert printed[1] == say("not yet", language, key="2.2", name="scale_images")
    assert f"  {say('range 0 to 1', language)}" in printed
    assert say("state not run", language) in run.stdout and say("state not yet", language) in run.stdout
    assert bool(re.search("[가-힣]", run.stdout)) == (language == "ko")


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES[2:])
def test_a_released_notebook_runs_to_its_end_for_a_student_who_has_solved_it(name, tmp_path, monkeypatch):
    output = tmp_path / "release"
    assert release(monkeypatch, "--output", output, "--repository", ADDRESS, "--language", "ko") == 0
    path = output / "dcgan-course" / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    solutions = {exercise.answer_id: exercise.solution for exercise in read_exercises(master(name))}
    for cell in notebook.cells:
        cell.source = solutions.get(cell.id, cell.source)
    nbformat.write(notebook, path)
    monkeypatch.setenv("PYTHONPATH", str(output / "dcgan-course"))
    parameters = {"steps": 5, "saving_interval": 2, "output_dir": str(tmp_path / "pictures")}
    papermill.execute_notebook(
        str(path), str(tmp_path / "ran.ipynb"), parameters, kernel_name="python3", progress_bar=False
    )
    assert json.loads((tmp_path / "pictures" / "run.json").read_text("utf-8"))["finished"] is True


def test_the_folder_is_the_whole_course_and_the_zip_is_the_same(tmp_path, monkeypatch, capsys):
    output = tmp_path / "release"
    assert release(monkeypatch, "--output", output) == 0
    assert "01_mnist, 02_faces_grayscale, 03_faces_colour: released" in capsys.readouterr().out
    assert sorted(path.name for path in output.iterdir()) == ["dcgan-course", "dcgan-course.zip", "release.json"]
    folder = output / "dcgan-course"
    files = {path.relative_to(output).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(output / "dcgan-course.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files
        dates = {"-".join(f"{number:02}" for number in entry.date_time[:3]) for entry in archive.infolist()}
    assert f"date-released: {dates.pop()}\n" in (COURSE / "CITATION.cff").read_text("utf-8") and not dates
    tops = {name.split("/")[1] for name in files}
    assert {
        "dcgan_lib",
        "dcgan_course",
        "notebooks",
        "README.md",
        "README.ko.md",
        "requirements.txt",
        "pyproject.toml",
        "LICENSE",
        "LICENSE-texts",
    } <= tops
    assert not {"instructor", "tests", "benchmarks", ".git", ".venv", "Makefile", "runs"} & tops
    assert [name for name in files if name.startswith("dcgan-course/docs/")] == ["dcgan-course/docs/quality.md"]
    assert not any("SOLUTION" in content.decode() for name, content in files.items() if name.endswith(".ipynb"))
    assert [name for name in files if "pycache" in name or name.endswith((".pyc", ".part"))] == []
    assert [name for name in files if name.startswith("dcgan-course/data/")] == ["dcgan-course/data/README.md"]
    for link in re.findall(r"\]\((?!https:)([^)#]+)", files["dcgan-course/README.md"].decode()):
        assert (folder / link).exists(), link


@pytest.mark.parametrize(("language", "other"), [("en", "ko"), ("ko", "en")])
def test_the_readme_opens_in_the_releases_language_and_each_leads_to_the_other(language, other, tmp_path, monkeypatch):
    output = tmp_path / "release"
    assert release(monkeypatch, "--output", output, "--repository", ADDRESS, "--language", language) == 0
    folder = output / "dcgan-course"
    assert {path.name for path in folder.glob("README*")} == {"README.md", f"README.{other}.md"}
    texts = {
        language: (folder / "README.md").read_text("utf-8"),
        other: (folder / f"README.{other}.md").read_text("utf-8"),
    }
    assert not re.search("[가-힣]", texts["en"].replace("[한국어]", ""))
    sentences = [line for line in texts["ko"].splitlines() if line.endswith(".")]
    assert len(sentences) > 7 and all(line.endswith(("니다.", "세요.")) for line in sentences)
    assert f"](README.{other}.md)" in texts[language] and "](README.md)" in texts[other]
    for text in texts.values():
        assert all(f"- [notebooks/{name}.ipynb](notebooks/{name}.ipynb) [![Open" in text for name in NAMES)
        assert not re.search("<!--|OTHER_LANGUAGE|NOTEBOOKS", text)  # What only this repository needs.


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_released_readme_names_only_what_students_have(language, tmp_path, monkeypatch):
    assert release(monkeypatch, "--output", tmp_path / "release", "--language", language) == 0
    folder = tmp_path / "release" / "dcgan-course"
    files = {path.name for path in folder.rglob("*")} | {"dcgan-course.zip"}
    commands = re.findall(r"^    (\w+) ", run_students_command(folder, "--help").stdout, re.MULTILINE)
    for path in folder.glob("README*"):
        text = path.read_text("utf-8")
        named = set(re.findall(r"`([\w-]+)(?:/|\.\w+)`", text))  # Folders and files.
        assert {"dcgan-course", "dcgan_lib", "models", "training", "data"} <= named
        assert named <= {name.partition(".")[0] for name in files}, path.name
        assert set(re.findall(r"`(\w+)`", text)) == set(commands), path.name
        assert re.findall(r"dcgan_course (\w+)", text) == ["check"]
        assert all((folder / name).is_file() for name in re.findall(r"notebooks/\w+\.ipynb|\w+\.txt", text))
        assert not re.search(r"\b(make (run|test|lab)|papermill|nbval|benchmarks|instructor|slides)\b", text), path.name


@pytest.mark.parametrize("language", ["en", "ko"])
def test_whatever_a_released_text_names_is_released(language, tmp_path, monkeypatch):
    assert release(monkeypatch, "--output", tmp_path / "release", "--language", language) == 0
    folder = tmp_path / "release" / "dcgan-course"
    named = set()
    for path in (*folder.glob("*.md"), *folder.glob("*/*.md"), *folder.glob("notebooks/*.ipynb")):
        text = path.read_text("utf-8")
        if path.suffix == ".ipynb":
            text = "\n".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
        links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
        named |= {(path.name, path.parent / link) for link in links}
        named |= {(path.name, folder / link) for link in re.findall(r"\bdocs/[\w./-]*\w", text)}
    assert ("01_mnist.ipynb", folder / "docs" / "quality.md") in named
    assert [(name, str(path)) for name, path in sorted(named) if not path.exists()] == []


def test_the_released_packages_need_nothing_of_the_course_that_is_not_released(tmp_path, monkeypatch):
    assert release(monkeypatch, "--output", tmp_path / "release") == 0
    folder = tmp_path / "release" / "dcgan-course"
    imports = set()
    for path in folder.glob("**/*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, (path.name, "a relative import is not looked up here")
                modules = [node.module]
            imports |= {(path.relative_to(folder).as_posix(), module) for module in modules}
    ours = {(name, module) for name, module in imports if module.split(".")[0] in PACKAGES}
    assert len(ours) > 50
    for name, module in sorted(ours):
        place = folder.joinpath(*module.split("."))
        assert place.with_suffix(".py").is_file() or (place / "__init__.py").is_file(), (name, module)
    outside = {path.stem for path in COURSE.iterdir() if path.is_dir()} - set(PACKAGES)
    assert [(name, module) for name, module in imports if module.split(".")[0] in outside] == []
    result = run_students_command(folder, "check", "notebooks/01_mnist.ipynb")
    assert (result.returncode, result.stderr) == (1, "")
    assert "It can be graded: 0 of 2 exercises are answered." in result.stdout


def test_the_students_copy_has_the_students_commands_and_refuses_the_instructors_in_one_sentence(tmp_path, monkeypatch):
    assert release(monkeypatch, "--output", tmp_path / "release") == 0
    folder = tmp_path / "release" / "dcgan-course"
    for name in ("run", "notebooks", "release", "grade"):
        result = run_students_command(folder, name, "x")
        assert (result.returncode, result.stdout) == (2, "")
        assert result.stderr == (f"{name}: this is one of the instructor's commands, which the students' copy lacks.\n")
    printed = run_students_command(folder, "--help").stdout
    assert re.findall(r"^    (\w+) ", printed, re.MULTILINE) == ["check", "photos", "samples", "celeba"]


def test_without_a_repository_nothing_leads_to_one(tmp_path, monkeypatch):
    assert release(monkeypatch, "--output", tmp_path / "release") == 0
    for path in (tmp_path / "release" / "dcgan-course").rglob("*"):
        if path.suffix in (".ipynb", ".md"):
            assert "colab-badge" not in path.read_text("utf-8")
            assert "github.com" not in path.read_text("utf-8")


@each_notebook
def test_a_repository_gives_badges_and_the_address_for_the_colab_cell(name):
    cells = released(name, repository=ADDRESS).cells
    assert cells[0].source == (
        "[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]"
        f"(https://colab.research.google.com/github/a-school/gan.course/blob/main/notebooks/{name}.ipynb)"
    )
    colab = next(cell.source for cell in cells if cell.cell_type == "code")
    assert re.search(rf'^repository = "{re.escape(ADDRESS)}"', colab, re.MULTILINE)
    assert [cell.source for cell in cells[1:] if cell.source != colab] == [
        cell.source for cell in released(name).cells if not re.search(r"^repository = ", cell.source, re.MULTILINE)
    ]


@pytest.mark.parametrize("address", [ADDRESS, f"{ADDRESS}/", f"{ADDRESS}.git", f" {ADDRESS}"])
def test_ways_to_write_a_repository_are_one(address):
    assert read_repository(address) == ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "",
        "github.com/a/b",
        "http://github.com/a/b",
        "https://github.com/a",
        "https://github.com/a/b/tree/main",
        "https://github.com/a/..",
        "https://gitlab.com/a/b",
        'https://github.com/a/b"; import os',
        "https://github.com/a/b\nx",
        "https://github.com/-a/b",
        "https://github.com/학교/b",
    ],
)
def test_what_is_no_repository_is_refused(address, tmp_path, monkeypatch, capsys):
    assert release(monkeypatch, "--output", tmp_path / "release", "--repository", address) == 2
    assert "--repository must be https://github.com/OWNER/NAME" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_korean_stands_open_when_it_is_asked_for():
    english, korean = released("02_faces_grayscale"), released("02_faces_grayscale", language="ko")
    assert english.cells[0].source.startswith("# DCGAN 2: faces")
    assert re.match(r"# DCGAN 2: [가-힣]", korean.cells[0].source)
    assert korean.cells[-1].source.startswith("## 제출하기")


@each_notebook
def test_in_korean_the_checks_the_table_of_progress_and_the_pages_speak_korean_and_no_other_code_changes(name):
    checks = [exercise.check_id for exercise in read_exercises(master(name))]
    page = re.compile(r"^(?:LatentSpaceWalk|RealOrFake|TimelinePage)\(", re.MULTILINE)
    pages = [cell.id for cell in master(name).cells if cell.cell_type == "code" and page.search(cell.source)]
    changed = []
    for english, korean in zip(released(name).cells, released(name, language="ko").cells, strict=True):
        if english.cell_type == "code" and english.source != korean.source:
            changed.append(english.id)
            assert korean.source.count(', language="ko")') == 1
            assert korean.source.replace(', language="ko")', ")") == english.source
    assert sorted(changed) == sorted([*checks, *pages, "progress"])
    assert f'show_progress("{name}", language="ko")' in make_student_copy(
        COURSE / "notebooks" / f"{name}.ipynb", language="ko"
    ).replace('\\"', '"')


@each_notebook
def test_colabs_ai_is_off_in_a_released_notebook_and_stays_off_when_colab_saves_it(name, tmp_path, monkeypatch):
    assert "generative_ai_disabled" not in master(name).metadata.colab
    assert as_colab_saves(released(name))["metadata"]["colab"]["generative_ai_disabled"] is True
    assert release(monkeypatch, "--output", tmp_path / "release", "--ai") == 0
    text = (tmp_path / "release" / "dcgan-course" / "notebooks" / f"{name}.ipynb").read_text("utf-8")
    assert "generative_ai" not in text


@each_notebook
@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_released_text_says_nothing_of_outputs_that_the_notebook_does_not_hold(name, language):
    for cell in released(name, language=language).cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"stored here|저장된 훈련|shown above|위에 저장", cell.source), cell.id


@each_notebook
def test_in_a_korean_release_no_open_text_no_task_and_no_figure_is_english_only(name):
    notebook = released(name, language="ko")
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            opened = without_pictures(cell.source.partition('<details lang="en">')[0])
            assert re.search("[가-힣]", opened), cell.id
            assert set(re.findall(r"\]\[([\w-]+)\]", opened)) == set(re.findall(r"\]\[([\w-]+-ko)\]", opened)), cell.id
            for summary in re.findall("<summary>(.*?)</summary>", opened):
                assert re.search("[가-힣]", summary), cell.id
        elif cell.source.startswith("# EXERCISE"):
            assert re.search("[가-힣]", ast.get_docstring(ast.parse(cell.source).body[0])), cell.id


def test_the_same_answers_are_taken_from_a_korean_release():
    solutions = {exercise.answer_id: exercise.solution for exercise in read_exercises(master("02_faces_grayscale"))}
    taken = []
    for language in ("en", "ko"):
        notebook = released("02_faces_grayscale", language=language)
        for cell in notebook.cells:
            cell.source = solutions.get(cell.id, cell.source)
        handed_in, warnings = read_notebook(nbformat.writes(notebook).encode())
        assert (which_notebook(handed_in), warnings) == ("02_faces_grayscale", [])
        answers = find_answers(handed_in, TASKS["02_faces_grayscale"])
        taken.append({key: (answer.status, answer.code, answer.warnings) for key, answer in answers.items()})
    assert taken[0] == taken[1]
    assert {status for status, *_ in taken[0].values()} == {"answered"}


def test_an_earlier_release_is_replaced_and_the_same_is_the_same_to_the_byte(tmp_path, monkeypatch):
    output = tmp_path / "release"
    assert release(monkeypatch, "--output", output, "--repository", ADDRESS) == 0
    assert release(monkeypatch, "--output", output) == 0
    first = (output / "dcgan-course.zip").read_bytes()
    (output / "dcgan-course" / "dcgan_lib" / "__pycache__").mkdir()
    (output / "dcgan-course" / "dcgan_lib" / "__pycache__" / "x.pyc").touch()
    assert release(monkeypatch, "--output", output) == 0
    assert (output / "dcgan-course.zip").read_bytes() == first
    assert list(tmp_path.iterdir()) == [output]


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path, monkeypatch, capsys):
    output = tmp_path / "release"
    output.mkdir()
    (output / "thesis.txt").write_text("mine")
    assert release(monkeypatch, "--output", output) == 2
    assert "has files and is no earlier release, so it is left alone" in capsys.readouterr().err
    (output / "thesis.txt").unlink()
    assert release(monkeypatch, "--output", output) == 0
    for name in ("dcgan-course/.git/config", "dcgan-course/notebooks/01_mnist.ipynb"):
        (output / name).parent.mkdir(exist_ok=True)
        before = (output / name).read_bytes() if (output / name).exists() else None
        (output / name).write_text("mine")
        assert release(monkeypatch, "--output", output) == 2
        assert f"what the release did not write: {name}" in capsys.readouterr().err
        assert (output / name).read_text() == "mine"
        (output / name).unlink() if before is None else (output / name).write_bytes(before)
    (tmp_path / "file").touch()
    assert release(monkeypatch, "--output", tmp_path / "file") == 2


def test_a_release_that_fails_leaves_the_earlier_one_and_nothing_else(tmp_path, monkeypatch, capsys):
    output = tmp_path / "release"
    assert release(monkeypatch, "--output", output) == 0
    before = (output / "release.json").read_bytes()
    broken = master("01_mnist")
    broken.cells[-1] = nbformat.v4.new_code_cell("# EXERCISE 1.9 f\ndef f():\n    ### BEGIN SOLUTION\n    1", id="new")
    course = tmp_path / "course"
    (course / "notebooks").mkdir(parents=True)
    nbformat.write(broken, course / "notebooks" / "01_mnist.ipynb")
    monkeypatch.setattr("dcgan_lib.system.paths.INSTALLED_IN", course)
    assert release(monkeypatch, "--output", output) == 2
    assert "01_mnist.ipynb: Cell 'new': exercise 1.9 has no cell" in capsys.readouterr().err
    assert (output / "release.json").read_bytes() == before
    assert sorted(tmp_path.iterdir()) == [course, output]


def test_a_version_without_its_date_is_refused(tmp_path):
    (tmp_path / "CITATION.cff").write_text("version: 1.0.0\n")
    with pytest.raises(Refused, match="must say when this version was released, as date-released: "):
        read_release_date(tmp_path)


def test_a_course_that_is_not_whole_is_refused_by_its_name(tmp_path, monkeypatch, capsys):
    course = tmp_path / "course"
    (course / "notebooks").mkdir(parents=True)
    nbformat.write(master("01_mnist"), course / "notebooks" / "01_mnist.ipynb")
    for name in ("pyproject.toml", "LICENSE", "LICENSE-texts", "data/README.md", "docs/quality.md"):
        (course / name).parent.mkdir(exist_ok=True)
        (course / name).write_bytes((COURSE / name).read_bytes())
    monkeypatch.setattr("dcgan_lib.system.paths.INSTALLED_IN", course)
    assert release(monkeypatch, "--output", tmp_path / "release") == 2
    assert f"The course in '{course}' is not whole: generated_images/README.md is missing." in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == [course]
