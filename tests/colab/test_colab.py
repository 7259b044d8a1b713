"""The notebooks' first cell: nothing on a laptop; on Colab the course, Drive and the lecture's data, however it is run.

Colab's own package is stood in for by `tests/colab/stand_in`, and `/content` by a temporary folder. Each cell runs in
an IPython of its own, which shows what a student would see.
"""

import json
import os
import shutil
import subprocess
import venv
import zipfile
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from dcgan_course.colab.candidates import PARTS

ROOT = Path(__file__).resolve().parents[2]
STAND_IN = Path(__file__).resolve().parent / "stand_in"
MASTERS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
KEPT = "pytest_img/_generated_images"

# Runs cells as a notebook does; then tells what came of it.
STUDENT = """
import json, os, sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance(colors="NoColor")
good = [shell.run_cell(cell).success for cell in json.loads(sys.argv[1])]
heavy = [name for name in ("numpy", "tensorflow", "keras", "PIL") if name in sys.modules]
home = getattr(sys.modules.get("dcgan_lib"), "__file__", None)
print("REPORT " + json.dumps({"good": good, "heavy": heavy, "library": home}))
"""


def first_cell(master=MASTERS[0]):
    cells = nbformat.read(master, as_version=4).cells
    return next(cell.source for cell in cells if cell.cell_type == "code")


def copy_course(folder):
    """Copies what a student gets of the course."""
    for part in (*PARTS, "README.md"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", "*.ipynb"))
        else:
            shutil.copyfile(ROOT / part, folder / part)
    return folder


def zip_course(path, parts=(*PARTS, "README.md")):
    """Packs the course as an instructor hands it out: in a folder `dcgan-course`."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("dcgan-course")
        archive.mkdir("dcgan-course/notebooks")
        for part in parts:
            files = sorted((ROOT / part).rglob("*.*")) if (ROOT / part).is_dir() else [ROOT / part]
            for file in (file for file in files if file.suffix not in (".pyc", ".ipynb")):
                archive.write(file, Path("dcgan-course") / file.relative_to(ROOT))
    return path


class Runtime:
    """A Colab runtime with nothing on it, and a student's Drive beside it."""

    def __init__(self, folder):
        self.content, self.drive = folder / "content", folder / "drive"
        self.drive.mkdir()
        self.renew()

    def renew(self):
        """The runtime is cut off: a new one has an empty disk, and Drive is as it was."""
        shutil.rmtree(self.content, ignore_errors=True)
        (self.content / "sample_data").mkdir(parents=True)
        # A Python that has all packages but the course, to which it can be installed without a trace in the tests' own.
        venv.create(self.content.parent / "python", with_pip=False, clear=True)
        own = next((self.content.parent / "python").glob("lib/python3*/site-packages"))
        (own / "colab.pth").write_text(f"{Path(pytest.__file__).parents[1]}\n{STAND_IN}\nimport google.colab\n")

    def run(self, *more_cells, edit=lambda cell: cell, drive=True, upload=None):
        """Runs the first cell, and more after it, in a new kernel; returns what came of it and what was printed."""
        cells = [edit(first_cell()).replace("/content", str(self.content)), *more_cells]
        environment = {**os.environ, "PYTHONPATH": "", "PYTHONWARNINGS": "ignore", "HOME": str(self.content)}
        environment.pop("DCGAN_DATA", None)
        environment |= {"STAND_IN_DRIVE": str(self.drive)} if drive else {}
        environment |= {"STAND_IN_UPLOAD": str(upload)} if upload else {}
        done = subprocess.run(
            [self.python, "-c", STUDENT, json.dumps(cells)],
            cwd=self.content,
            env=environment,
            capture_output=True,
            text=True,
        )
        printed, _, report = (done.stdout + done.stderr).partition("REPORT ")
        assert report, done.stderr
        return {**json.loads(report.splitlines()[0]), "printed": printed}

    @property
    def python(self):
        return str(self.content.parent / "python" / "bin" / "python")

    @property
    def course(self):
        return self.content / "dcgan-course"


@pytest.fixture
def runtime(tmp_path):
    return Runtime(tmp_path)


def test_the_first_cell_is_the_same_in_all_notebooks_and_comes_before_the_parameters():
    for master in MASTERS:
        assert first_cell(master) == first_cell()
        code = [cell for cell in nbformat.read(master, as_version=4).cells if cell.cell_type == "code"]
        assert (code[0].id, code[1].id) == ("setup", "imports")
        assert [cell.id for cell in code if "parameters" in cell.metadata.get("tags", [])] == ["parameters"]


def test_on_a_laptop_the_cell_does_nothing(tmp_path, run_child):
    out, err = run_child(
        first_cell() + "\nimport os; print(os.listdir('.'), 'dcgan_course.colab' in sys.modules)", cwd=tmp_path
    )
    assert (out, err) == ("[] False\n", "")


def test_the_course_is_taken_from_a_zip_on_drive_and_drive_keeps_the_results(runtime):
    zip_course(runtime.drive / "dcgan-course.zip")
    seen = runtime.run("import dcgan_lib", "(dcgan_lib.__file__)")
    assert seen["good"] == [True, True, True]
    assert seen["library"] == str(runtime.course / "dcgan_lib" / "__init__.py")
    assert (runtime.course / "generated_images").resolve() == (runtime.drive / KEPT).resolve()
    assert "Mounted at" in seen["printed"] and KEPT in seen["printed"]
    assert "No GPU" in seen["printed"] or "GPU: " in seen["printed"]
    assert seen["heavy"] == []


def test_the_course_is_taken_from_a_folder_on_drive_without_what_lies_in_it(runtime):
    copy_course(runtime.drive / "dcgan-course")
    (runtime.drive / "dcgan-course" / "runs").mkdir()
    (runtime.drive / "dcgan-course" / "data").mkdir()
    (runtime.drive / "dcgan-course" / "data" / "mnist.npz").write_bytes(b"digits")
    seen = runtime.run("import dcgan_lib")
    assert seen["library"] == str(runtime.course / "dcgan_lib" / "__init__.py")
    assert not (runtime.course / "runs").exists()
    assert (runtime.course / "data" / "mnist.npz").read_bytes() == b"digits"
    assert "dcgan-course/data/mnist.npz" in seen["printed"]


@pytest.mark.parametrize("put_on_drive", [copy_course, zip_course])
def test_what_is_imported_later_comes_from_the_runtimes_own_disk(runtime, put_on_drive):
    name = "dcgan-course" if put_on_drive is copy_course else "dcgan-course.zip"
    put_on_drive(runtime.drive / name)
    again = first_cell().replace("/content", str(runtime.content))
    ask = "import dcgan_course.exercises.tasks, dcgan_course.colab.prepare, sys; print('HOMES', *sorted("
    ask += "{m.__file__ for n, m in sys.modules.items() if n.partition('.')[0] == 'dcgan_course'}))"
    seen = runtime.run(ask, again, ask)
    assert seen["good"] == [True] * 4
    for line in (line for line in seen["printed"].splitlines() if line.startswith("HOMES ")):
        homes = line.split()[1:]
        assert len(homes) > 5
        assert [home for home in homes if not home.startswith(f"{runtime.course}/dcgan_course/")] == []


@pytest.mark.slow
def test_the_course_is_cloned_from_the_instructors_address(runtime, tmp_path):
    copy_course(tmp_path / "origin")
    (tmp_path / "origin" / "notebooks" / "01_mnist.ipynb").write_text("{}")
    for command in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path / "origin", check=True)
    address = (tmp_path / "origin").as_uri()
    seen = runtime.run(
        "import dcgan_lib", edit=lambda cell: cell.replace('repository = ""', f'repository = "{address}"')
    )
    assert seen["library"] == str(runtime.course / "dcgan_lib" / "__init__.py")


def test_without_drive_and_address_a_zip_is_uploaded(runtime, tmp_path):
    chosen = zip_course(tmp_path / "dcgan-course.zip")
    seen = runtime.run("import dcgan_lib", edit=without_drive, drive=False, upload=chosen)
    assert seen["good"] == [True, True]
    assert seen["library"] == str(runtime.course / "dcgan_lib" / "__init__.py")
    assert "Mounted" not in seen["printed"] and "gone when the runtime ends" in seen["printed"]
    assert not (runtime.course / "generated_images").is_symlink()


@pytest.mark.slow
def test_an_address_that_does_not_answer_leads_to_the_upload(runtime, tmp_path):
    chosen, address = zip_course(tmp_path / "dcgan-course.zip"), (tmp_path / "nothing").as_uri()
    seen = runtime.run(edit=lambda cell: cell.replace('repository = ""', f'repository = "{address}"'), upload=chosen)
    assert seen["good"] == [True]
    assert "fatal: " in seen["printed"] and "Saving dcgan-course.zip" in seen["printed"]


def test_run_twice_and_after_a_cut_off_it_works_and_results_are_there(runtime):
    zip_course(runtime.drive / "dcgan-course.zip")
    write = f"open('{runtime.course}/generated_images/kept.txt', 'w').write('a checkpoint')"
    again = first_cell().replace("/content", str(runtime.content))
    assert runtime.run(write, again, again)["good"] == [True] * 4
    assert runtime.run(again)["good"] == [True] * 2  # The kernel was restarted, the disk is as it was.
    runtime.renew()
    seen = runtime.run()
    assert seen["good"] == [True]
    assert (runtime.course / "generated_images" / "kept.txt").read_text() == "a checkpoint"


@pytest.mark.slow
def test_what_was_trained_before_drive_was_wanted_moves_there_and_nothing_is_overwritten(runtime):
    zip_course(runtime.drive / "dcgan-course.zip")
    runtime.run()
    shutil.rmtree(runtime.drive / "pytest_img")
    runtime.run(edit=without_drive)
    (runtime.course / "generated_images" / "README.md").write_text("what is here")
    for name in ("MNIST", "FACES"):
        (runtime.course / "generated_images" / name).mkdir()
        (runtime.course / "generated_images" / name / "run.json").write_text("here")
    (runtime.drive / KEPT / "FACES").mkdir(parents=True)
    (runtime.drive / KEPT / "FACES" / "run.json").write_text("on Drive")
    assert runtime.run()["good"] == [True]
    assert (runtime.drive / KEPT / "MNIST" / "run.json").read_text() == "here"
    assert (runtime.drive / KEPT / "FACES" / "run.json").read_text() == "on Drive"
    assert {path.name for path in (runtime.drive / KEPT).iterdir()} == {"MNIST", "FACES"}
    assert (runtime.course / "generated_images.1" / "FACES" / "run.json").read_text() == "here"


def test_the_lectures_photos_on_drive_are_found_and_read(runtime):
    zip_course(runtime.drive / "dcgan-course.zip")
    photos = runtime.drive / "pytest_img" / "img_align_celeba_small"
    photos.mkdir(parents=True)
    for number in range(3):
        Image.new("RGB", (178, 218), (number, 0, 0)).save(photos / f"{number:06}.png")
    seen = runtime.run("from dcgan_lib import load_faces\nprint(load_faces(None))")
    assert "Photos and digits of your own: pytest_img/img_align_celeba_small." in seen["printed"]
    assert "Images(3, 28, 28, 1): 3 photos from data/img_align_celeba_small" in seen["printed"]


@pytest.mark.slow
def test_a_zip_of_photos_on_drive_is_read_in_place(runtime):
    zip_course(runtime.drive / "dcgan-course.zip")
    Image.new("RGB", (178, 218)).save(runtime.content / "1.png")
    with zipfile.ZipFile(runtime.drive / "img_align_celeba.zip", "w") as archive:
        archive.write(runtime.content / "1.png", "img_align_celeba/1.png")
    seen = runtime.run("from dcgan_lib import load_faces\nprint(load_faces(None))")
    assert "1 photos from data/img_align_celeba.zip" in seen["printed"]


def refuse_drive(runtime):
    return {"drive": False}


def have_no_course(runtime):
    return {}


def have_a_damaged_zip(runtime):
    (runtime.drive / "dcgan-course.zip").write_bytes(b"PK half of it")
    return {}


def have_other_files_where_drive_goes(runtime):
    (runtime.content / "gdrive").mkdir()
    (runtime.content / "gdrive" / "notes.txt").write_text("")
    return {}


def have_half_a_course(runtime):
    zip_course(runtime.drive / "dcgan-course.zip", parts=("dcgan_course",))
    return {}


def have_a_drive_that_cannot_be_written_to(runtime):
    zip_course(runtime.drive / "dcgan-course.zip")
    (runtime.drive / "pytest_img").write_text("a file in its place")
    return {}


@pytest.mark.parametrize(
    ("arrange", "sentence"),
    [
        (
            refuse_drive,
            "RuntimeError: No course in a closed Drive: allow access and run this again (mount failed)",
        ),
        (have_no_course, "No course in My Drive: put dcgan-course.zip there (No module named 'dcgan_course')"),
        (have_a_damaged_zip, "/gdrive/MyDrive/dcgan-course.zip'] (No module named 'dcgan_course')"),
        (have_other_files_where_drive_goes, "run this again (Mountpoint must not already contain files)"),
        (
            have_half_a_course,
            "dcgan-course.zip (it is not whole: dcgan_lib, pyproject.toml missing). Put a whole dcgan-course.zip in its place",
        ),
        (have_a_drive_that_cannot_be_written_to, "or set keep_results = False, and download your pictures"),
    ],
)
def test_each_failure_ends_in_a_sentence_that_says_what_to_do_and_afterwards_it_works(runtime, arrange, sentence):
    seen = runtime.run(**arrange(runtime))
    assert seen["good"] == [False]
    assert sentence in seen["printed"].strip().splitlines()[-1]
    assert "site-packages" not in seen["printed"] and "prepare.py" not in seen["printed"]
    if (runtime.drive / "pytest_img").is_file():
        (runtime.drive / "pytest_img").unlink()
    zip_course(runtime.drive / "dcgan-course.zip")
    shutil.rmtree(runtime.content / "gdrive", ignore_errors=True)
    assert runtime.run()["good"] == [True]


# Kind of what lies on Drive: what is passed over, and with which word. A good zip lies beside it, later in the alphabet.


def wrap_course(drive, name="dcgan-course", inner="dcgan-course"):
    (drive / name).mkdir()
    return copy_course(drive / name / inner)


def half_copy(drive, *parts):
    for part in parts:
        target = drive / "dcgan-course" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copyfile
        copy(ROOT / part, target)


def copy_without(drive, *parts):
    copy_course(drive / "dcgan-course")
    for part in parts:
        path = drive / "dcgan-course" / part
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def cut(drive, part):
    copy_course(drive / "dcgan-course")
    path = drive / "dcgan-course" / part
    path.write_bytes(path.read_bytes()[:-40])


def damage(drive, name="dcgan-course.zip"):
    content = bytearray(zip_course(drive / name).read_bytes())
    for index in range(len(content) // 3, len(content) // 3 + 400):
        content[index] ^= 255
    (drive / name).write_bytes(content)


def zip_again(drive, name="dcgan-course (1).zip"):
    inner = zip_course(drive / "inner")
    with zipfile.ZipFile(drive / name, "w") as archive:
        archive.write(inner, "dcgan-course.zip")
    inner.unlink()


LEFT = {
    "a PDF of that name": (lambda d: (d / "dcgan-course.pdf").write_bytes(b"%PDF-1.7 the slides"), "it is a PDF"),
    "a PDF called zip": (lambda d: (d / "dcgan-course (1).zip").write_bytes(b"%PDF-1.7 the slides"), "it is a PDF"),
    "a cut zip": (lambda d: (d / "dcgan-course (1).zip").write_bytes(b"PK\x03\x04" + bytes(99)), "a zip that is cut off"),
    "an altered zip": (lambda d: damage(d, "dcgan-course (1).zip"), "it is damaged"),
    "another zip": (lambda d: zipfile.ZipFile(d / "dcgan-a.zip", "w").writestr("a.txt", "a"), "no dcgan_course/ in it"),
    "a zip in a zip": (zip_again, "no dcgan_course/ in it"),
    "an empty folder": (lambda d: (d / "dcgan-course").mkdir(), "no dcgan_course/ in it"),
    "only the first file": (lambda d: half_copy(d, "dcgan_course/__init__.py"), "dcgan_lib, notebooks, pyproject.toml missing"),
    "only one package": (lambda d: half_copy(d, "dcgan_course"), "dcgan_lib, notebooks, pyproject.toml missing"),
    "only a part of a package": (lambda d: half_copy(d, "dcgan_course/colab/candidates.py"), "no dcgan_course/ in it"),
    "a folder without a subfolder": (lambda d: copy_without(d, "dcgan_lib/run"), "dcgan_lib/run/"),
    "a folder without a file": (lambda d: copy_without(d, "dcgan_course/colab/runtime.py"), "it is not whole"),
    "a folder with a cut file": (lambda d: cut(d, "dcgan_lib/dcgan.py"), "the end of dcgan_lib/dcgan.py missing"),
}  # fmt: skip


@pytest.mark.parametrize("kind", LEFT)
def test_what_is_not_the_whole_course_is_passed_over_and_why_and_the_good_zip_taken(runtime, kind):
    put, word = LEFT[kind]
    put(runtime.drive)
    zip_course(runtime.drive / "dcgan-course.zip")
    seen = runtime.run("import dcgan_lib", "import dcgan_course.exercises.tasks")
    assert seen["good"] == [True] * 3, seen["printed"]
    assert seen["library"] == str(runtime.course / "dcgan_lib" / "__init__.py")
    (line,) = [line for line in seen["printed"].splitlines() if line.startswith("Passed over: ")]
    assert word in line and str(runtime.content / "gdrive" / "MyDrive" / "dcgan-") in line


GOOD = {
    "a zip unpacked a level too deep": wrap_course,
    "GitHub's zip, unpacked": lambda d: copy_course(d / "dcgan-course-main"),
    "unpacked into a folder of the zip's name": lambda d: wrap_course(d, "dcgan-course-main (1)", "dcgan-course-main"),
    "another name": lambda d: zip_course(d / "dcgan-course (2).zip"),
    "a copy's name": lambda d: zip_course(d / "dcgan-course.zip의 사본.zip"),
    "no suffix": lambda d: zip_course(d / "dcgan-course"),
    "the zip in a folder": lambda d: (d / "dcgan-course").mkdir() or zip_course(d / "dcgan-course" / "dcgan-course.zip"),
}  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_the_course_is_found_however_it_was_put_there(runtime, kind):
    GOOD[kind](runtime.drive)
    seen = runtime.run("import dcgan_lib", "import dcgan_course.exercises.tasks")
    assert seen["good"] == [True] * 3, seen["printed"]
    assert seen["library"] == str(runtime.course / "dcgan_lib" / "__init__.py")
    assert "Passed over" not in seen["printed"]
    assert runtime.run()["good"] == [True]  # And again.


@pytest.mark.parametrize("top", ["dcgan-course-main/", "", "a/dcgan-course-main/"])
def test_the_course_lies_anywhere_in_a_zip(runtime, top):
    inner = zip_course(runtime.content / "inner")
    with zipfile.ZipFile(inner) as old, zipfile.ZipFile(runtime.drive / "dcgan-course-main.zip", "w") as new:
        for info in old.infolist():
            name = info.filename.removeprefix("dcgan-course/")
            if name:
                new.writestr(f"{top}{name}", old.read(info))
    seen = runtime.run("import dcgan_lib")
    assert seen["good"] == [True] * 2, seen["printed"]
    assert seen["library"] == str(runtime.course / "dcgan_lib" / "__init__.py")


def test_where_none_is_whole_each_is_named_with_its_reason_and_the_advice_is_to_replace_it(runtime):
    copy_without(runtime.drive, "dcgan_lib/run")
    (runtime.drive / "dcgan-course.zip").write_bytes(b"PK\x03\x04 cut")
    seen = runtime.run()
    assert seen["good"] == [False]
    last = seen["printed"].strip().splitlines()[-1]
    assert (
        last.startswith("None of these is the whole course: ")
        and "dcgan-course.zip (it is a zip that is cut off)" in last
    )
    assert "dcgan-course (it is not whole: dcgan_lib/run/" in last and "into My Drive" not in last


def test_a_course_in_the_runtime_that_is_not_whole_is_replaced_and_its_pictures_stay(runtime):
    copy_without(runtime.content, "dcgan_lib/run")
    (runtime.course / "generated_images").mkdir()
    (runtime.course / "generated_images" / "mine.png").write_bytes(b"mine")
    zip_course(runtime.drive / "dcgan-course.zip")
    assert runtime.run("import dcgan_lib.run.history")["good"] == [True, True]
    assert (runtime.content / "course.passed-over" / "generated_images" / "mine.png").is_file()


def without_drive(cell):
    return cell.replace("keep_results = True", "keep_results = False")
