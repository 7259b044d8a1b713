"""The commands `python -m dcgan_course celeba | photos | samples`, run as a user runs them."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import dcgan_lib
from dcgan_course import __main__ as commands
from dcgan_lib.data import load_faces, load_mnist

ROOT = Path(dcgan_lib.__file__).parents[1]


def run(*arguments, cwd=None):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "dcgan_course", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True)


def test_help_answers_at_once_and_names_the_commands():
    result = run("--help")
    assert result.returncode == 0
    for name in ("celeba", "photos", "samples"):
        assert name in result.stdout
    code = "import sys, dcgan_course.__main__; print([name for name in ('numpy', 'keras') if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout == "[]\n"


def test_photos_tells_count_sizes_modes_duplicates_bad_files_and_draws_a_contact_sheet(tmp_path):
    folder = tmp_path / "faces"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for number in range(5):
        Image.fromarray(rng.integers(0, 256, (218, 178, 3), dtype="uint8")).save(folder / f"{number}.jpg")
    Image.new("L", (30, 40), 99).save(folder / "gray.png")
    (folder / "same.jpg").write_bytes((folder / "2.jpg").read_bytes())
    (folder / "text.jpg").write_text("no photo")
    result = run("photos", folder, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == [
        f"8 photos in {folder}",
        "sizes: 178x218 (6), 30x40 (1)",
        "modes: RGB (6), L (1)",
        "duplicates: 1",
        "  same.jpg = 2.jpg",
        "bad files: 1",
        "  text.jpg: not an image",
        "contact sheet: contact_sheet.png",
    ]
    with Image.open(tmp_path / "contact_sheet.png") as sheet:
        cell = np.asarray(sheet)[109 - 60 : 109 - 50, 5 * 89 + 40 : 5 * 89 + 50]
    assert np.unique(cell).tolist() == [99]


def test_photos_of_nothing_is_one_sentence(tmp_path):
    for path in ("nowhere", "empty"):
        (tmp_path / "empty").mkdir(exist_ok=True)
        result = run("photos", path, cwd=tmp_path)
        assert result.returncode == 1
        assert result.stderr.count("\n") == 1
        assert result.stderr.startswith("photos: ")
        assert "Traceback" not in result.stderr


def test_samples_writes_a_folder_that_both_loaders_take(tmp_path):
    result = run("samples", tmp_path / "out", "--digits", 20, "--faces", 3)
    assert result.returncode == 0, result.stderr
    assert load_mnist(tmp_path / "out").shape == (20, 28, 28, 1)
    assert load_faces(tmp_path / "out", color_mode="rgb").shape == (3, 28, 28, 3)
    with Image.open(tmp_path / "out" / "faces" / "000001.jpg") as face:
        assert (face.format, face.size) == ("JPEG", (178, 218))
    again = run("samples", tmp_path / "out")
    assert again.returncode == 1
    assert "is there already" in again.stderr and "Traceback" not in again.stderr


def test_celeba_prints_the_terms_and_asks_to_accept_them(tmp_path):
    result = run("celeba", "--output", tmp_path / "out")
    assert result.returncode == 1
    assert "non-commercial" in result.stdout
    assert "--accept-terms" in result.stderr
    assert not (tmp_path / "out").exists()


def test_celeba_without_network_says_the_way_on(tmp_path, monkeypatch, capsys):
    pytest.importorskip("datasets")
    monkeypatch.setattr("datasets.config.HF_HUB_OFFLINE", True)
    assert commands.main(["celeba", "--accept-terms", "--count", "3", "--output", str(tmp_path / "out")]) == 1
    error = capsys.readouterr().err
    assert "celeba: 0 of 3 photos are in" in error and "drawn faces" in error and "img_align_celeba.zip" in error


@pytest.fixture
def data_set(tmp_path):
    """A local parquet data set of the schema of flwrlabs/celeba: 8 JPEGs and a PNG among them."""
    datasets = pytest.importorskip("datasets")
    rows = {"image": [], "celeb_id": [], "Smiling": []}
    for number in range(9):
        file = io.BytesIO()
        Image.new("RGB", (178, 218), (number * 20, 0, 0)).save(file, "PNG" if number == 4 else "JPEG", quality=95)
        rows["image"].append({"bytes": file.getvalue(), "path": f"{number + 1:06}.jpg"})
        rows["celeb_id"].append(number)
        rows["Smiling"].append(number % 2 == 0)
    features = {"image": datasets.Image(), "celeb_id": datasets.Value("int64"), "Smiling": datasets.Value("bool")}
    (tmp_path / "hub").mkdir()
    table = datasets.Dataset.from_dict(rows, features=datasets.Features(features))
    table.to_parquet(str(tmp_path / "hub" / "train-00000-of-00001.parquet"))
    return tmp_path / "hub", rows


def test_celeba_fetches_that_many_goes_on_where_it_was_cut_off_and_stops_at_the_end(tmp_path, data_set, monkeypatch):
    from dcgan_course.datasets import celeba

    (hub, rows), out = data_set, tmp_path / "out"
    assert celeba.stream_celeba(out, 3, hub) == 3
    assert [path.name for path in sorted(out.iterdir())] == ["000001.jpg", "000002.jpg", "000003.jpg"]
    assert (out / "000002.jpg").read_bytes() == rows["image"][1]["bytes"]  # The file as it was, not written anew.

    real_write, calls = celeba.atomic_write, []

    def cut_off(path, mode):
        calls.append(path)
        if len(calls) == 3:
            raise ConnectionResetError("the line is dead")
        return real_write(path, mode)

    monkeypatch.setattr(celeba, "atomic_write", cut_off)
    with pytest.raises(ConnectionError, match="celeba: 5 of 8 photos are in .*the line is dead.*Start it again"):
        celeba.stream_celeba(out, 8, hub)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    assert len(before) == 5
    assert celeba.stream_celeba(out, 8, hub) == 8
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert celeba.stream_celeba(out, 50, hub) == 9  # The data set has no more.
    faces = load_faces(out)
    assert not faces.skipped
    np.testing.assert_allclose(faces[:, 14, 14, 0], np.arange(9) * 20, atol=3)
    assert celeba.stream_celeba(out, 9, tmp_path / "no such hub") == 9  # All there: nothing is asked for.
