"""What load_mnist, load_faces and their neighbours promise, on files that the tests make themselves."""

import gzip
import hashlib
import http.server
import os
import re
import struct
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan_lib.data import Images, course_path, load_faces, load_mnist, mnist
from dcgan_lib.scaling import scale_images, unscale_images
from dcgan_lib.system import paths

REAL_DATA = os.environ.get("DCGAN_DATA")  # Read before the fixture below takes it away.
DIGITS = np.random.default_rng(0).integers(0, 256, (30, 28, 28), dtype="uint8")


@pytest.fixture(autouse=True)
def no_server(empty_course, monkeypatch):
    """A course of its own, and a server of MNIST that is not there."""
    monkeypatch.setattr(mnist, "MNIST_URL", "http://127.0.0.1:1/mnist.npz")


@pytest.fixture
def serve(monkeypatch):
    """Serves bytes as MNIST's download on this machine; `pause` seconds between their four parts."""
    servers = []

    def start(content, pause=0, status=200):
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(status)
                self.end_headers()
                try:
                    for part in range(4):
                        self.wfile.write(content[part * len(content) // 4 : (part + 1) * len(content) // 4])
                        time.sleep(pause)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        monkeypatch.setattr(mnist, "MNIST_URL", f"http://127.0.0.1:{server.server_port}/mnist.npz")
        monkeypatch.setattr(mnist, "MNIST_URL_SHA256", hashlib.sha256(content).hexdigest())

    yield start
    for server in servers:
        server.shutdown()


def write_npz(folder, images=DIGITS):
    folder.mkdir(parents=True, exist_ok=True)
    np.savez(folder / "mnist.npz", x_train=images, y_train=np.zeros(len(images), "uint8"))
    return (folder / "mnist.npz").read_bytes()


def idx_bytes(images=DIGITS):
    return struct.pack(">4i", 0x803, *images.shape) + images.tobytes()


def save_photos(folder, count, colour=(200, 100, 50)):
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        Image.new("RGB", (178, 218), colour).save(folder / f"{number:06}.jpg", quality=95)
    return folder


def archive(path, folder):
    with zipfile.ZipFile(path, "w") as file:
        for photo in sorted(folder.iterdir()):
            file.write(photo, f"img_align_celeba/{photo.name}")


# scaling


def test_scaling_is_the_formula_of_the_slides_and_comes_back_exactly():
    every = np.arange(256, dtype="uint8")
    scaled = scale_images(every)
    assert scaled.dtype == np.float32
    assert (scaled[0], scaled[255]) == (-1.0, 1.0)
    np.testing.assert_allclose(scaled, (every - 127.5) / 127.5, atol=1e-7)
    np.testing.assert_array_equal(unscale_images(scaled), every)


def test_unscaling_clips_and_gives_uint8():
    result = unscale_images([-1.5, 0.0, 2.0])
    assert result.dtype == np.uint8
    assert result.tolist() == [0, 128, 255]


# Images


def test_images_are_the_array_without_a_copy_and_know_their_source():
    array = np.zeros((5, 28, 28, 1), "uint8")
    images = Images(array, "5 things", [("x.jpg", "truncated")])
    assert np.shares_memory(np.asarray(images), array)
    assert np.asarray(images, dtype="float32").dtype == np.float32
    assert not np.shares_memory(np.array(images, copy=True), array)
    assert (len(images), images.shape, images[0].shape, images[:3].shape) == (
        5,
        (5, 28, 28, 1),
        (28, 28, 1),
        (3, 28, 28, 1),
    )
    assert images.skipped == [("x.jpg", "truncated")]
    assert "5 things" in repr(images)


# course_path


def test_course_path_leaves_none_and_absolute_paths_and_starts_others_at_the_course(
    empty_course, tmp_path, monkeypatch
):
    monkeypatch.chdir(empty_course / "notebooks")
    assert course_path(None) is None
    assert course_path(tmp_path / "x") == tmp_path / "x"
    assert course_path("data") == empty_course / "data"


def test_course_path_finds_the_course_above_the_working_folder_where_the_library_is_installed_elsewhere(
    empty_course, tmp_path, monkeypatch
):
    monkeypatch.setattr(paths, "INSTALLED_IN", tmp_path / "site-packages")
    monkeypatch.chdir(empty_course / "notebooks")
    assert course_path("data") == empty_course / "data"
    monkeypatch.chdir(tmp_path)
    assert course_path("data") == tmp_path / "data"


# MNIST


@pytest.mark.parametrize("name", mnist.MNIST_FILES)
def test_mnist_is_read_in_every_form_and_files_that_are_not_mnist_do_not_claim_to_be(tmp_path, name):
    if name == "mnist.npz":
        write_npz(tmp_path)
    else:
        content = idx_bytes()
        (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    images = load_mnist(tmp_path)
    np.testing.assert_array_equal(np.asarray(images), DIGITS[..., None])
    assert images.source == f"30 images from {tmp_path.name}/{name}"


def test_real_mnist_is_recognised_by_its_content(tmp_path):
    if not REAL_DATA or not (Path(REAL_DATA) / "mnist.npz").is_file():
        pytest.skip("DCGAN_DATA names no folder with mnist.npz")
    images = load_mnist(REAL_DATA)
    assert images.shape == (60_000, 28, 28, 1)
    assert images.source.startswith("MNIST: 60,000 digits from ")
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx_bytes(np.asarray(images)[..., 0]), 1))
    assert load_mnist(tmp_path).source.startswith("MNIST: 60,000 digits from ")


# A plain idx file has no checksum, only a length; and only .npz has keys.
DAMAGES = [(name, damage) for name in mnist.MNIST_FILES for damage in ("cut", "text", "empty")]
DAMAGES += [(name, "flip") for name in mnist.MNIST_FILES if name.endswith((".npz", ".gz"))]
DAMAGES += [("mnist.npz", "key"), ("mnist.npz", "shape")]


@pytest.mark.parametrize(("name", "damage"), DAMAGES)
def test_a_damaged_mnist_file_is_named_and_refused(empty_course, name, damage):
    content = write_npz(empty_course / "data") if name == "mnist.npz" else idx_bytes()
    content = gzip.compress(content) if name.endswith(".gz") else content
    middle = len(content) // 2
    content = {
        "cut": content[:middle],
        "flip": content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :],
        "text": b"Not found",
        "empty": b"",
    }.get(damage, content)
    (empty_course / "data" / "mnist.npz").unlink(missing_ok=True)
    (empty_course / "data" / name).write_bytes(content)
    if damage in ("key", "shape"):
        np.savez(empty_course / "data" / name, **{"a" if damage == "key" else "x_train": DIGITS[:, :20]})
    path = re.escape(str(empty_course / "data" / name))
    # Only what is provably broken is to be deleted, under its full name; a file that holds something else is not.
    is_broken = damage not in ("key", "shape")
    expected = "is damaged: .* Delete it" if is_broken else "holds no digits as needed, .* Name another file"
    with pytest.raises(ValueError, match=f"load_mnist: '{path}' {expected}") as error:
        load_mnist()
    assert is_broken == ("Delete it" in str(error.value))


def test_a_named_folder_that_is_missing_or_has_no_mnist_is_an_error_and_nothing_falls_back(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="load_mnist: there is no file or folder '.*nowhere'. Correct"):
        load_mnist(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FileNotFoundError, match="load_mnist: no mnist.npz, .* in '.*empty'"):
        load_mnist(tmp_path / "empty")
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(
        FileNotFoundError, match="load_mnist: there is no file or folder '.*nowhere', which DCGAN_DATA names"
    ):
        load_mnist()


def test_dcgan_data_counts_where_no_argument_does(tmp_path, monkeypatch):
    write_npz(tmp_path / "a", DIGITS[:4])
    write_npz(tmp_path / "b", DIGITS[:5])
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "a"))
    assert len(load_mnist()) == 4
    assert len(load_mnist(tmp_path / "b")) == 5


def test_the_course_folder_comes_before_what_keras_downloaded(empty_course, tmp_path, monkeypatch):
    monkeypatch.chdir(empty_course / "notebooks")
    write_npz(tmp_path / "keras" / "datasets", DIGITS[:7])
    assert load_mnist().source == "7 images from datasets/mnist.npz"
    write_npz(empty_course / "data", DIGITS[:6])
    assert load_mnist().source == "6 images from data/mnist.npz"


def test_mnist_is_downloaded_once_checked_and_kept(empty_course, tmp_path, serve):
    serve(write_npz(tmp_path / "server"))
    assert load_mnist().source == "30 images from data/mnist.npz"
    mnist.MNIST_URL = "http://127.0.0.1:1/"
    assert len(load_mnist()) == 30
    assert [path.name for path in (empty_course / "data").iterdir()] == ["mnist.npz"]


@pytest.mark.parametrize("what", ["closed port", "404", "another file", "slow"])
def test_without_a_download_digits_are_drawn_and_the_reason_is_said(empty_course, tmp_path, serve, monkeypatch, what):
    monkeypatch.setattr(mnist, "DOWNLOAD_SECONDS", 0.5)
    content = write_npz(tmp_path / "server")
    reason = "no network"
    if what == "404":
        serve(content, status=404)
        reason = "the server answered 404"
    elif what == "another file":
        serve(content)
        monkeypatch.setattr(mnist, "MNIST_URL_SHA256", "0" * 64)
        reason = "another file was sent"
    elif what == "slow":
        serve(content, pause=0.3)
        reason = "its download took over 0.5 seconds"
    images = load_mnist()
    assert images.shape == (10_000, 28, 28, 1)
    assert np.asarray(images).dtype == np.uint8
    assert images.source == f"10,000 digits drawn by dcgan_lib (no MNIST in data/, and {reason})"
    assert not list((empty_course / "data").iterdir())


# Faces: where they come from


def test_without_photos_faces_are_drawn_said_and_every_option_holds():
    gray, colour = load_faces(), load_faces(color_mode="rgb", image_size=32, limit=7, crop="square")
    assert gray.shape == (100, 28, 28, 1)
    assert colour.shape == (7, 32, 32, 3)
    assert gray.source == "100 faces drawn by dcgan_lib (no photos in data/)"
    np.testing.assert_array_equal(load_faces(color_mode="rgb")[:, :, :, 2:], load_faces(channel=2)[:])


def test_faces_are_found_in_the_order_small_folder_folder_zip_any(empty_course, monkeypatch):
    folder = empty_course / "data"
    save_photos(folder / "mine", 1)
    assert load_faces().source == "1 photos from data"
    archive(folder / "img_align_celeba.zip", save_photos(empty_course / "zipped", 2))
    assert load_faces().source == "2 photos from data/img_align_celeba.zip"
    save_photos(folder / "img_align_celeba", 3)
    assert load_faces(folder).source == "3 photos from data/img_align_celeba"
    save_photos(folder / "img_align_celeba_small", 4)
    monkeypatch.chdir(empty_course / "notebooks")
    assert load_faces("data").source == "4 photos from data/img_align_celeba_small"
    monkeypatch.setenv("DCGAN_DATA", str(empty_course / "zipped"))
    assert load_faces().source == "2 photos from zipped"


def test_a_named_source_that_is_missing_or_empty_is_an_error(tmp_path, monkeypatch):
    with pytest.raises(FileNotFoundError, match="load_faces: there is no file or folder '.*nowhere'. Correct"):
        load_faces(tmp_path / "nowhere")
    (tmp_path / "faces").mkdir()
    for number in range(3):
        (tmp_path / "faces" / f"{number}.txt").write_text("no photo")
    expected = "load_faces: no .jpg, .jpeg, .png, .bmp, .webp under '.*/faces' .looked at 3 files.. Put photos there"
    with pytest.raises(FileNotFoundError, match=expected):
        load_faces(tmp_path / "faces")
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path / "faces"))
    with pytest.raises(FileNotFoundError, match=expected):
        load_faces()


@pytest.mark.parametrize(
    "wrong",
    [
        {"color_mode": "gray"},
        {"channel": 3},
        {"image_size": 30},
        {"image_size": 0},
        {"image_size": "28"},
        {"limit": 0},
        {"limit": 2.5},
        {"crop": "circle"},
    ],
)
def test_a_wrong_argument_is_answered_with_what_was_expected_and_received(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(ValueError, match=f"load_faces: {name} must be .* Received: {name}={value!r}"):
        load_faces(**wrong)


def test_importing_the_library_prints_nothing_imports_no_tensorflow_and_makes_no_file(tmp_path):
    code = "import sys, dcgan_lib, dcgan_lib.data; print([m for m in ('tensorflow', 'keras') if m in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(paths.__file__).parents[2])},
        capture_output=True,
        text=True,
    )
    assert (result.stdout, result.stderr) == ("[]\n", "")
    assert not [path for path in tmp_path.iterdir() if path.name not in ("course",)]
