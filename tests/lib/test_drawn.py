import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan_lib.data import draw_digits, draw_faces


@pytest.fixture(scope="module")
def digits():
    return draw_digits()


@pytest.fixture(scope="module")
def faces():
    return draw_faces(60)


@pytest.fixture(scope="module")
def mnist():
    """Real MNIST, where there is one: `mnist.npz` in the folder that DCGAN_DATA names."""
    path = Path(os.environ.get("DCGAN_DATA", "")) / "mnist.npz"
    if "DCGAN_DATA" not in os.environ or not path.is_file():
        pytest.skip("needs a real mnist.npz in the folder named by DCGAN_DATA")
    with np.load(path) as arrays:
        if len(arrays["x_train"]) != 60_000:
            pytest.skip("the mnist.npz under DCGAN_DATA is not the real one: it does not hold 60,000 training images")
        return {name: arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")}


DRAW = """
import hashlib
from dcgan_lib import draw_digits, draw_faces
for images in (draw_digits(4_000)[0], draw_faces(20)):
    print(hashlib.sha256(images.tobytes()).hexdigest())
"""
# They let NumPy and its BLAS compute as on a processor without AVX. Elsewhere than on x86 nobody reads them.
OLDER = {"OPENBLAS_CORETYPE": "Prescott", "NPY_DISABLE_CPU_FEATURES": "X86_V4 X86_V3 AVX512F AVX2 FMA3"}


def test_another_processor_draws_the_same_bits(run_child):
    """Otherwise a run on drawn images could not go on in Colab, where the next session may have another one."""
    (here, _), (older, _) = run_child(DRAW), run_child(DRAW, env=OLDER)
    assert here == older


def count_different(images):
    return len({image.tobytes() for image in images})


def test_digits_are_uint8_images_of_28_by_28_with_a_label_each():
    images, labels = draw_digits(37)
    assert images.shape == (37, 28, 28) and images.dtype == np.uint8
    assert labels.shape == (37,) and labels.dtype == np.uint8


def test_every_digit_has_white_ink_on_black_paper(digits):
    images, _ = digits
    assert (images.max(axis=(1, 2)) > 150).all() and (images.max(axis=(1, 2)) == 255).mean() > 0.99
    assert ((images == 0).mean(axis=(1, 2)) > 0.5).all()


def test_the_ten_digits_are_equally_frequent_and_in_random_order(digits):
    _, labels = digits
    assert np.bincount(labels).tolist() == [1000] * 10
    assert count_different(labels.reshape(-1, 10)) > 900


def test_no_two_digits_are_alike(digits):
    assert count_different(digits[0]) == len(digits[0])


def test_digits_are_centred_by_mass(digits):
    ink, position = digits[0].astype(float), np.arange(28)
    mass = ink.sum(axis=(1, 2))
    assert np.abs(ink.sum(axis=1) @ position / mass - 14).max() < 0.5
    assert np.abs(ink.sum(axis=2) @ position / mass - 14).max() < 0.5


def test_digits_carry_as_much_ink_as_mnist(digits):
    # Real MNIST: a mean of 33.3, a standard deviation of 11.0 between images, 19.1 % of all pixels not black.
    ink = digits[0].mean(axis=(1, 2))
    assert 31 < ink.mean() < 36 and 9 < ink.std() < 13
    assert 0.17 < (digits[0] > 0).mean() < 0.21


def test_digits_fill_a_box_of_about_20_pixels(digits):
    rows, columns = (digits[0].any(axis=axis).sum(axis=1) for axis in (2, 1))
    longest = np.maximum(rows, columns)
    assert 19 <= longest.mean() <= 21 and longest.max() <= 23


def test_the_same_seed_draws_the_same_digits():
    for first, second in zip(draw_digits(300, seed=3), draw_digits(300, seed=3), strict=True):
        assert np.array_equal(first, second)


def test_another_seed_draws_other_digits():
    assert count_different(np.concatenate([draw_digits(300, seed=1)[0], draw_digits(300, seed=2)[0]])) == 600


def test_fewer_digits_are_the_beginning_of_more_digits(digits):
    images, labels = draw_digits(123)
    assert np.array_equal(images, digits[0][:123]) and np.array_equal(labels, digits[1][:123])


def test_the_mean_image_of_each_digit_looks_like_mnist(digits, mnist):
    images, labels = digits
    for digit in range(10):
        drawn, real = images[labels == digit].mean(axis=0), mnist["x_train"][mnist["y_train"] == digit].mean(axis=0)
        assert np.corrcoef(drawn.ravel(), real.ravel())[0, 1] > 0.85, f"the mean {digit}"


@pytest.mark.slow
def test_a_classifier_of_mnist_reads_the_drawn_digits(mnist):
    import keras

    keras.utils.set_random_seed(0)
    classifier = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Conv2D(16, 5, strides=2, padding="same", activation="relu"),
            keras.layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(10),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(optimizer=keras.optimizers.Adam(0.002), loss=loss)
    x_train, y_train = mnist["x_train"][:40_000, ..., None], mnist["y_train"][:40_000]
    classifier.fit(x_train, y_train, batch_size=128, epochs=3, verbose=0)

    def read(images):
        return classifier.predict(images[..., None], batch_size=500, verbose=0).argmax(axis=1)

    assert (read(mnist["x_test"]) == mnist["y_test"]).mean() > 0.97, "the classifier itself is not good enough"
    images, labels = draw_digits(2000, seed=7)
    right = read(images) == labels
    by_digit = {digit: right[labels == digit].mean().round(3).item() for digit in range(10)}
    assert right.mean() >= 0.9 and min(by_digit.values()) >= 0.8, f"{right.mean():.3f}, by digit {by_digit}"


def test_faces_are_uint8_colour_images_of_celeba_size(faces):
    assert faces.shape == (60, 218, 178, 3) and faces.dtype == np.uint8
    assert faces.min() < 30 and faces.max() > 225


def test_no_two_faces_are_alike_not_even_at_28_by_28(faces):
    small = [np.asarray(Image.fromarray(face).resize((28, 28), Image.Resampling.BILINEAR), float) for face in faces]
    for number, face in enumerate(small):
        for earlier_face in small[:number]:
            assert np.abs(face - earlier_face).mean() > 3


def test_the_same_seed_draws_the_same_faces():
    assert np.array_equal(draw_faces(4, seed=5), draw_faces(4, seed=5))


def test_another_seed_draws_other_faces():
    assert count_different(np.concatenate([draw_faces(4, seed=seed) for seed in range(3)])) == 12


def test_fewer_faces_are_the_beginning_of_more_faces(faces):
    assert np.array_equal(draw_faces(5), faces[:5])


def test_the_eyes_are_where_celeba_has_them_and_darker_than_the_skin_around(faces):
    gray = faces.mean(axis=3)
    for x in (69, 108):
        pupils = gray[:, 108:117, x - 4 : x + 5].min(axis=(1, 2))
        cheeks = np.median(gray[:, 128:140, x - 6 : x + 7], axis=(1, 2))
        assert (pupils < cheeks - 8).all() and (cheeks - pupils).mean() > 60


def test_faces_are_symmetric_on_average_and_none_of_them_exactly(faces):
    heads = faces[:, 60:180, 49:129].mean(axis=3)  # The middle of the face, x = 88.5, is the middle of these columns.
    average = heads.mean(axis=0)
    assert np.corrcoef(average.ravel(), average[:, ::-1].ravel())[0, 1] > 0.9
    assert (np.abs(heads - heads[:, :, ::-1]).mean(axis=(1, 2)) > 2).all()


def test_skin_hair_clothes_and_background_vary_from_face_to_face(faces):
    for y, x in ((145, 60), (52, 88), (214, 40), (20, 20)):
        assert faces[:, y, x].std(axis=0).min() > 20


@pytest.mark.parametrize("draw", [draw_digits, draw_faces])
@pytest.mark.parametrize("count", [0, -3, 2.0, "10", None, True])
def test_a_count_that_is_no_whole_number_from_1_is_refused_in_one_sentence(draw, count):
    with pytest.raises(ValueError) as caught:
        draw(count)
    expected = f"{draw.__name__}: count must be a whole number of at least 1. Received: count={count!r}."
    assert str(caught.value) == expected


@pytest.mark.parametrize("draw", [draw_digits, draw_faces])
def test_a_numpy_integer_is_a_good_count(draw):
    images = draw(np.int64(1))
    assert len(images[0] if draw is draw_digits else images) == 1
