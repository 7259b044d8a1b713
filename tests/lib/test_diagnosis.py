"""The diagnosis says what goes wrong in runs made to go wrong, once, and is silent on those that go well."""

import keras
import numpy as np
import pytest
from small_course import build_dcgan

from dcgan_lib import History, train
from dcgan_lib.quality.diagnosis import Diagnosis


@pytest.fixture
def faces():
    return np.random.default_rng(0).integers(0, 256, (200, 28, 28, 1), dtype="uint8")


@pytest.fixture
def heard():
    return []


@pytest.fixture
def diagnosis(faces, heard):
    return Diagnosis(faces, heard.append)


def losses(steps, d_loss):
    return np.tile(np.float32([d_loss, 1.0, 0.6, 0.4]), (steps, 1))


def grid(spread=0.5, seed=0):
    """25 pictures around one; the real ones of these tests spread by 0.58 around their mean, in [-1, 1]."""
    rng = np.random.default_rng(seed)
    return (rng.uniform(-0.3, 0.3, (1, 28, 28, 1)) + rng.normal(0, spread, (25, 28, 28, 1))).astype("float32")


def test_a_run_that_goes_well_is_met_with_silence(diagnosis, heard):
    for step in range(0, 4_000, 200):
        diagnosis.see_losses(step, losses(200, 0.45))
        diagnosis.see_grid(step, grid(seed=step))
        diagnosis.see_measures({"step": step, "missing_digits": 1})
    assert heard == []


def test_pictures_that_are_all_alike_are_a_collapse_that_is_said_once(diagnosis, heard):
    for step in range(0, 2_000, 200):
        diagnosis.see_grid(step, grid(spread=0.5 if step < 600 else 0.02, seed=step))
    (sentence,) = heard
    assert sentence.startswith("Warning, step 800: the generator has collapsed: its pictures have ")
    assert "of the real ones' variety. Go back to an earlier grid, and try TunedDCGAN" in sentence
    assert diagnosis.warnings["alike"] in sentence


def test_the_clouds_before_anything_was_learned_are_no_collapse(diagnosis, heard):
    for step in range(0, 100, 2):
        diagnosis.see_grid(step, grid(spread=0.01))
    assert heard == []


def test_a_discriminator_that_has_won_is_told_from_one_that_leads(diagnosis, heard):
    diagnosis.see_losses(2_999, losses(3_000, 0.05))
    assert heard == []
    diagnosis.see_losses(3_349, losses(350, 0.0001))
    assert heard == []  # The mean of 500 steps is still above.
    diagnosis.see_losses(3_499, losses(150, 0.0001))
    (sentence,) = heard
    assert sentence.startswith("Warning, step 3,499: the discriminator has won (its loss was 0.0001 over 500 steps)")


def test_a_generator_that_stands_still_is_noticed(diagnosis, heard):
    still = grid()
    diagnosis.see_grid(200, still)
    diagnosis.see_grid(220, still)  # Too soon to say.
    assert heard == []
    diagnosis.see_grid(400, still)
    (sentence,) = heard
    assert sentence.startswith(
        "Warning, step 400: the generator stands still: its pictures are those of the grid before."
    )


def test_digits_that_vanish_are_noticed(diagnosis, heard):
    diagnosis.see_measures({"step": 0, "missing_digits": 9})
    assert heard == []
    diagnosis.see_measures({"step": 1_000, "missing_digits": 4})
    assert heard[0].startswith("Warning, step 1,000: 4 of the ten digits hardly come up any more")


def run(dcgan, images, tmp_path, steps=600):
    return train(dcgan, images, steps, 8, 100, output_dir=tmp_path / "run")


def test_a_generator_that_cannot_learn_is_reported_while_it_trains(new_small_dcgan, small_images, tmp_path, capsys):
    dcgan = new_small_dcgan(g_optimizer=keras.optimizers.SGD(1e-12))
    dcgan.generator.layers[1].momentum = 1.0  # Nor may the statistics move.
    history = run(dcgan, small_images, tmp_path)
    assert "Warning, step 200: the generator stands still" in capsys.readouterr().out
    assert "still" in history.run["warnings"] and History.load(tmp_path / "run").run == history.run


def test_a_discriminator_that_wins_is_reported_while_it_trains(new_small_dcgan, tmp_path, capsys):
    """Real images that the generator's tanh can never reach, and a generator that hardly moves."""
    white = np.full((40, 4, 4, 1), 255, "uint8")
    dcgan = new_small_dcgan(d_optimizer=keras.optimizers.Adam(0.1), g_optimizer=keras.optimizers.SGD(1e-9))
    history = run(dcgan, white, tmp_path, steps=1_200)
    assert "the discriminator has won" in capsys.readouterr().out
    assert set(history.run["warnings"]) >= {"won"}


@pytest.mark.slow
def test_a_generator_that_draws_one_picture_is_reported_while_it_trains(tmp_path, capsys):
    """Its first layer has no weights but biases: noise cannot make a difference."""
    dcgan = build_dcgan()
    dcgan.generator.layers[0].kernel.assign(np.zeros((100, 6272)))
    dcgan.g_optimizer.learning_rate = 0.0
    images = np.random.default_rng(0).integers(0, 256, (40, 28, 28, 1), dtype="uint8")
    history = train(dcgan, images, 202, 2, 100, output_dir=tmp_path / "run")
    assert "the generator has collapsed: its pictures have 0% of the real ones' variety" in capsys.readouterr().out
    assert {"alike", "still"} <= set(history.run["warnings"])


@pytest.mark.slow
def test_a_short_run_on_digits_is_met_with_silence(new_dcgan, digits, tmp_path, capsys):
    history = train(new_dcgan(), digits[:200], 120, 8, 60, output_dir=tmp_path / "run")
    assert history.run["warnings"] == {}
    assert "Warning" not in capsys.readouterr().out
