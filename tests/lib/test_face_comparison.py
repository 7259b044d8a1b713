"""The comparison of recipes on 100 photos, on drawn faces and for a few steps."""

import numpy as np
import pytest
from PIL import Image

from benchmarks.faces import MEASURED, RECIPES, compare_faces, measure_faces
from dcgan_lib.data import draw_faces


@pytest.fixture(scope="module")
def faces():
    """uint8 (100, 28, 28, 1) drawn faces, gray."""
    return np.stack([np.asarray(Image.fromarray(face).resize((28, 28))) for face in draw_faces(100)])[..., :1]


def test_copies_have_no_distance_to_their_photos_and_are_counted(faces):
    photos, others = faces[:50], faces[50:]
    copied, new = measure_faces(photos, photos, others), measure_faces(photos, others[:25], others[25:])
    assert copied["copied"] == 1 and copied["nearest"] == 0
    assert copied["to_the_photos"] == pytest.approx(0, abs=1e-4)
    assert new["copied"] < 0.2 and new["nearest"] > 0.7
    assert set(MEASURED) < set(new)


@pytest.mark.slow
def test_the_table_has_the_floors_first_and_each_recipes_mean_last(faces, tmp_path):
    recipes = (RECIPES[0], RECIPES[-1])
    rows = list(compare_faces(faces[:50], faces[50:], [3], [0, 1], recipes, tmp_path))
    names = [name for name, *_ in recipes]
    expected = ["other real faces", "the photos again", *names, *names, *(f"{name}, mean" for name in names)]
    assert [row["recipe"] for row in rows] == expected
    assert rows[1]["copied"] == 1
    first, second = rows[2], rows[4]
    assert (first["seed"], second["seed"]) == (0, 1)
    for row in (rows[2], rows[4]):
        assert row["steps"] == 3
    assert rows[-2]["stripes"] == pytest.approx((first["stripes"] + second["stripes"]) / 2)
    assert rows[-2]["stripes_of_seeds"] == pytest.approx(abs(first["stripes"] - second["stripes"]) / 2)
    assert len(list(tmp_path.glob("*_grid.png"))) == len(list(tmp_path.glob("*_neighbours.png"))) == 4
