"""Augmentation changes what the discriminator sees, repeats to the bit, lets gradients through, and never leaks."""

import numpy as np
import pytest
import tensorflow as tf

from dcgan_lib import TunedDCGAN, train
from dcgan_lib.augment import augment_images, augment_real
from dcgan_lib.data.varied_face_sheet import load_varied_faces
from dcgan_lib.scaling import scale_images

PAPER = "color,translation,cutout"
REAL_ONLY = ("mirror", "faces")


@pytest.fixture(scope="module", params=[1, 3], ids=["gray", "colour"])
def images(request):
    return np.random.default_rng(0).uniform(-0.5, 0.5, (64, 28, 28, request.param)).astype("float32")


def function_for(policy):
    return augment_real if policy in REAL_ONLY else augment_images


def changed(images, policy, seed=(0, 1)):
    return np.asarray(function_for(policy)(tf.constant(images), policy, seed))


def test_no_policy_and_the_others_names_change_nothing(images):
    for policy in (None, ",".join(REAL_ONLY)):
        np.testing.assert_array_equal(augment_images(images, policy, (0, 1)), images)
    for policy in (None, PAPER):
        np.testing.assert_array_equal(augment_real(images, policy, (0, 1)), images)


@pytest.mark.parametrize("policy", ["color", "translation", "cutout", *REAL_ONLY, PAPER])
def test_the_same_seed_gives_the_same_bits_in_a_graph_too_and_another_seed_others(images, policy):
    once = changed(images, policy)
    in_graph = tf.function(lambda batch, seed: function_for(policy)(batch, policy, seed), autograph=False)
    np.testing.assert_array_equal(changed(images, policy), once)
    np.testing.assert_allclose(in_graph(images, tf.constant([0, 1])), once, atol=1e-6)
    assert once.shape == images.shape and np.isfinite(once).all()
    assert not np.array_equal(changed(images, policy, seed=(0, 2)), once)


def test_a_moved_image_is_the_image_a_few_pixels_away_with_gray_coming_in(images):
    moved, shifts = changed(images, "translation"), set()
    for before, after in zip(images, moved, strict=True):
        padded = np.pad(before, ((4, 4), (4, 4), (0, 0)))
        found = [
            (down, right)
            for down in range(9)
            for right in range(9)
            if np.array_equal(padded[down : down + 28, right : right + 28], after)
        ]
        assert len(found) == 1
        shifts.add(found[0])
    assert len(shifts) > 20 and {down for down, _ in shifts} == {right for _, right in shifts} == set(range(9))


def test_cutout_makes_one_square_of_half_the_side_gray(images):
    gone = (changed(images, "cutout") == 0).all(axis=3)
    for mask in gone:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert 7 <= len(rows) <= 14 and 7 <= len(columns) <= 14
        assert mask.sum() == len(rows) * len(columns)
        assert rows[-1] - rows[0] + 1 == len(rows) and columns[-1] - columns[0] + 1 == len(columns)


def test_colour_changes_are_the_same_for_all_pixels_of_a_gray_image():
    images = np.random.default_rng(0).uniform(-1, 1, (64, 28, 28, 1)).astype("float32")
    after = changed(images, "color")
    contrasts = after.std(axis=(1, 2, 3)) / images.std(axis=(1, 2, 3))
    brighter = after.mean(axis=(1, 2, 3)) - images.mean(axis=(1, 2, 3))
    assert 0.5 <= contrasts.min() < 0.7 and 1.3 < contrasts.max() <= 1.5
    assert -0.5 <= brighter.min() < -0.3 and 0.3 < brighter.max() <= 0.5
    back = (after - after.mean(axis=(1, 2, 3), keepdims=True)) / contrasts[:, None, None, None]
    np.testing.assert_allclose(back + images.mean(axis=(1, 2, 3), keepdims=True), images, atol=1e-4)


def test_mirror_turns_about_half_of_the_images(images):
    after = changed(images, "mirror")
    turned = [np.array_equal(one, other[:, ::-1]) for one, other in zip(after, images, strict=True)]
    kept = [np.array_equal(one, other) for one, other in zip(after, images, strict=True)]
    assert [one != other for one, other in zip(turned, kept, strict=True)] == [True] * 64
    assert 16 < sum(turned) < 48


def test_half_of_a_batch_makes_room_for_drawn_faces_and_the_other_half_stays(images):
    after, drawn = changed(images, "faces"), scale_images(load_varied_faces()[..., : images.shape[-1]])
    np.testing.assert_array_equal(after[32:], images[32:])
    known = {face.tobytes() for face in drawn}
    assert len({face.tobytes() for face in after[:32]} & known) > 28  # A few may come twice.
    assert changed(images[:1], "faces").tobytes() == images[:1].tobytes()


@pytest.mark.parametrize("policy", ["color", "translation", "cutout", PAPER])
def test_gradients_flow_back_through_every_change(images, policy):
    """A linear change has the gradient that numbers give: moving a pixel by h moves the outcome by gradient times h."""
    batch = tf.constant(images[:4])
    weights = tf.constant(np.random.default_rng(1).normal(size=batch.shape).astype("float32"))
    with tf.GradientTape() as tape:
        tape.watch(batch)
        outcome = tf.reduce_sum(weights * augment_images(batch, policy, (0, 3)))
    gradient = tape.gradient(outcome, batch)
    step = tf.constant(np.random.default_rng(2).normal(size=batch.shape).astype("float32"))
    after = tf.reduce_sum(weights * augment_images(batch + step, policy, (0, 3)))
    assert float(after - outcome) == pytest.approx(float(tf.reduce_sum(gradient * step)), rel=1e-3, abs=1e-2)
    assert np.abs(gradient).sum() > 0


@pytest.mark.parametrize("policy", ["colour", "cutout;mirror", "", 3])
def test_a_policy_that_is_none_is_refused(new_small_dcgan, policy):
    with pytest.raises(ValueError) as error:
        new_small_dcgan(kind=TunedDCGAN, augment=policy)
    assert str(error.value) == (
        "TunedDCGAN: augment must be None, 'auto', or names out of color, translation, cutout, faces, mirror, with "
        f"commas between them. Received: augment={policy!r}."
    )


def test_faces_for_images_of_another_size_are_refused(new_small_dcgan):
    with pytest.raises(ValueError) as error:
        new_small_dcgan(kind=TunedDCGAN, augment="mirror, faces")
    assert str(error.value) == (
        "TunedDCGAN: augment='faces' has drawn faces for the image_shape (28, 28, 1) and (28, 28, 3). "
        "Received: image_shape=(4, 4, 1). Leave 'faces' out."
    )


def spy_on_the_discriminator(dcgan):
    """Returns the list that each batch goes into which the discriminator sees."""
    seen, call = [], type(dcgan.discriminator).call
    dcgan.discriminator.call = lambda images, **options: (
        seen.append(np.array(images)) or call(dcgan.discriminator, images, **options)
    )
    return seen


def test_in_every_update_the_discriminator_sees_changed_pictures_only(new_small_dcgan, small_images):
    """Cutout leaves gray squares of exactly 0 in what it sees: in the real images as in the generated."""
    dcgan = new_small_dcgan(kind=TunedDCGAN, augment="cutout")
    seen = spy_on_the_discriminator(dcgan)
    dcgan.update(tf.constant(scale_images(small_images[:8])), tf.random.stateless_normal((8, 6), [0, 0]))
    assert [len(batch) for batch in seen] == [16, 8]
    for batch in seen:
        assert ((batch == 0).sum(axis=(1, 2, 3)) >= 1).all()


def test_real_images_are_mirrored_and_generated_ones_never(new_small_dcgan):
    """With both mirrored, a generator whose pictures are dark on their left would pass for one without sides."""
    dcgan = new_small_dcgan(kind=TunedDCGAN, augment="mirror")
    seen, noise = spy_on_the_discriminator(dcgan), tf.random.stateless_normal((32, 6), [0, 0])
    one_sided = np.tile(np.linspace(-1, 1, 4, dtype="float32")[:, None], (32, 4, 1, 1))
    fake = np.asarray(dcgan.generator(noise, training=True))
    dcgan.update(tf.constant(one_sided), noise)
    both, for_r1 = seen
    np.testing.assert_allclose(both[32:], fake, atol=1e-6)
    turned = [np.array_equal(image[:, ::-1], one_sided[0]) for image in both[:32]]
    kept = [np.array_equal(image, one_sided[0]) for image in both[:32]]
    assert 8 < sum(kept) < 24 and sum(kept) + sum(turned) == 32
    np.testing.assert_array_equal(both[:32], for_r1)


def test_an_augmented_run_repeats_to_the_bit_however_it_is_cut(new_small_dcgan, small_images, tmp_path):
    def run(folder, *steps):
        for count in steps:
            dcgan = new_small_dcgan(kind=TunedDCGAN, augment=f"{PAPER},mirror")
            train(dcgan, small_images, count, 4, 10, output_dir=tmp_path / folder, resume=True)
        return [weight.tobytes() for weight in dcgan.generator.get_weights()]

    assert run("whole", 23) == run("parts", 9, 23)


@pytest.mark.slow
def test_what_the_generator_draws_has_no_trace_of_cutout(new_dcgan, tmp_path):
    """All real images are white; cut out, they have gray squares, and the generator still learns white."""
    white = np.full((40, 28, 28, 1), 255, "uint8")
    dcgan = new_dcgan(kind=TunedDCGAN, augment="cutout")
    train(dcgan, white, 120, 16, 1000, output_dir=tmp_path / "run")
    fake = dcgan.draw(50)
    gray = np.abs(fake) < 0.25
    in_what_is_shown = np.abs(changed(scale_images(white), "cutout")) < 0.25
    assert in_what_is_shown.mean() > 0.1
    assert gray.mean() < 0.02
