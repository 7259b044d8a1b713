"""The measures order pictures as eyes do, say from how many they were taken, and refuse what they cannot measure."""

import keras
import numpy as np
import pytest
from PIL import Image

import dcgan_lib.quality.digit_reader as digit_reader
from dcgan_lib import DCGAN, History, TunedDCGAN, plot_measures, plot_nearest_neighbours, train
from dcgan_lib.data import draw_digits, draw_faces
from dcgan_lib.quality import (
    class_coverage,
    digit_features,
    diversity,
    face_features,
    frechet_distance,
    kernel_distance,
    measure_images,
    nearest_neighbours,
    patch_distance,
    read_digits,
    stripes,
)
from dcgan_lib.scaling import scale_images


@pytest.fixture(scope="module")
def drawn():
    """uint8 (1500, 28, 28, 1) digits that the course draws, and which they are."""
    images, labels = draw_digits(1_500, seed=0)
    return images[..., None], labels


def small_faces(count, seed, blur=None):
    faces = [Image.fromarray(face) for face in draw_faces(count, seed=seed)]
    if blur is not None:
        faces = [face.resize((blur, blur)) for face in faces]
    return np.stack([np.asarray(face.resize((28, 28))) for face in faces])


@pytest.fixture(scope="module")
def faces():
    """uint8 (200, 28, 28, 3) faces that the course draws."""
    return small_faces(200, seed=0)


def noise_like(images):
    return np.random.default_rng(3).integers(0, 256, images.shape, dtype="uint8")


def test_the_reader_reads_drawn_digits_and_says_how_sure_it_is(drawn):
    images, labels = drawn
    read = read_digits(images)
    assert read.shape == (1_500, 10) and read.dtype == np.float32
    np.testing.assert_allclose(read.sum(axis=1), 1, atol=1e-5)
    assert (read.argmax(axis=1) == labels).mean() > 0.97
    assert read.max(axis=1).mean() > 0.95


def test_the_reader_reads_99_percent_of_mnists_test_images_where_mnist_is_there(drawn):
    from small_course import DATA

    if not DATA:  # Without MNIST what can be said is said of drawn digits.
        return test_the_reader_reads_drawn_digits_and_says_how_sure_it_is(drawn)
    with np.load(f"{DATA}/mnist.npz") as data:
        read = read_digits(data["x_test"][..., None])
        assert (read.argmax(axis=1) == data["y_test"]).mean() >= 0.99


def test_the_readers_weights_are_small_and_a_changed_file_is_refused(tmp_path, monkeypatch, drawn):
    assert digit_reader.WEIGHTS.stat().st_size <= 500_000
    other = tmp_path / "digit_reader.npz"
    other.write_bytes(digit_reader.WEIGHTS.read_bytes()[:-1] + b"x")
    monkeypatch.setattr(digit_reader, "WEIGHTS", other)
    digit_reader._forward.cache_clear()
    with pytest.raises(ValueError, match="is not the file that the course came with. Install it anew."):
        read_digits(drawn[0][:1])


def test_floats_and_bytes_of_the_same_pictures_have_the_same_features(drawn, faces):
    for features, images in ((digit_features, drawn[0][:20]), (face_features, faces[:20])):
        np.testing.assert_allclose(features(images), features(scale_images(images)), atol=1e-4)


def test_the_frechet_distance_puts_digits_in_the_order_of_their_quality(drawn):
    images, _ = drawn
    real, fresh = images[:1_000], images[1_000:]
    rough = np.clip(fresh + np.random.default_rng(0).normal(0, 60, fresh.shape), 0, 255).astype("uint8")
    rougher = np.clip(fresh + np.random.default_rng(0).normal(0, 120, fresh.shape), 0, 255).astype("uint8")
    order = [frechet_distance(real, fake, digit_features) for fake in (fresh, rough, rougher, noise_like(fresh))]
    values = [measure.value for measure in order]
    assert values == sorted(values) and values[1] > 3 * values[0]
    # Fresh digits are as far from the real ones as real ones from each other.
    assert all(measure.n == measure.floor_n == 500 for measure in order)
    assert values[0] < 2 * order[0].floor


def test_the_frechet_distance_is_that_of_the_formula():
    """Two clouds of numbers whose distance can be worked out: other means, other spreads."""
    rng = np.random.default_rng(0)
    real = rng.normal(0, 1, (40_000, 1, 1, 3))
    fake = rng.normal(0, 1, (10_000, 1, 1, 3)) * [1, 2, 3] + [1, 0, 2]
    measure = frechet_distance(real, fake, lambda images: images.reshape(len(images), -1))
    assert measure.value == pytest.approx((1 + 0 + 4) + (0 + 1 + 4), rel=0.03)
    assert measure.n == 10_000 and 0 < measure.floor < 0.01


def test_face_features_put_faces_in_the_order_of_their_quality(faces):
    fresh = small_faces(200, seed=1)
    fakes = {
        "fresh": fresh,
        "blurred": small_faces(200, seed=1, blur=8),
        "upside down": fresh[:, ::-1],
        "noise": noise_like(fresh),
    }
    measures = {name: kernel_distance(faces, fake, face_features) for name, fake in fakes.items()}
    values = [measure.value for measure in measures.values()]
    assert values == sorted(values)
    fresh, blurred = measures["fresh"], measures["blurred"]
    assert abs(fresh.value) < 4 * fresh.error
    assert blurred.value > 4 * blurred.error


def test_the_kernel_distance_has_no_bias_and_its_error_is_how_far_it_goes_astray():
    """Of 200 pairs of small sets of the same kind, the mean is 0, and the errors say how the values scatter."""
    rng = np.random.default_rng(0)
    flat = lambda images: images.reshape(len(images), -1)  # noqa: E731
    same = [kernel_distance(rng.normal(size=(40, 1, 1, 5)), rng.normal(size=(40, 1, 1, 5)), flat) for _ in range(200)]
    values, errors = np.array([measure.value for measure in same]), np.array([measure.error for measure in same])
    assert abs(values.mean()) < 4 * values.std() / np.sqrt(200)
    assert 0.5 < np.sqrt((errors**2).mean()) / values.std() < 2
    apart = kernel_distance(rng.normal(size=(40, 1, 1, 5)), rng.normal(1, 1, (40, 1, 1, 5)), flat)
    assert apart.value > 3 * apart.error and apart.n == 40 and apart.floor_n == 20


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance])
def test_a_set_is_no_distance_from_itself(distance, drawn, faces):
    assert distance(drawn[0], drawn[0], digit_features).value == pytest.approx(0, abs=1e-4)
    assert distance(faces, faces, face_features).value == pytest.approx(0, abs=1e-4)


def test_coverage_says_which_digits_are_missing(drawn):
    images, labels = drawn
    even = class_coverage(images[:1_000], images[1_000:])
    assert even.missing == [] and even.shares.sum() == pytest.approx(1)
    assert even.distance.value < 0.1 and even.distance.n == 500 and even.confidence > 0.95
    few = class_coverage(images, images[np.isin(labels, (0, 1, 2))])
    assert few.missing == [3, 4, 5, 6, 7, 8, 9]
    assert few.distance.value == pytest.approx(0.7, abs=0.05)


def test_diversity_is_one_for_real_pictures_and_nothing_where_all_are_the_same(drawn):
    images, _ = drawn
    assert diversity(images[:1_000], images[1_000:], digit_features).value == pytest.approx(1, abs=0.1)
    alike = diversity(images, np.repeat(images[:1], 100, axis=0), digit_features)
    assert alike.value == pytest.approx(0, abs=1e-3) and alike.floor == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("features", [None, face_features], ids=["pixels", "features"])
def test_a_copy_is_found_and_told_from_a_new_face(features, faces):
    new = small_faces(30, seed=5)
    copies = np.clip(faces[40:60].astype(int) + 2, 0, 255).astype("uint8")
    found = nearest_neighbours(np.concatenate([copies, new]), faces, features)
    assert found.n == 50 and len(found.floor) == 200
    assert found.indices[:20].tolist() == list(range(40, 60))
    assert found.distances[:20].max() < found.distances[20:].min()
    assert nearest_neighbours(copies, faces, features).copied == 1
    assert nearest_neighbours(new, faces, features).copied < 0.2


def test_a_neighbours_distance_is_the_root_mean_square_of_the_pixels():
    real = np.zeros((2, 4, 4, 1), "uint8")
    real[1] = 255
    found = nearest_neighbours(np.full((1, 4, 4, 1), 51, "uint8"), real)
    assert found.indices.tolist() == [0]
    np.testing.assert_allclose(found.distances, [0.2], rtol=1e-6)
    np.testing.assert_allclose(found.floor, [1, 1], rtol=1e-6)


def test_ten_thousand_pictures_are_measured_in_seconds(drawn):
    import time

    images = np.tile(drawn[0], (7, 1, 1, 1))[:10_000]
    digit_features(images[:1])
    began = time.process_time()
    digit_features(images)
    assert time.process_time() - began < 20  # Of two cores: ten seconds of the clock.


def call(distance, real, fake):
    return distance(fake, real) if distance is nearest_neighbours else distance(real, fake, digit_features)


@pytest.mark.parametrize("distance", [frechet_distance, kernel_distance, diversity, nearest_neighbours])
def test_bad_sets_are_refused_in_a_sentence(distance, drawn):
    images, name = drawn[0][:100], distance.__name__
    with pytest.raises(ValueError, match=rf"^{name}: needs at least \d+ pictures, .* Received: shape=\(0, 28, 28, 1\)"):
        call(distance, images, images[:0])
    with pytest.raises(ValueError, match=rf"^{name}: needs at least \d+ pictures, .* Received: shape=\(28, 28, 1\)"):
        call(distance, images[0], images)
    with pytest.raises(ValueError, match=rf"^{name}: both sets must have pictures of one size. Received: real "):
        call(distance, images, images[:, :14])
    broken = scale_images(images)
    broken[3, 0, 0, 0] = np.nan
    with pytest.raises(ValueError, match=rf"^{name}: 1 of 100 pictures are not finite"):
        call(distance, broken, images)


def test_too_few_pictures_are_refused_with_how_many_are_needed(drawn):
    images = drawn[0]
    with pytest.raises(ValueError) as error:
        frechet_distance(images, images[:64], digit_features)
    assert str(error.value) == (
        "frechet_distance: needs at least 65 pictures, an array (n, height, width, channels). "
        "Received: shape=(64, 28, 28, 1). Draw or load more."
    )
    with pytest.raises(ValueError, match="^kernel_distance: needs at least 20 pictures"):
        kernel_distance(images[:19], images, digit_features)
    with pytest.raises(ValueError, match="^nearest_neighbours: needs at least 2 pictures"):
        nearest_neighbours(images, images[:1])


def test_features_refuse_pictures_that_they_were_not_made_for(faces):
    with pytest.raises(ValueError, match=r"takes images of the shape \(n, 28, 28, 1\)"):
        digit_features(faces)
    with pytest.raises(ValueError, match="height and width divisible by 4"):
        face_features(faces[:, :27])


def test_a_measure_shows_its_n_and_its_floor(drawn):
    shown = str(frechet_distance(drawn[0][:1_000], drawn[0][1_000:], digit_features))
    assert "(500 pictures; real against real: " in shown
    assert "with 50)" in str(kernel_distance(drawn[0][:100], drawn[0][100:200], digit_features))


def test_digits_get_the_frechet_distance_and_other_images_the_kernel_distance(drawn, faces):
    digits = measure_images(drawn[0], drawn[0][:700])
    assert list(digits)[:3] == ["frechet_distance", "floor", "n"]
    assert {"missing_digits", "confidence", "diversity"} < set(digits)
    for images in (faces, faces[..., :1], noise_like(faces[..., :1])):
        assert list(measure_images(images, images[:100]))[:3] == ["kernel_distance", "floor", "n"]


OPTIONS = {"batch_size": 4, "saving_interval": 5}


@pytest.fixture(scope="module")
def tiny_images():
    return np.random.default_rng(0).integers(0, 256, (60, 4, 4, 1), dtype="uint8")


def test_measuring_changes_no_bit_of_the_training_and_keeps_the_best(new_small_dcgan, tiny_images, tmp_path):
    plain, measured = new_small_dcgan(), new_small_dcgan()
    without = train(plain, tiny_images, 23, **OPTIONS, output_dir=tmp_path / "plain" / "run")
    history = train(measured, tiny_images, 23, **OPTIONS, output_dir=tmp_path / "run", evaluate_every=10)
    np.testing.assert_array_equal(without.values, history.values)
    for one, other in zip(plain.generator.get_weights(), measured.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert without.measures == []
    assert [row["step"] for row in history.measures] == [0, 10, 20]
    assert all(row["n"] == 30 for row in history.measures)

    best = min(history.measures, key=lambda row: row["kernel_distance"])
    assert history.run["measures"]["best"] == best["kernel_distance"]
    assert history.run["measures"]["best_step"] == best["step"]
    assert history.run["measures"]["kernel_distance"] == history.measures[-1]["kernel_distance"]
    last = keras.saving.load_model(tmp_path / "run" / "generator.keras")
    for one, other in zip(last.get_weights(), measured.generator.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    fake = np.asarray(keras.saving.load_model(tmp_path / "run" / "best.keras")(draw_noise(30)))
    again = kernel_distance(tiny_images, fake, face_features)
    assert again.value == pytest.approx(best["kernel_distance"], rel=1e-3)
    assert (tmp_path / "run" / "measures.png").is_file()
    assert not list((tmp_path / "run").glob(".*.keras"))


def draw_noise(count):
    import tensorflow as tf

    return tf.random.stateless_normal((count, 6), [0, 0])


def test_measures_read_back_from_the_files(new_small_dcgan, tiny_images, tmp_path):
    history = train(new_small_dcgan(), tiny_images, 12, **OPTIONS, output_dir=tmp_path / "run", evaluate_every=5)
    loaded = History.load(tmp_path / "run")
    assert loaded.measures == history.measures and loaded.run == history.run
    np.testing.assert_array_equal(loaded.values, history.values)
    lines = (tmp_path / "run" / "history.csv").read_text().splitlines()
    assert lines[0] == "step,d_loss,g_loss,d_real,d_fake,kernel_distance,floor,n,diversity,error"
    assert lines[2].endswith(",,,,,") and not lines[6].endswith(",")


@pytest.mark.parametrize("kind", [DCGAN, TunedDCGAN], ids=["lecture", "tuned"])
def test_a_measured_run_that_is_cut_into_parts_has_the_same_measures(new_small_dcgan, tiny_images, tmp_path, kind):
    whole = train(
        new_small_dcgan(kind=kind), tiny_images, 23, **OPTIONS, output_dir=tmp_path / "whole", evaluate_every=10
    )
    for steps in (14, 23):
        parts = train(
            new_small_dcgan(kind=kind),
            tiny_images,
            steps,
            **OPTIONS,
            output_dir=tmp_path / "parts",
            evaluate_every=10,
            resume=True,
        )
    assert parts.measures == whole.measures
    assert (tmp_path / "parts" / "history.csv").read_bytes() == (tmp_path / "whole" / "history.csv").read_bytes()


def test_too_few_images_to_measure_are_refused_before_anything_is_trained(new_small_dcgan, tiny_images, tmp_path):
    with pytest.raises(ValueError) as error:
        train(new_small_dcgan(), tiny_images[:39], 5, **OPTIONS, output_dir=tmp_path / "run", evaluate_every=1)
    assert str(error.value) == (
        "train: evaluate_every needs at least 40 images to compare with. Received: 39. "
        "Load more, or leave evaluate_every=None."
    )


def test_the_figures_show_measures_and_neighbours(new_small_dcgan, tiny_images, faces, tmp_path):
    history = train(new_small_dcgan(), tiny_images, 12, **OPTIONS, output_dir=tmp_path / "run", evaluate_every=5)
    left, right = plot_measures(history).axes
    np.testing.assert_allclose(left.lines[0].get_ydata(), [row["kernel_distance"] for row in history.measures])
    np.testing.assert_allclose(left.lines[0].get_xdata(), [0, 5, 10])
    assert "30 pictures" in left.get_title()
    with pytest.raises(ValueError, match="this run was not measured. Train with evaluate_every"):
        plot_measures(History())

    fake = np.concatenate([small_faces(9, seed=9), faces[7:8]])
    figure = plot_nearest_neighbours(fake, faces, nearest_neighbours(fake, faces), count=4)
    assert len(figure.axes) == 8
    # The copy comes first, under its original.
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), faces[7])
    np.testing.assert_array_equal(figure.axes[4].images[0].get_array(), faces[7])
    assert figure.axes[4].get_title() == "0.00"


def test_the_patch_distance_puts_faces_in_the_order_of_their_quality(faces):
    fresh = small_faces(100, seed=1)
    rough = np.clip(fresh + np.random.default_rng(0).normal(0, 15, fresh.shape), 0, 255).astype("uint8")
    fakes = [fresh, rough, fresh[:, ::-1], noise_like(fresh)]
    measures = [patch_distance(faces, fake) for fake in fakes]
    values = [measure.value for measure in measures]
    assert values == sorted(values)
    assert abs(values[0] - measures[0].floor) < 4 * measures[0].error
    assert values[1] - values[0] > 2 * measures[1].error


def test_the_patch_distance_is_that_of_the_formula():
    """Of one band alone: where one set is the other, brighter, each sorted value is off by what the direction sums."""
    rng = np.random.default_rng(0)
    real = rng.uniform(-0.5, 0.5, (400, 8, 8, 1))
    brighter = patch_distance(real, real + 0.1)
    spread = np.std(real[:, :7, :7])
    # A direction of length 1 in 49 numbers sums a constant to |normal(0, 1)| times it, whose mean is sqrt(2 / pi).
    assert brighter.value == pytest.approx(100 * 0.1 / spread * np.sqrt(2 / np.pi), rel=0.2)
    assert patch_distance(real, real).value == 0 and brighter.n == 400


@pytest.mark.parametrize("pattern", ["columns", "rows", "checkerboard", "every fourth"])
def test_stripes_that_can_just_be_seen_are_seen_and_real_against_real_is_the_floor(faces, pattern):
    row, column = np.mgrid[:28, :28]
    signs = {"columns": (-1.0) ** column, "rows": (-1.0) ** row, "checkerboard": (-1.0) ** (row + column)}
    signs["every fourth"] = np.where(column % 4 < 2, 1, -1)
    fresh = small_faces(200, seed=1)
    striped = np.clip(fresh + 8 * signs[pattern][..., None], 0, 255).astype("uint8")
    real, seen = stripes(faces, fresh), stripes(faces, striped)
    assert abs(real.value) < 3 and abs(real.floor) < 3 and 0 < real.error < 2
    assert seen.value > real.value + 3 and seen.value > real.value + 5 * seen.error
    hidden = np.clip(fresh + signs[pattern][..., None], 0, 255).astype("uint8")
    assert stripes(faces, hidden).value < real.value + 3.5  # Of one level: nobody sees it.


def test_blurred_faces_have_no_excess_and_noise_has_most(faces):
    fresh = small_faces(200, seed=1)
    values = [stripes(faces, fake).value for fake in (small_faces(200, seed=1, blur=14), fresh, noise_like(fresh))]
    assert values == sorted(values) and values[0] < 0 and values[2] > 10


@pytest.mark.parametrize("measure", [patch_distance, stripes])
def test_patches_and_stripes_refuse_what_they_cannot_measure(measure, faces):
    with pytest.raises(ValueError, match=f"^{measure.__name__}: needs at least 20 pictures"):
        measure(faces, faces[:19])
    with pytest.raises(ValueError, match=f"^{measure.__name__}: both sets must have pictures of one size"):
        measure(faces, faces[:, :14])
    with pytest.raises(ValueError, match=rf"^{measure.__name__}: pictures must be uint8, .* Received: dtype=int64."):
        measure(faces.astype("int64"), faces)  # Clipped to [-1, 1] they would all be white.


@pytest.mark.parametrize(("measure", "least"), [(patch_distance, 7), (stripes, 4)])
@pytest.mark.parametrize("axis", [1, 2], ids=["height", "width"])
def test_pictures_without_a_patch_or_a_period_are_refused(faces, measure, least, axis):
    small = faces.take(range(least - 1), axis)
    with pytest.raises(ValueError) as error:
        measure(small, small)
    assert str(error.value) == (
        f"{measure.__name__}: pictures must be at least {least} pixels high and wide. Received: shape={small.shape}."
    )
