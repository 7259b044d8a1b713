"""All of CelebA at 64x64 is 2.5 GB: nothing between a file and the measures may hold the photos twice."""

import sys

import numpy as np
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says what a process held at most")

PEAK = """
import sys
import numpy as np
from small_course import build_images
def peak():
    with open("/proc/self/status") as file:
        return next(1024 * int(line.split()[1]) for line in file if line.startswith("VmHWM"))
"""
# A training of few photos comes first: what TensorFlow itself needs is in the peak before.
TRAINING = """
import keras
from dcgan_lib import DCGAN, train
from dcgan_lib.quality import face_features, kernel_distance
def use(images, folder):
    size = images.shape[1]
    generator = keras.Sequential([
        keras.Input((6,)), keras.layers.Dense(size * size * 3, activation="tanh"), keras.layers.Reshape((size, size, 3))
    ])
    discriminator = keras.Sequential([
        keras.Input((size, size, 3)), keras.layers.Flatten(), keras.layers.Dense(1, activation="sigmoid")
    ])
    dcgan = DCGAN(generator, discriminator)
    train(dcgan, images, steps=20, batch_size=32, output_dir=folder)
    kernel_distance(images, dcgan.draw(100), face_features)
use(build_images(1_000, (64, 64, 3)), sys.argv[1] + "/few")
before = peak()
images = np.tile(build_images(1_000, (64, 64, 3)), (20, 1, 1, 1))
use(images, sys.argv[1] + "/many")
print(images.nbytes, peak() - before)
"""
READING = """
from dcgan_lib.data.photo_cache import PhotoCache
cache = PhotoCache(sys.argv[1], ".", image_size=64)
before = peak()
if sys.argv[2] == "write":
    images = np.tile(build_images(1_000, (64, 64, 3)), (10, 1, 1, 1))
    cache.write(images, [], "")
else:
    images, _, _ = cache.read()
print(images.nbytes, peak() - before)
"""


@pytest.mark.slow
def test_training_and_measuring_hold_the_photos_once(run_child, tmp_path):
    out, _ = run_child(PEAK + TRAINING, tmp_path)
    photos, more = map(int, out.splitlines()[-1].split())
    assert photos == 20_000 * 64 * 64 * 3
    assert more <= 1.2 * photos


@pytest.mark.slow
def test_the_cache_of_many_photos_is_written_and_read_in_the_memory_of_the_photos(run_child, tmp_path):
    (tmp_path / "photos").mkdir()
    for what in ("write", "read"):
        out, _ = run_child(PEAK + READING, tmp_path / "photos", what)
        photos, more = map(int, out.split())
        assert photos == 10_000 * 64 * 64 * 3
        assert more <= 1.2 * photos


def test_a_file_on_the_disk_can_be_trained_on_as_it_is(new_small_dcgan, small_images, tmp_path):
    """So photos that do not fit into memory at all can be trained on; the bits are those of the array."""
    from dcgan_lib import train

    np.save(tmp_path / "photos.npy", small_images)
    in_memory = train(new_small_dcgan(), small_images, steps=9, batch_size=4, output_dir=tmp_path / "array")
    mapped = np.load(tmp_path / "photos.npy", mmap_mode="r")
    on_disk = train(new_small_dcgan(), mapped, steps=9, batch_size=4, output_dir=tmp_path / "file")
    np.testing.assert_array_equal(on_disk.values, in_memory.values)


def test_each_step_has_the_images_that_its_seed_and_number_decide(small_images):
    """As in earlier versions, whose checkpoints go on."""
    import tensorflow as tf

    from dcgan_lib.speed.batches import compile_batches

    draw_batches = compile_batches(batch_size=5, seed=7)
    batches = draw_batches(small_images, 3, 4).numpy()
    assert batches.shape == (4, 5, 4, 4, 1) and batches.dtype == np.uint8
    for step, batch in zip(range(3, 7), batches, strict=True):
        chosen = tf.random.stateless_uniform((5,), [7, 2 * step], 0, len(small_images), tf.int32)
        np.testing.assert_array_equal(batch, small_images[chosen.numpy()])
    np.testing.assert_array_equal(draw_batches(small_images, 5, 1)[0], batches[2])
