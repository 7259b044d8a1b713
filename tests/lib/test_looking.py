"""Walking between two noises, and a page with a slider for a run's timeline."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from dcgan_lib import TimelinePage, interpolate
from dcgan_lib.grid import tile_images
from dcgan_lib.interpolation import great_circle


def read_frames_of(page):
    (found,) = re.findall(r'<script type="application/json" id="data">(.*)</script>', page.path.read_text("utf-8"))
    return json.loads(found)["frames"]


@pytest.fixture
def noises():
    return np.random.default_rng(0).normal(size=(2, 100)).astype("float32")


def test_a_great_circle_has_both_ends_turns_evenly_and_stays_as_far_out(noises):
    way = great_circle(*noises, 9)
    assert way.shape == (9, 100) and way.dtype == np.float32
    np.testing.assert_allclose(way[[0, -1]], noises, rtol=1e-4, atol=1e-5)
    lengths = np.linalg.norm(way, axis=1)
    np.testing.assert_allclose(lengths, np.linspace(lengths[0], lengths[-1], 9), rtol=1e-5)
    directions = way / lengths[:, None]
    angles = np.arccos((directions[1:] * directions[:-1]).sum(axis=1))
    np.testing.assert_allclose(angles, angles[0], rtol=1e-2)
    assert np.linalg.norm(noises.mean(axis=0)) < 0.8 * lengths.min()  # The straight way passes well inside.


def test_the_same_direction_and_the_opposite_one_are_straight_ways(noises):
    np.testing.assert_allclose(great_circle(noises[0], 2 * noises[0], 3)[1], 1.5 * noises[0], rtol=1e-5)
    assert np.isfinite(great_circle(noises[0], -noises[0], 3)).all()


def test_interpolation_draws_the_generators_pictures_side_by_side_and_as_a_gif(new_dcgan, noises, tmp_path):
    generator = new_dcgan((28, 28, 3)).generator
    strip = interpolate(generator, *noises, frames=5, path=tmp_path / "way.gif")
    drawn = generator(great_circle(*noises, 5), training=False).numpy()
    np.testing.assert_array_equal(strip, tile_images(drawn, columns=5))
    with Image.open(tmp_path / "way.gif") as gif:
        assert gif.n_frames == 8  # There and back.


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [(np.ones(3), np.ones(4), 5), (np.zeros(3), np.ones(3), 5), (np.ones((2, 3)), np.ones((2, 3)), 5), ([1], [2], 1)],
)
def test_ways_that_are_none_are_refused(start, end, frames):
    with pytest.raises(
        ValueError, match="^interpolate: needs two noise vectors of one length, not zero, and at least 2"
    ):
        interpolate(None, start, end, frames)


def test_a_timeline_page_holds_every_grid_in_one_file_that_loads_nothing(tmp_path):
    for step in (0, 200, 400):
        Image.new("L", (446, 446), step // 2).save(tmp_path / f"gan_mnist_{step}.png")
    page = TimelinePage(tmp_path)
    assert page.path == tmp_path / "timeline.html"
    frames = read_frames_of(page)
    assert [step for step, _ in frames] == [0, 200, 400]
    for step, source in frames:
        kind, content = source.split(",")
        assert kind == "data:image/webp;base64"
        with Image.open(io.BytesIO(base64.b64decode(content))) as picture:
            assert picture.size == (148, 148)
            assert abs(np.asarray(picture.convert("L")).mean() - step // 2) < 3


def test_a_timeline_page_goes_where_it_is_told_to(tmp_path):
    Image.new("L", (446, 446), 7).save(tmp_path / "gan_mnist_0.png")
    assert TimelinePage(tmp_path, path=tmp_path / "other.html").path == tmp_path / "other.html"
    assert (tmp_path / "other.html").is_file()


def test_many_grids_are_thinned_out_and_none_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="^TimelinePage: no gan_<name>_<step>.png in "):
        TimelinePage(tmp_path)
    for step in range(0, 100, 2):
        Image.new("L", (30, 30), step).save(tmp_path / f"gan_mnist_{step}.png")
    (tmp_path / "gan_mnist_98.png").write_bytes(b"cut off")
    steps = [step for step, _ in read_frames_of(TimelinePage(tmp_path, most_frames=7))]
    assert steps[0] == 0 and len(steps) == 6 and 98 not in steps
