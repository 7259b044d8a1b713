"""One run a folder, files whole or not at all, and a sentence for a disk that does not take them."""

import os
import re
import shutil
import subprocess
import threading
import time

import numpy as np
import pytest
from PIL import Image

from dcgan_lib import History, train
from dcgan_lib.run import observers
from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.run.folder import OutputFolder, saved_grids
from dcgan_lib.system.files import atomic_write

OPTIONS = {"batch_size": 4, "saving_interval": 5}


def assert_nothing_is_corrupt(folder):
    """Every picture opens, the history is as long as it says, and no checkpoint is other than its hash."""
    for path in folder.iterdir():
        if path.suffix in (".png", ".gif"):
            with Image.open(path) as picture:
                for frame in range(getattr(picture, "n_frames", 1)):
                    picture.seek(frame)
                    picture.load()
    assert len(History.load(folder)) == History.load(folder).run["steps_done"]
    said = []
    Checkpoint.load_newest(folder, say=said.append)
    assert said == []


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "file.txt"
    with atomic_write(path) as file:
        file.write("하나\n")
        assert not path.exists()
    assert path.read_bytes() == "하나\n".encode()
    with pytest.raises(KeyboardInterrupt):
        with atomic_write(path) as file:
            file.write("half of")
            raise KeyboardInterrupt
    assert path.read_bytes() == "하나\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_a_grid_is_called_as_on_the_slides_after_its_folder_or_a_name(tmp_path):
    assert OutputFolder(tmp_path / "MNIST").grid_path(200) == tmp_path / "MNIST" / "gan_mnist_200.png"
    assert OutputFolder(tmp_path / "FACES_color").grid_path(0).name == "gan_faces_color_0.png"
    assert OutputFolder(tmp_path / "FACES", name="cats").grid_path(7).name == "gan_cats_7.png"


@pytest.mark.parametrize("below", ["", "MNIST"])
def test_a_file_in_the_output_folders_place_is_named_in_a_sentence(new_small_dcgan, small_images, tmp_path, below):
    (tmp_path / "file").write_text("mine")
    path = tmp_path / "file" / below
    with pytest.raises(NotADirectoryError) as error:
        train(new_small_dcgan(), small_images, steps=1, output_dir=path)
    assert str(error.value) == (
        f"train: output_dir must be a folder, and there is a file in its place: '{path}'. Remove the file or name "
        f"another folder."
    )
    assert (tmp_path / "file").read_text() == "mine"


def test_a_second_run_into_a_folder_is_refused_until_the_first_is_killed(
    new_small_dcgan, small_images, tmp_path, start_child
):
    folder = tmp_path / "run"
    child = start_child(
        "import time\n"
        "from dcgan_lib.run.folder import OutputFolder\n"
        f"with OutputFolder({str(folder)!r}).hold():\n"
        "    print('alone', flush=True)\n"
        "    time.sleep(1_000)\n"
    )
    assert child.stdout.readline() == "alone\n"
    with pytest.raises(RuntimeError) as error:
        train(new_small_dcgan(), small_images, steps=1, **OPTIONS, output_dir=folder)
    assert str(error.value) == (
        f"train: another run is writing to '{folder}'. Wait until it ends, or name another output_dir."
    )
    assert list(folder.iterdir()) == []
    # Another folder is no other's business.
    train(new_small_dcgan(), small_images, steps=1, **OPTIONS, output_dir=tmp_path / "a" / "b" / "MNIST")
    assert (tmp_path / "a" / "b" / "MNIST" / "gan_mnist_0.png").is_file()
    child.kill()
    child.wait()
    assert (tmp_path / ".run.lock").exists()
    assert len(train(new_small_dcgan(), small_images, steps=1, **OPTIONS, output_dir=folder)) == 1


def test_the_folder_is_let_go_of_after_an_error(new_small_dcgan, small_images, tmp_path):
    dcgan = new_small_dcgan()
    dcgan.discriminator.layers[-1].bias.assign([float("nan")])
    with pytest.raises(FloatingPointError):
        train(dcgan, small_images, steps=1, **OPTIONS, output_dir=tmp_path / "run")
    assert len(train(new_small_dcgan(), small_images, steps=1, **OPTIONS, output_dir=tmp_path / "run")) == 1


def test_a_folder_that_is_moved_away_while_it_trains_ends_the_run_with_a_sentence(
    new_small_dcgan, small_images, tmp_path, monkeypatch
):
    monkeypatch.setattr(observers, "CHECKPOINT_SECONDS", 0.0)
    folder, away = tmp_path / "run", tmp_path / "away"

    def move():
        while not list(folder.glob("checkpoint_*.npz")):
            time.sleep(0.001)
        folder.rename(away)

    thread = threading.Thread(target=move, daemon=True)
    thread.start()
    with pytest.raises(OSError) as error:
        train(new_small_dcgan(), small_images, steps=10**9, **OPTIONS, output_dir=folder)
    thread.join()
    assert re.fullmatch(
        rf"train: '{re.escape(str(folder))}[^']*' could not be written after [\d,]+ steps: the folder was removed, with "
        rf"its checkpoints\. Put it back if it was moved, or train anew\.",
        str(error.value),
    )
    assert error.value.__cause__ is None and error.value.__suppress_context__
    assert not folder.exists()
    away.rename(folder)
    steps = len(Checkpoint.load_newest(folder))
    history = train(new_small_dcgan(), small_images, steps=steps + 7, **OPTIONS, output_dir=folder, resume=True)
    assert len(history) == steps + 7
    assert history.run["times"]["sessions"][-1]["first_step"] == steps
    assert_nothing_is_corrupt(folder)


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 1 MB in memory."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    made = mount and subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True, text=True
    )
    if not made or made.returncode:
        pytest.skip(f"a small file system could not be mounted: {made.stderr.strip() if made else 'no mount command'}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_ends_the_run_with_a_sentence_and_leaves_the_earlier_checkpoint(
    new_small_dcgan, small_images, small_disk, tmp_path, monkeypatch
):
    monkeypatch.setattr(observers, "CHECKPOINT_SECONDS", 0.0)
    folder, filler = small_disk / "run", small_disk / "filler"
    train(new_small_dcgan(), small_images, steps=6, **OPTIONS, output_dir=folder)
    written = set()
    for pages in (0, 2, 6, 12):  # The more pages are left, the later the first write that fails.
        kept = len(Checkpoint.load_newest(folder))
        status = os.statvfs(small_disk)
        filler.write_bytes(b"\0" * max(0, (status.f_bavail - pages) * status.f_frsize))
        with pytest.raises(OSError) as error:
            train(new_small_dcgan(), small_images, steps=1_000, **OPTIONS, output_dir=folder, resume=True)
        filler.unlink()
        sentence = re.fullmatch(
            rf"train: '{re.escape(str(folder))}/?([^']*)' could not be written after ([\d,]+) steps \(No space left on "
            rf"device\)\. Make room in the folder, or give the right to write there\. The checkpoint of ([\d,]+) steps "
            rf"is kept, and train\(\.\.\., resume=True\) goes on from it\.",
            str(error.value),
        )
        assert sentence, error.value
        written.add(sentence[2])
        assert_nothing_is_corrupt(folder)
        newest = len(Checkpoint.load_newest(folder))
        assert newest == int(sentence[3].replace(",", "")) >= kept
    assert len(written) > 1  # It was not always the same write that failed.

    steps = len(Checkpoint.load_newest(folder)) + 10
    history = train(new_small_dcgan(), small_images, steps=steps, **OPTIONS, output_dir=folder, resume=True)
    whole = train(new_small_dcgan(), small_images, steps=steps, **OPTIONS, output_dir=tmp_path / "whole" / "run")
    assert history.values.tobytes() == whole.values.tobytes()
    assert_nothing_is_corrupt(folder)


@pytest.mark.slow
def test_a_full_disk_at_the_end_of_a_run_leaves_no_half_picture(new_small_dcgan, small_images, small_disk, capsys):
    folder, filler = small_disk / "run", small_disk / "filler"
    train(new_small_dcgan(), small_images, steps=6, **OPTIONS, output_dir=folder)
    for pages in range(4, 40, 3):
        status = os.statvfs(small_disk)
        filler.write_bytes(b"\0" * max(0, (status.f_bavail - pages) * status.f_frsize))
        try:
            train(new_small_dcgan(), small_images, steps=6 + pages, **OPTIONS, output_dir=folder, resume=True)
        except OSError as error:
            assert re.search(r"after [\d,]+ steps", str(error))
        filler.unlink()
        assert_nothing_is_corrupt(folder)
    # The disk was full for a picture: that is said, and the run is finished.
    assert "losses.png could not be made (OSError: [Errno 28] No space left on device)" in capsys.readouterr().out


def test_a_folder_without_the_right_to_write_ends_with_a_sentence(new_small_dcgan, small_images, tmp_path, start_child):
    above = tmp_path / "above"
    beside, inside = above / "beside" / "run", above / "inside" / "run"
    for folder in (beside, inside):
        train(new_small_dcgan(), small_images, steps=6, **OPTIONS, output_dir=folder)
    (beside.parent / ".run.lock").chmod(0o444)
    (inside.parent / ".run.lock").chmod(0o666)  # Here the lock can be had, and the run itself cannot write.
    before = {path: path.read_bytes() for path in (*beside.iterdir(), *inside.iterdir())}
    code = (
        "import sys\n"
        "from permissions import obey_permissions\n"
        "from small_course import build_images, build_small_dcgan\n"
        "from dcgan_lib import train\n"
        "obey_permissions()\n"
        "for output_dir in sys.argv[1:]:\n"
        "    try:\n"
        "        options = dict(batch_size=4, saving_interval=5, resume=True)\n"
        "        train(build_small_dcgan(), build_images(), 9, output_dir=output_dir, **options)\n"
        "    except Exception as error:\n"
        "        print(type(error).__name__, error)\n"
    )
    closed = (beside, inside, beside.parent, inside.parent, above)
    for path in closed:
        path.chmod(0o555)
    try:
        child = start_child(code, beside, inside, above / "new")
        out, err = child.communicate(timeout=600)
    finally:
        for path in closed[::-1]:
            path.chmod(0o755)
    assert child.returncode == 0, err
    first, second, third = re.findall(r"\w*Error train: [^\n]*", out)
    assert first == (
        f"OSError train: '{beside.parent / '.run.lock'}' could not be written (Permission denied). Make room in the "
        f"folder, or give the right to write there."
    )
    assert re.fullmatch(
        rf"OSError train: '{re.escape(str(inside))}/[\w.]+' could not be written after 6 steps \(Permission denied\)\. "
        rf"Make room in the folder, or give the right to write there\. The checkpoint of 6 steps is kept, and "
        rf"train\(\.\.\., resume=True\) goes on from it\.",
        second,
    )
    assert third == (
        f"OSError train: the folder '{above / 'new'}' could not be made (Permission denied). Name another output_dir."
    )
    assert {path: path.read_bytes() for path in (*beside.iterdir(), *inside.iterdir())} == before
    assert len(train(new_small_dcgan(), small_images, steps=9, **OPTIONS, output_dir=inside, resume=True)) == 9


def test_figures_and_grids_are_replaced_whole(tmp_path):
    folder = OutputFolder(tmp_path / "run")
    path = folder.grid_path(0)
    folder.save_image(Image.new("L", (4, 4)), path)
    before = path.read_bytes()

    class Broken:
        def save(self, file, format):
            file.write(b"half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError):
        folder.save_image(Broken(), path)
    assert path.read_bytes() == before and list(saved_grids(folder.path)) == [0]
    assert [path.name for path in folder.path.iterdir()] == ["gan_run_0.png"]
    np.testing.assert_array_equal(np.asarray(Image.open(path)), np.zeros((4, 4)))
