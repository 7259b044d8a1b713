"""The picture that a notebook shows while it trains: in its place, in time, and of no weight for the training."""

import base64
import io
import os
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from PIL import Image

from dcgan_lib import train
from dcgan_lib.run.live_picture import LivePicture

ROOT = Path(__file__).resolve().parents[2]

CELL = """
from dcgan_lib import DCGAN, build_discriminator, build_generator, draw_digits, train
dcgan = DCGAN(build_generator(), build_discriminator())
history = train(
    dcgan, draw_digits(64)[0][..., None], {steps}, batch_size=4, saving_interval=2, output_dir={folder!r}, resume=True
)
"""


class Place:
    """A notebook's side: what is shown in one output, and what was shown before."""

    def __init__(self):
        self.shown = []

    def update(self, data, metadata, raw):
        self.shown.append((data, metadata))


@pytest.fixture
def place(monkeypatch):
    place = Place()
    monkeypatch.setattr("dcgan_lib.run.live_picture._open_place", lambda step: place)
    return place


def steps_shown(place):
    return [int(data["text/plain"].split("step ")[1].split(",")[0]) for data, _ in place.shown]


def test_a_notebook_keeps_the_last_picture_above_the_bar_and_a_run_without_another_grid_shows_none(tmp_path):
    codes = [CELL.format(folder=str(tmp_path / "run"), steps=steps) for steps in (5, 5, 6)]
    cells = [nbformat.v4.new_code_cell(code) for code in codes]
    notebook = nbformat.v4.new_notebook(cells=cells)
    resources = {"metadata": {"path": str(tmp_path)}}
    client = NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources)
    client.execute(env={**os.environ, "PYTHONPATH": str(ROOT)})
    picture, *rest = notebook.cells[0].outputs
    words = "25 generated images after step 4, and the two losses up to there."
    assert picture.data["text/plain"] == words and picture.metadata["image/png"] == {"alt": words}
    image = Image.open(io.BytesIO(base64.b64decode(picture.data["image/png"])))
    assert image.size == (800, 320) and np.asarray(image.convert("L")).std() > 20
    assert {output.output_type for output in rest} == {"stream"}
    assert len(picture.data["image/png"]) < 150_000
    finished, last_step = ({output.output_type for output in cell.outputs} for cell in notebook.cells[1:])
    assert finished == last_step == {"stream"}


def test_in_a_script_nothing_is_shown(new_small_dcgan, small_images, tmp_path, capsys):
    train(new_small_dcgan(), small_images, steps=3, batch_size=4, saving_interval=1, output_dir=tmp_path / "run")
    assert "picture" not in capsys.readouterr().out


def test_grids_that_come_faster_than_they_can_be_shown_are_left_out_but_not_the_last(
    place, new_small_dcgan, small_images, tmp_path
):
    train(new_small_dcgan(), small_images, steps=40, batch_size=4, saving_interval=1, output_dir=tmp_path / "run")
    shown = steps_shown(place)
    assert shown[0] == 0 and shown[-1] == 39
    assert len(shown) < 20  # Forty such tiny steps take less time than twenty pictures.


def test_drawing_takes_a_fiftieth_of_the_time_between_two_pictures(place, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("dcgan_lib.run.live_picture.time.monotonic", lambda: clock[0])
    picture = LivePicture(interval=10, done=0, steps=1_000)

    def show(session):
        clock[0] += 0.5
        place.shown.append(session)

    monkeypatch.setattr(picture, "_show", show)
    for step in range(0, 1_000, 10):
        picture.see(step, step)
        clock[0] += 1.0
    assert place.shown == [0, 250, 500, 750, 990]


def test_a_picture_that_cannot_be_shown_is_said_once_and_the_training_goes_on(
    place, new_small_dcgan, small_images, tmp_path, capsys, monkeypatch
):
    def fail(*arguments, **options):
        raise OSError("the browser is gone")

    monkeypatch.setattr(place, "update", fail)
    history = train(
        new_small_dcgan(), small_images, steps=6, batch_size=4, saving_interval=2, output_dir=tmp_path / "run"
    )
    assert len(history) == 6
    said = "The pictures cannot be shown while it trains (OSError: the browser is gone). It goes on."
    assert capsys.readouterr().out.count(said) == 1


def test_the_bits_of_a_run_are_the_same_whether_it_is_shown_or_not(place, new_small_dcgan, small_images, tmp_path):
    options = {"steps": 9, "batch_size": 4, "saving_interval": 2}
    shown = train(new_small_dcgan(), small_images, **options, output_dir=tmp_path / "shown")
    assert len(place.shown) >= 2
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dcgan_lib.run.live_picture._open_place", lambda step: None)
        hidden = train(new_small_dcgan(), small_images, **options, output_dir=tmp_path / "hidden")
    assert shown.values.tobytes() == hidden.values.tobytes()
