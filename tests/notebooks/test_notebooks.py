"""The masters: what they are made of, that they run, and that what they show is right."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import keras
import nbformat
import numpy as np
import papermill
import pytest
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from PIL import Image

import dcgan_lib
from dcgan_course.exercises.checks.messages import say
from dcgan_course.exercises.exercise import read_exercises

COURSE = Path(__file__).resolve().parents[2]
NAMES = ("01_mnist", "02_faces_grayscale", "03_faces_colour")
PARAMETERS = ["steps", "batch_size", "saving_interval", "latent_dim", "seed", "data_dir", "output_dir", "train_tuned"]
EXERCISES = {
    "01_mnist": "1.1 1.2",
    "02_faces_grayscale": "2.1 2.2 2.3 2.4 2.5",
    "03_faces_colour": "3.1 3.2 3.3 3.4 3.5",
}
GRIDS = {"01_mnist": "MNIST", "02_faces_grayscale": "FACES", "03_faces_colour": "FACES_color"}

each_notebook = pytest.mark.parametrize("name", NAMES)


def read(name):
    return nbformat.read(COURSE / "notebooks" / f"{name}.ipynb", as_version=4)


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def is_folded(cell):
    return cell.metadata.get("jupyter", {}).get("source_hidden", False)


def source_of(notebook, cell_id):
    return next(cell.source for cell in notebook.cells if cell.id == cell_id)


def short_copy(name, folder, steps=5):
    """The master with a short run on few images injected and nothing executed: its outputs are still the reference."""
    data, images = folder / "data", folder / "data" / "faces"
    images.mkdir(parents=True)
    np.savez(data / "mnist.npz", x_train=dcgan_lib.draw_digits(300)[0])
    for number, face in enumerate(dcgan_lib.draw_faces(50)):
        Image.fromarray(face).save(images / f"{number}.png")
    injected = {"steps": steps, "batch_size": 4, "saving_interval": 2, "data_dir": str(data)}
    injected["output_dir"] = str(folder / GRIDS[name])
    return parameterize_notebook(load_notebook_node(str(COURSE / "notebooks" / f"{name}.ipynb")), injected)


def run_nbval(path):
    """Runs nbval in lax mode in a process of its own; returns its exit status and what it printed."""
    nbval = ["pytest", "--nbval-lax", "--nbval-cell-timeout=600", "-q", "-p", "no:cacheprovider"]
    result = subprocess.run(
        [sys.executable, "-m", *nbval, "-c", os.devnull, "--rootdir", str(path.parent), str(path)],
        capture_output=True,
        text=True,
        cwd=path.parent,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    return result.returncode, result.stdout + result.stderr


@each_notebook
def test_a_notebook_has_one_parameters_cell_of_plain_assignments_with_a_reason_each(name):
    tagged = [cell for cell in code_cells(read(name)) if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    tree = ast.parse(tagged[0].source)
    assert [statement.targets[0].id for statement in tree.body] == PARAMETERS
    for statement in tree.body:
        ast.literal_eval(statement.value)
    assert all("  # " in line for line in tagged[0].source.splitlines())


def test_the_defaults_are_the_lectures():
    for name, steps in zip(NAMES, (40_001, 4_001, 4_001), strict=True):
        values = {}
        exec(source_of(read(name), "parameters"), values)
        assert (values["steps"], values["batch_size"], values["saving_interval"]) == (steps, 32, 200)
        assert (values["latent_dim"], values["output_dir"]) == (100, f"generated_images/{GRIDS[name]}")


@each_notebook
def test_each_exercise_has_an_answer_cell_and_a_check_cell_after_it(name):
    sources = [cell.source for cell in code_cells(read(name))]
    answers = [index for index, source in enumerate(sources) if source.startswith("# EXERCISE ")]
    numbers = [sources[index].split()[2] for index in answers]
    assert numbers == EXERCISES[name].split()
    for number, index in zip(numbers, answers, strict=True):
        first, second, *_ = sources[index + 1].splitlines()
        assert re.fullmatch(rf"# CHECK {number} \((?:1 point|[2-9] points)\)", first)
        assert second == "# NBVAL_CHECK_OUTPUT"


@each_notebook
def test_a_solution_stands_between_its_marks_and_leaves_signature_and_docstring_outside(name):
    for cell in code_cells(read(name)):
        if not cell.source.startswith("# EXERCISE "):
            continue
        regions = re.findall(r"^    ### BEGIN SOLUTION\n(.*?)^    ### END SOLUTION", cell.source, re.M | re.S)
        stub = re.sub(r"^    ### BEGIN SOLUTION\n.*?^    ### END SOLUTION\n?", "", cell.source, flags=re.M | re.S)
        functions = [node for node in ast.parse(stub).body if isinstance(node, ast.FunctionDef)]
        assert len(regions) == len(functions) == 1
        for function in functions:
            assert "Returns:" in ast.get_docstring(function)
            assert len(function.body) == 1  # The docstring alone.


@each_notebook
def test_a_check_is_one_call_with_its_own_key_its_own_function_and_a_seed(name):
    for exercise in read_exercises(read(name)):
        assert len(exercise.check.splitlines()) <= 8
        (statement,) = ast.parse(exercise.check).body
        assert isinstance(statement, ast.Try) and not statement.orelse and not statement.finalbody
        ((call,), (handler,)) = statement.body, statement.handlers
        assert re.fullmatch(rf"check\('{exercise.key}', {exercise.title}, seed=\d+\)", ast.unparse(call))
        assert ast.unparse(handler.type) == "NameError"
        assert re.fullmatch(r"print\('[^']+'\)", ast.unparse(handler.body))
    seeds = [int(re.search(r"seed=(\d+)", exercise.check)[1]) for exercise in read_exercises(read(name))]
    assert len(set(seeds)) == len(seeds)


@each_notebook
def test_a_check_leaves_no_name_behind_and_says_what_to_run_first(name, capsys):
    for exercise in read_exercises(read(name)):
        for known in ({}, {"check": None}):
            names = {"__builtins__": __builtins__, **known}
            before = set(names)
            exec(exercise.check, names)
            assert set(names) == before
            printed = capsys.readouterr().out
            assert printed.startswith(f"{exercise.key} {exercise.title}: run section 0 and your answer first (")
            assert printed.count("\n") == 1


@each_notebook
def test_below_each_check_of_a_master_stands_that_its_solution_is_right(name):
    notebook = read(name)
    outputs = {cell.id: cell.outputs for cell in code_cells(notebook)}
    for exercise in read_exercises(notebook):
        (output,) = outputs[exercise.check_id]
        assert (output.output_type, output.name) == ("stream", "stdout")
        assert output.text == say("right", "en", key=exercise.key, name=exercise.title) + "\n"


@each_notebook
def test_a_committed_notebook_is_small_and_clean(name):
    path = COURSE / "notebooks" / f"{name}.ipynb"
    notebook = read(name)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert path.stat().st_size < 2_000_000
    assert "widgets" not in notebook.metadata
    counts = [cell.execution_count for cell in code_cells(notebook)]
    assert counts == list(range(1, len(counts) + 1))
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr"
            assert "\r" not in output.get("text", "")
            assert not re.search(r"/(?:home|root|tmp|Users|content)/", json.dumps(output.get("text", "")))


@each_notebook
def test_each_committed_picture_is_said_in_words_for_those_who_do_not_see_it(name):
    pictures = [
        (cell.id, output)
        for cell in code_cells(read(name))
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 5
    for cell_id, output in pictures:
        assert len(output.metadata.get("image/png", {}).get("alt", "")) > 20, f"{cell_id}: give its metadata an 'alt'"


@each_notebook
def test_a_cell_is_one_idea_of_at_most_twenty_lines(name):
    for cell in code_cells(read(name)):
        if not cell.source.startswith("# EXERCISE "):
            assert len(cell.source.splitlines()) <= (25 if is_folded(cell) else 20), cell.id


@each_notebook
def test_the_first_code_is_one_folded_cell_on_colab_and_in_jupyterlab(name):
    first, *others = code_cells(read(name))
    assert first.id == "setup" and first.source.startswith("# @title Setup\n") and is_folded(first)
    assert first.metadata.cellView == "form" and not any(map(is_folded, others))
    assert sum(cell.source.count("import sys") for cell in (first, *others)) == 1


def tables_of_slides():
    """The rows of both tables of docs/slides.md: where each slide is taught, and where it says something else."""
    text = (COURSE / "docs" / "slides.md").read_text("utf-8")
    parts = [[line for line in part.splitlines() if line.startswith("|")][2:] for part in text.split("\n## ")]
    return [[[entry.strip() for entry in line.strip("|").split("|")] for line in lines] for lines in parts]


def test_every_slide_has_a_section_that_exists():
    rows, _ = tables_of_slides()
    headings = {
        name: {
            line.lstrip("#").strip()
            for cell in read(name).cells
            if cell.cell_type == "markdown"
            for line in cell.source.splitlines()
            if line.startswith("#")
        }
        for name in NAMES
    }
    for slide, notebook, section in rows:
        assert section in headings[notebook], slide
    slides = {slide for slide, _, _ in rows}
    assert {f"epoch {step} 이미지" for step in (200, 400, 600, 800, 1000, 2000, 4000, 40000)} <= slides
    assert {f"훈련 함수 ({part}/5)" for part in range(1, 6)} | {"연습문제 1", "연습문제 2"} <= slides


def test_what_a_slide_says_otherwise_names_the_slide_what_is_so_and_how_it_was_seen():
    taught, slips = tables_of_slides()
    known = {slide for slide, _, _ in taught} | {"정리"}
    for slide, says, is_so, seen in slips:
        assert {part.strip() for part in slide.split(",")} <= known, slide
        assert says and is_so and seen
    assert len(slips) >= 10


def test_the_networks_written_out_in_notebook_1_are_the_librarys_layer_by_layer():
    notebook, names = read("01_mnist"), {"latent_dim": 100, "seed": 0}
    exec(source_of(notebook, "imports"), names)
    for cell_id in ("generator-1", "generator-2", "generator-3", "discriminator-1", "discriminator-2"):
        exec(source_of(notebook, cell_id), names)

    def without_names(part):
        if isinstance(part, dict):
            return {key: without_names(value) for key, value in part.items() if key not in ("name", "build_config")}
        return [without_names(value) for value in part] if isinstance(part, (list, tuple)) else part

    def layers(network):
        return [without_names(keras.saving.serialize_keras_object(layer)) for layer in network.layers]

    assert layers(names["generator"]) == layers(dcgan_lib.build_generator())
    assert layers(names["discriminator"]) == layers(dcgan_lib.build_discriminator())


# nbval runs the same cells in make test; test_pages.py and test_colab_saved.py run the other two headlessly.
@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES[:1])
def test_a_notebook_runs_headlessly_from_another_folder_and_leaves_its_pictures(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    output_dir = tmp_path / GRIDS[name]
    papermill.execute_notebook(
        str(COURSE / "notebooks" / f"{name}.ipynb"),
        str(tmp_path / "executed.ipynb"),
        parameters={"steps": 5, "saving_interval": 2, "output_dir": str(output_dir)},
        kernel_name="python3",
        progress_bar=False,
    )
    written = {path.name for path in output_dir.iterdir()}
    assert {f"gan_{GRIDS[name].lower()}_{step}.png" for step in (0, 2, 4)} < written
    assert json.loads((output_dir / "run.json").read_text("utf-8"))["finished"] is True
    executed = nbformat.read(tmp_path / "executed.ipynb", as_version=4)
    stderr = [output for cell in code_cells(executed) for output in cell.outputs if output.get("name") == "stderr"]
    assert stderr == []


# The gray faces' cells are those of the colour ones.
@pytest.mark.parametrize("name", [NAMES[0], pytest.param(NAMES[1], marks=pytest.mark.slow), NAMES[2]])
def test_nbval_finds_what_the_master_shows(name, tmp_path):
    path = tmp_path / f"{name}.ipynb"
    nbformat.write(short_copy(name, tmp_path), path)
    status, printed = run_nbval(path)
    assert status == 0, printed
    assert re.search(r"\d+ passed", printed)


def test_nbval_fails_where_one_character_of_a_stored_output_is_another(tmp_path):
    notebook = short_copy("01_mnist", tmp_path)
    kept = [cell for cell in notebook.cells if cell.id in ("ex11", "check11")]
    imports = "import numpy as np\nfrom dcgan_course.exercises import check"
    notebook.cells = [nbformat.v4.new_code_cell(imports, execution_count=1), *kept]
    right, wrong = tmp_path / "right.ipynb", tmp_path / "wrong.ipynb"
    nbformat.write(notebook, right)
    check = notebook.cells[-1]
    assert check.outputs[0].text == "1.1 pad_and_filter: right ✓\n"
    check.outputs[0].text = "1.2 pad_and_filter: right ✓\n"
    nbformat.write(notebook, wrong)
    assert run_nbval(right)[0] == 0
    status, printed = run_nbval(wrong)
    assert status == 1
    assert "1 failed" in printed


def test_a_relative_folder_starts_at_the_course_wherever_the_kernel_was_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert dcgan_lib.course_path("generated_images/MNIST") == COURSE / "generated_images" / "MNIST"
    assert dcgan_lib.course_path(None) is None
