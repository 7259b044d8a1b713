"""The training loop keeps what the lecture keeps, with the same bits whatever cuts it into pieces."""

import hashlib
import json
import re
import signal
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from small_course import build_small_dcgan

from dcgan_lib import DCGAN, History, Images, TunedDCGAN, train
from dcgan_lib.grid import tile_images
from dcgan_lib.run import observers
from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.run.folder import saved_grids

COLUMNS = ("d_loss", "g_loss", "d_real", "d_fake")
OPTIONS = {"steps": 21, "batch_size": 4, "saving_interval": 10}


def weights_of(dcgan):
    return b"".join(
        weight.tobytes() for network in (dcgan.generator, dcgan.discriminator) for weight in network.get_weights()
    )


def pictures_of(folder):
    return {path.name: path.read_bytes() for path in saved_grids(folder).values()}


def whole_run(build, images, folder, **options):
    """Trains from new; returns everything whose bits must be the same."""
    dcgan = build()
    history = train(dcgan, images, **{**OPTIONS, "output_dir": folder, **options})
    return history.values.tobytes(), weights_of(dcgan), pictures_of(folder)


@pytest.fixture(scope="module")
def reference(small_images, tmp_path_factory):
    """The bits of a run that others are compared with, and where it is."""
    folder = tmp_path_factory.mktemp("reference") / "run"
    return whole_run(build_small_dcgan, small_images, folder), folder


def test_a_run_leaves_one_loss_a_step_and_the_lectures_files(new_small_dcgan, small_images, tmp_path, capsys):
    dcgan = new_small_dcgan()
    folder = tmp_path / "FACES_color"
    history = train(dcgan, small_images, **OPTIONS, output_dir=folder)
    assert isinstance(history, History) and len(history) == 21
    for name in COLUMNS:
        assert getattr(history, name).dtype == np.float32 and getattr(history, name).shape == (21,)
        assert np.isfinite(getattr(history, name)).all()
    assert len(set(history.g_loss)) == 21
    files = {path.name for path in folder.iterdir()}
    checkpoint = {name for name in files if re.fullmatch(r"checkpoint_00000021_[0-9a-f]{16}\.npz", name)}
    assert len(checkpoint) == 1
    assert files - checkpoint == {
        "gan_faces_color_0.png",
        "gan_faces_color_10.png",
        "gan_faces_color_20.png",
        "losses.png",
        "training.gif",
        "generator.keras",
        "history.csv",
        "run.json",
    }
    for name in files:
        if name.endswith((".png", ".gif")):
            with Image.open(folder / name) as picture:
                picture.load()
    np.testing.assert_array_equal(History.load(folder).values, history.values)
    assert "take about" not in capsys.readouterr().out  # That is said after 50 steps.


@pytest.mark.parametrize("recipe", [DCGAN, TunedDCGAN])
def test_what_was_trained_can_be_loaded_with_two_lines_and_draws_the_same(
    new_small_dcgan, small_images, tmp_path, recipe
):
    dcgan = new_small_dcgan(kind=recipe)
    train(dcgan, small_images, **OPTIONS, output_dir=tmp_path)
    generator = keras.saving.load_model(tmp_path / "generator.keras")
    noise = np.random.default_rng(1).normal(0, 1, (5, generator.input_shape[1])).astype("float32")
    np.testing.assert_array_equal(generator(noise, training=False), dcgan.generator(noise, training=False))


def test_a_generator_that_keras_cannot_save_costs_no_training(new_small_dcgan, small_images, tmp_path, capsys):
    (tmp_path / "generator.keras").mkdir()  # Something is in the way.
    history = train(new_small_dcgan(), small_images, **OPTIONS, output_dir=tmp_path)
    assert history.run["finished"] is True and "generator.keras could not be made" in capsys.readouterr().out


def test_run_json_says_what_made_the_run(new_small_dcgan, small_images, tmp_path):
    dcgan = new_small_dcgan()
    images = Images(small_images, "40 images without meaning", skipped=[("bad.jpg", "no picture")])
    history = train(dcgan, images, **OPTIONS, output_dir=tmp_path / "run", name="faces", seed=5)
    run = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    assert run == history.run
    assert run["finished"] is True and run["steps_done"] == 21
    assert run["parameters"] == {
        **OPTIONS,
        "latent_dim": 6,
        "image_shape": [4, 4, 1],
        "name": "faces",
        "seed": 5,
    }
    assert run["source"]["description"] == "40 images without meaning"
    assert run["source"]["count"] == 40 and run["source"]["skipped"] == 1 and len(run["source"]["sha256"]) == 64
    needed = run["equal_bits_need"]
    assert needed["versions"]["keras"] == keras.__version__ and needed["threads"] >= 1 and needed["device"]
    (session,) = run["times"]["sessions"]
    assert session["first_step"] == 0 and session["steps"] == 21 and len(session["weights_before"]) == 64
    assert sorted(saved_grids(tmp_path / "run")) == [0, 10, 20]
    assert (tmp_path / "run" / "gan_faces_20.png").is_file()


def test_the_losses_are_those_of_update_on_the_images_given(new_small_dcgan, tmp_path):
    """With one image there is one batch: the discriminator's word on it before the first step is d_real."""
    image = np.full((1, 4, 4, 1), 200, "uint8")
    dcgan = new_small_dcgan()
    for layer in dcgan.discriminator.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    expected = float(dcgan.discriminator((image.astype("float32") - 127.5) / 127.5, training=False)[0, 0])
    history = train(dcgan, image, steps=1, batch_size=3, output_dir=tmp_path / "run")
    assert history.d_real[0] == pytest.approx(expected, rel=1e-6)


def test_grids_are_drawn_after_their_update_from_the_same_noise(new_small_dcgan, small_images, tmp_path):
    dcgan = new_small_dcgan()
    train(dcgan, small_images, steps=1, batch_size=4, output_dir=tmp_path / "run")
    first = (tmp_path / "run" / "gan_run_0.png").read_bytes()
    noise = tf.random.stateless_normal((25, 6), [0, -1])
    with Image.open(tmp_path / "run" / "gan_run_0.png") as picture:
        np.testing.assert_array_equal(picture, tile_images(dcgan.generator(noise, training=False).numpy()))
    train(dcgan, small_images, steps=3, batch_size=4, output_dir=tmp_path / "run", saving_interval=2, resume=True)
    grids = pictures_of(tmp_path / "run")
    assert sorted(grids) == ["gan_run_0.png", "gan_run_2.png"] and grids["gan_run_0.png"] == first
    with Image.open(tmp_path / "run" / "gan_run_2.png") as picture:
        np.testing.assert_array_equal(picture, tile_images(dcgan.generator(noise, training=False).numpy()))


@pytest.mark.parametrize(("steps", "saving_interval", "expected"), [(5, 2, [0, 2, 4]), (3, 99, [0])])
def test_step_0_and_every_saving_interval_have_a_grid(
    new_small_dcgan, small_images, tmp_path, steps, saving_interval, expected
):
    train(new_small_dcgan(), small_images, steps, 4, saving_interval, output_dir=tmp_path / "run")
    assert list(saved_grids(tmp_path / "run")) == expected


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(new_small_dcgan, small_images, tmp_path, reference):
    one, folder = reference
    assert whole_run(new_small_dcgan, small_images, tmp_path / "run") == one
    other = whole_run(new_small_dcgan, small_images, tmp_path / "other" / "run", seed=1)
    assert all(ours != theirs for ours, theirs in zip(one, other, strict=True))
    # The seed decides what is drawn on the way; the initial weights are the caller's.
    initial = [
        History.load(path).run["times"]["sessions"][0]["weights_before"]
        for path in (folder, tmp_path / "other" / "run")
    ]
    assert initial[0] == initial[1] != hashlib.sha256(one[1]).hexdigest()


def test_the_bits_do_not_depend_on_the_saving_interval_nor_on_the_steps_in_a_call(
    new_small_dcgan, small_images, tmp_path, monkeypatch, reference
):
    (losses, weights, pictures), _ = reference
    often = whole_run(new_small_dcgan, small_images, tmp_path / "a" / "run", saving_interval=4)
    assert often[:2] == (losses, weights)
    assert often[2]["gan_run_20.png"] == pictures["gan_run_20.png"]
    monkeypatch.setattr("dcgan_lib.run.progress._CALL_SECONDS", 0.0)  # One step a call.
    assert whole_run(new_small_dcgan, small_images, tmp_path / "b" / "run") == (losses, weights, pictures)


@pytest.mark.slow
def test_the_lectures_networks_give_the_same_bits_in_another_process(new_dcgan, digits, tmp_path, run_child):
    images = digits[:50]
    np.save(tmp_path / "digits.npy", images)
    options = {"steps": 6, "batch_size": 8, "saving_interval": 5}
    ours = whole_run(new_dcgan, images, tmp_path / "here" / "MNIST", **options)
    run_child(
        "import numpy as np, sys\n"
        "from small_course import build_dcgan\n"
        "from dcgan_lib import train\n"
        "dcgan = build_dcgan()\n"
        f"train(dcgan, np.load('digits.npy'), **{options}, output_dir={str(tmp_path / 'there' / 'MNIST')!r})\n"
        "weights = dcgan.generator.get_weights() + dcgan.discriminator.get_weights()\n"
        "open('weights', 'wb').write(b''.join(weight.tobytes() for weight in weights))\n"
    )
    there = tmp_path / "there" / "MNIST"
    theirs = History.load(there).values.tobytes(), (tmp_path / "weights").read_bytes(), pictures_of(there)
    assert [one == other for one, other in zip(ours, theirs, strict=True)] == [True] * 3


def test_a_whole_run_makes_one_trace_its_shorter_last_call_included(
    new_small_dcgan, small_images, tmp_path, monkeypatch
):
    traces = []
    update = DCGAN.update

    def counted_update(self, real, noise):
        traces.append(real.shape)
        return update(self, real, noise)

    monkeypatch.setattr(DCGAN, "update", counted_update)
    train(new_small_dcgan(), small_images, steps=44, batch_size=4, saving_interval=7, output_dir=tmp_path / "run")
    assert len(traces) == 1


def test_a_batch_may_be_larger_than_the_data_and_that_is_said(new_small_dcgan, small_images, tmp_path, capsys):
    history = train(new_small_dcgan(), small_images[:3], steps=2, batch_size=5, output_dir=tmp_path / "run")
    assert len(history) == 2
    assert "batch_size=5 is more than the 3 images: some come more than once in a batch." in capsys.readouterr().out


@pytest.mark.slow
def test_images_and_their_array_give_the_same_run(new_small_dcgan, small_images, tmp_path, reference):
    assert whole_run(new_small_dcgan, Images(small_images, "images"), tmp_path / "run") == reference[0]


def test_whole_numbers_of_numpy_are_whole_numbers(new_small_dcgan, small_images, tmp_path):
    history = train(
        new_small_dcgan(),
        small_images,
        steps=np.int64(3),
        batch_size=np.int32(4),
        saving_interval=np.int64(2),
        seed=np.uint8(1),
        output_dir=tmp_path / "run",
    )
    assert len(history) == 3 and history.run["parameters"]["batch_size"] == 4
    assert json.loads((tmp_path / "run" / "run.json").read_text())["parameters"]["seed"] == 1


@pytest.fixture(scope="module")
def untrained():
    return build_small_dcgan()


@pytest.mark.parametrize("shape", [(40, 4, 4), (4, 4, 1), (40, 4, 4, 3), (40, 8, 8, 1), (0, 4, 4, 1)])
def test_images_of_another_shape_are_refused(untrained, tmp_path, shape):
    with pytest.raises(ValueError) as error:
        train(untrained, np.zeros(shape, "uint8"), steps=1, output_dir=tmp_path / "run")
    assert str(error.value) == (
        f"train: images must have the shape (n, 4, 4, 1), which is what the discriminator takes. "
        f"Received: shape={shape}."
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_images_of_another_dtype_are_refused(untrained, small_images, tmp_path, dtype):
    with pytest.raises(ValueError) as error:
        train(untrained, small_images.astype(dtype), steps=1, output_dir=tmp_path / "run")
    assert str(error.value) == (
        f"train: images must be uint8, 0 to 255; they are scaled to [-1, 1] while training. Received: dtype={dtype}."
    )


@pytest.mark.parametrize("argument", ["steps", "batch_size", "saving_interval", "evaluate_every"])
@pytest.mark.parametrize("value", [0, -1, True, 2.0, "10", None])
def test_counts_that_are_none_are_refused(untrained, small_images, tmp_path, argument, value):
    if value is None and argument in ("batch_size", "evaluate_every"):
        return  # There None means something: the class's batch size, and no measures.
    with pytest.raises(ValueError) as error:
        train(untrained, small_images, **{**OPTIONS, argument: value}, output_dir=tmp_path / "run")
    assert str(error.value) == (
        f"train: {argument} must be a whole number from 1 to 1,073,741,824. Received: {argument}={value!r}."
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("seed", [-1, 2**31, 1.5, True, None])
def test_a_seed_that_is_none_is_refused(untrained, small_images, tmp_path, seed):
    with pytest.raises(ValueError) as error:
        train(untrained, small_images, **OPTIONS, output_dir=tmp_path / "run", seed=seed)
    assert str(error.value) == f"train: seed must be a whole number from 0 to 2,147,483,647. Received: seed={seed!r}."


def test_the_largest_seed_trains(new_small_dcgan, small_images, tmp_path):
    assert (
        len(train(new_small_dcgan(), small_images, steps=2, batch_size=4, output_dir=tmp_path / "run", seed=2**31 - 1))
        == 2
    )


def test_a_log_gets_a_few_lines_and_after_fifty_steps_the_time_that_is_left(
    new_small_dcgan, small_images, tmp_path, capsys
):
    train(new_small_dcgan(), small_images, steps=300, batch_size=4, saving_interval=30, output_dir=tmp_path / "run")
    out, err = capsys.readouterr()
    assert err == "" and "300/300" in out and "d_loss" in out
    assert len([line for line in re.split(r"[\r\n]+", out) if "steps a second" not in line and line.strip()]) <= 5
    (line,) = re.findall(r"[\d.]+ steps a second: the other \d+ take about \d+ s\.[^\n\r]*", out)
    assert "In two minutes" not in line
    assert 0 < int(re.search(r"other (\d+)", line)[1]) < 250


def test_ctrl_c_ends_a_long_run_cleanly_and_resuming_gives_the_same_bits(
    new_small_dcgan, small_images, tmp_path, start_child, capsys
):
    child = start_child(
        "from small_course import build_images, build_small_dcgan\n"
        "from dcgan_lib import train\n"
        "import sys\n"
        "history = train(build_small_dcgan(), build_images(), steps=10**9, batch_size=4, output_dir=sys.argv[1])\n"
        "print('returned', len(history), history.run['finished'])\n",
        tmp_path / "run",
        bufsize=1,
    )
    out = ""
    while "In two minutes" not in out:
        line = child.stdout.readline()
        assert line, child.stderr.read()
        out += line
    child.send_signal(signal.SIGINT)
    rest, err = child.communicate(timeout=300)
    assert child.returncode == 0 and "Traceback" not in err, err

    rate, left, minutes, advised = re.search(
        r"([\d.]+) steps a second: the other ([\d,]+) take about (\d+) min\. In two minutes: steps=(\d+)\.", out
    ).groups()
    assert abs(int(advised) - 120 * float(rate)) <= 60
    assert abs(int(minutes) - int(left.replace(",", "")) / float(rate) / 60) <= 0.01 * int(minutes)

    folder = tmp_path / "run"
    history = History.load(folder)
    done = len(history)
    assert f"Stopped after {done:,} steps; a checkpoint is written. resume=True goes on from here." in rest
    assert f"returned {done} False" in rest
    assert history.run["finished"] is False and history.run["steps_done"] == done > 50
    assert (folder / "losses.png").is_file() and (folder / "training.gif").is_file()

    options = {"steps": done + 20, "batch_size": 4, "saving_interval": 200}
    dcgan = new_small_dcgan()
    resumed = train(dcgan, small_images, **options, output_dir=folder, resume=True)
    assert [part["first_step"] for part in resumed.run["times"]["sessions"]] == [0, done]
    assert resumed.run["finished"] is True
    assert (resumed.values.tobytes(), weights_of(dcgan), pictures_of(folder)) == whole_run(
        new_small_dcgan, small_images, tmp_path / "whole" / "run", **options
    )


def test_training_in_a_thread_needs_no_signal(new_small_dcgan, small_images, tmp_path):
    histories = []
    thread = threading.Thread(
        target=lambda: histories.append(train(new_small_dcgan(), small_images, **OPTIONS, output_dir=tmp_path / "run"))
    )
    thread.start()
    thread.join()
    assert len(histories[0]) == 21


def test_a_loss_that_is_not_finite_stops_the_first_step(new_small_dcgan, small_images, tmp_path):
    dcgan = new_small_dcgan()
    kernel = dcgan.generator.layers[0].kernel
    kernel.assign(np.full(kernel.shape, np.nan))
    with pytest.raises(FloatingPointError) as error:
        train(dcgan, small_images, **OPTIONS, output_dir=tmp_path / "run")
    assert str(error.value) == (
        "train: a loss of step 0 is not finite, so nothing can be learned any more. Try a smaller learning rate "
        "(Adam's 1e-3 to 2e-4) or beta_1=0.5, and train anew. Last checkpoint: none yet."
    )
    assert not list((tmp_path / "run").glob("checkpoint*"))
    assert len(History.load(tmp_path / "run")) == 0


def test_a_learning_rate_that_explodes_is_stopped_and_the_last_good_checkpoint_kept(
    new_small_dcgan, small_images, tmp_path, monkeypatch
):
    monkeypatch.setattr(observers, "CHECKPOINT_SECONDS", 0.0)
    rate = keras.optimizers.schedules.PiecewiseConstantDecay([50], [1e-3, 1e38])  # Two updates a step: from step 25 on.
    dcgan = new_small_dcgan(d_optimizer=keras.optimizers.Adam(rate))
    folder = tmp_path / "run"
    with pytest.raises(FloatingPointError) as error:
        train(dcgan, small_images, **{**OPTIONS, "steps": 100}, output_dir=folder)
    step = int(re.search(r"a loss of step (\d+) is not finite", str(error.value))[1])
    assert 25 <= step < 30
    assert str(error.value).endswith("Last checkpoint: step 21.")
    history = History.load(folder)
    assert len(history) == step == history.run["steps_done"] and history.run["finished"] is False
    assert np.isfinite(history.values).all()
    checkpoint = Checkpoint.load_newest(folder)
    assert len(checkpoint) == 21 and all(np.isfinite(array).all() for array in checkpoint.arrays)


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")  # Its picture of nothing.
def test_weights_that_are_not_finite_are_not_kept_though_the_losses_were(new_small_dcgan, small_images, tmp_path):
    """The generator's update is the last of a step: what it breaks shows in the losses of the next."""
    dcgan = new_small_dcgan(g_optimizer=keras.optimizers.Adam(float("nan")))
    with pytest.raises(FloatingPointError, match="step 0 .*Last checkpoint: none yet"):
        train(dcgan, small_images, steps=1, batch_size=4, output_dir=tmp_path / "run")
    assert not list((tmp_path / "run").glob("checkpoint*"))
