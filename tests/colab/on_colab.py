"""The course on Colab's versions: each master in a runtime of its own, the first cell included.

`make test-colab` runs this in an environment of those versions; it is no part of `make test`.
"""

import json
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from nbclient import NotebookClient

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

from colab.rewriting import as_colab_saves  # noqa: E402
from colab.test_colab import KEPT, MASTERS, Runtime  # noqa: E402
from dcgan_course.instructor.releasing.command import write_release  # noqa: E402

PINS = TESTS / "colab" / "requirements.txt"
GRIDS = {"01_mnist": "MNIST", "02_faces_grayscale": "FACES", "03_faces_colour": "FACES_color"}


class Colab(Runtime):
    """A runtime with Colab's packages that runs whole notebooks."""

    def run_notebook(self, notebook, **parameters):
        """Runs a notebook as Colab would, with parameters injected; returns it with its outputs."""
        notebook = nbformat.from_dict(notebook)
        for cell in notebook.cells:
            cell.source = cell.source.replace("/content", str(self.content))
        index = next(i for i, cell in enumerate(notebook.cells) if cell.source.startswith("steps = "))
        lines = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
        notebook.cells.insert(index + 1, nbformat.v4.new_code_cell(lines))
        kernels = self.content.parent / "jupyter"
        spec = kernels / "colab"
        spec.mkdir(parents=True, exist_ok=True)
        argv = [self.python, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        environment = {"STAND_IN_DRIVE": str(self.drive), "HOME": str(self.content), "PYTHONPATH": "", "DCGAN_DATA": ""}
        described = {"argv": argv, "display_name": "Colab", "language": "python", "env": environment}
        (spec / "kernel.json").write_text(json.dumps(described))
        client = NotebookClient(
            notebook, timeout=600, kernel_name="colab", resources={"metadata": {"path": str(self.content)}}
        )
        client.create_kernel_manager().kernel_spec_manager = KernelSpecManager(kernel_dirs=[str(kernels)])
        client.execute()
        return notebook

    def packages(self):
        """Lists what pip sees in the runtime, name to version."""
        command = [self.python, "-m", "pip", "list", "--format=json"]
        listed = subprocess.run(command, capture_output=True, text=True, check=True, cwd=self.content)
        return {entry["name"]: entry["version"] for entry in json.loads(listed.stdout)}


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """The zip that an instructor hands out."""
    folder = tmp_path_factory.mktemp("course") / "release"
    write_release(TESTS.parent, folder)
    return folder / "dcgan-course.zip"


@pytest.fixture
def colab(tmp_path, released):
    runtime = Colab(tmp_path)
    shutil.copyfile(released, runtime.drive / "dcgan-course.zip")
    return runtime


def printed(notebook):
    return "".join(
        output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []) if output.get("text")
    )


def trained(colab, name):
    folder = colab.drive / KEPT / GRIDS[name]
    return json.loads((folder / "run.json").read_text("utf-8")), {path.name for path in folder.iterdir()}


def test_this_environment_has_colabs_versions():
    pins = [line for line in PINS.read_text("utf-8").splitlines() if "==" in line and not line.startswith("#")]
    assert {pin: metadata.version(pin.split("==")[0]) for pin in pins} == {pin: pin.split("==")[1] for pin in pins}
    assert sys.version_info[:2] in ((3, 12), (3, 13))


def as_saved(master):
    """Reads a master as Colab has saved it."""
    return nbformat.reads(json.dumps(as_colab_saves(nbformat.read(master, as_version=4))), as_version=4)


@pytest.mark.parametrize("master", [MASTERS[0], MASTERS[2]], ids=lambda path: path.stem)
def test_a_master_as_colab_saves_it_runs_and_keeps_its_pictures_on_drive(colab, master):
    before = colab.packages()
    done = colab.run_notebook(as_saved(master), steps=5, saving_interval=2)
    run, files = trained(colab, master.stem)
    assert run["finished"] is True and run["steps_done"] == 5
    name = GRIDS[master.stem].lower()
    assert {f"gan_{name}_{step}.png" for step in (0, 2, 4)} < files
    assert "The course is in" in printed(done) and "Drive" in printed(done)
    stderr = [output for cell in done.cells for output in cell.get("outputs", []) if output.get("name") == "stderr"]
    assert stderr == []
    after = colab.packages()
    assert {name: version for name, version in after.items() if name != "dcgan-course"} == before
    assert "dcgan-course" in after


def test_after_a_cut_off_the_same_notebook_goes_on_from_its_checkpoint_on_drive(colab):
    master = nbformat.read(MASTERS[1], as_version=4)  # As it was given out.
    colab.run_notebook(master, steps=3, saving_interval=2)
    colab.renew()
    colab.run_notebook(master, steps=5, saving_interval=2)
    run, _ = trained(colab, MASTERS[1].stem)
    assert [session["first_step"] for session in run["times"]["sessions"]] == [0, 3]
    assert run["steps_done"] == 5 and run["finished"] is True
