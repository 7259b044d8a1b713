"""How fast photos become an array, and in how much memory: `python -m benchmarks.data [--full]`.

Makes its photos itself (drawn faces with a grain, so that a file has the size of a CelebA photo's), as a zip and
as the same files in a folder. Every way of reading them runs in a process of its own, one after the other, and
again in the next round; a machine that other work slows down slows all of them down, so the ratios count.
"""

import argparse
import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

import numpy as np

from benchmarks.record import describe_machine, write_record
from dcgan_course.exercises.table import print_columns

SIZE = 28
DIFFERENT = 1_000  # This many photos differ; more than these are copies under other names.


def make_photos(folder, count):
    """Writes `count` JPEGs of 178x218 into `faces.zip` and into `faces/`; returns their mean size in bytes."""
    from PIL import Image

    from dcgan_lib.data import draw_faces

    rng = np.random.default_rng(0)
    faces, contents = draw_faces(100), []
    for number in range(min(count, DIFFERENT)):
        face = faces[number % len(faces)][:, :: 1 if number % 2 else -1]
        file = io.BytesIO()
        grain = rng.normal(0, 5, face.shape[:2])[..., None] + rng.uniform(-20, 20)
        Image.fromarray(np.clip(face + grain, 0, 255).astype("uint8")).save(file, "JPEG", quality=80)
        contents.append(file.getvalue())
    (folder / "faces").mkdir()
    with zipfile.ZipFile(folder / "faces.zip", "w") as archive:
        for number in range(count):
            path = folder / "faces" / f"{number:06}.jpg"
            archive.writestr(f"img_align_celeba/{path.name}", contents[number % len(contents)])
            if number < len(contents):
                path.write_bytes(contents[number])
            else:
                os.link(folder / "faces" / f"{number % len(contents):06}.jpg", path)
    return sum(map(len, contents)) / len(contents)


def read_zip(folder):
    """load_faces on the zip, with no cache there."""
    from dcgan_lib.data import load_faces

    for path in folder.glob("*.cache.npz"):
        path.unlink()
    return lambda: np.asarray(load_faces(folder / "faces.zip", color_mode="rgb"))


def read_cache(folder):
    """load_faces on the zip, with the cache that read_zip left."""
    from dcgan_lib.data import load_faces

    return lambda: np.asarray(load_faces(folder / "faces.zip", color_mode="rgb"))


def read_folder(folder):
    """load_faces on the same files in a folder, with no cache there."""
    from dcgan_lib.data import load_faces

    for path in folder.glob("*.cache.npz"):
        if "zip" not in path.name:
            path.unlink()
    return lambda: np.asarray(load_faces(folder / "faces", color_mode="rgb"))


def read_plain(folder):
    """What the slides do: PIL.Image.open(path).resize() in a loop."""
    from PIL import Image

    def read():
        paths = sorted((folder / "faces").iterdir())
        images = np.empty((len(paths), SIZE, SIZE, 3), "uint8")
        for index, path in enumerate(paths):
            images[index] = np.asarray(Image.open(path).resize((SIZE, SIZE)))
        return images

    return read


def read_keras(folder):
    """keras.utils.image_dataset_from_directory with its defaults: bilinear, not smoothed."""
    import keras

    def read():
        batches = keras.utils.image_dataset_from_directory(
            folder / "faces", labels=None, image_size=(SIZE, SIZE), batch_size=256, shuffle=False, verbose=False
        )
        return _collect(folder, batches)

    return read


def read_tf(folder, antialias=False):
    """tf.io.decode_jpeg and tf.image.resize in tf.data: bilinear, not smoothed."""
    import tensorflow as tf

    def load(path):
        image = tf.io.decode_jpeg(tf.io.read_file(path), channels=3)
        method = "bicubic" if antialias else "bilinear"
        image = tf.image.resize(image, (SIZE, SIZE), method=method, antialias=antialias)
        return tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8)

    def read():
        paths = sorted(str(path) for path in (folder / "faces").iterdir())
        photos = tf.data.Dataset.from_tensor_slices(paths).map(load, tf.data.AUTOTUNE)
        return _collect(folder, photos.batch(256).prefetch(tf.data.AUTOTUNE))

    return read


def read_tf_smooth(folder):
    """The same with antialias=True and bicubic, which is what Pillow's resize computes."""
    return read_tf(folder, antialias=True)


def _collect(folder, batches):
    images, start = np.empty((len(os.listdir(folder / "faces")), SIZE, SIZE, 3), "uint8"), 0
    for batch in batches:
        images[start : start + len(batch)] = np.asarray(batch)
        start += len(batch)
    return images


CONTENDERS = {
    "dcgan_lib, zip": read_zip,
    "dcgan_lib, its cache": read_cache,
    "dcgan_lib, folder": read_folder,
    "PIL open + resize, loop": read_plain,
    "keras.utils": read_keras,
    "tf.data": read_tf,
    "tf.data, smoothed": read_tf_smooth,
}


def memory_mb():
    """The memory that this process holds now, and the most that it ever held, in MB."""
    with open("/proc/self/status") as file:
        now = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
    return now / 1024, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_contender(name, folder):
    """Runs in a process of its own; prints one line of JSON."""
    read = CONTENDERS[name](folder)
    # The highest mark so far is the libraries' import; what reading adds is counted from where it starts.
    start_mb = memory_mb()[0]
    start = time.perf_counter()
    images = read()
    seconds = time.perf_counter() - start
    expected = read_plain_sample(folder)
    difference = np.abs(images[: len(expected)].astype(int) - expected).mean()
    print(json.dumps({"seconds": seconds, "mb": memory_mb()[1] - start_mb, "n": len(images), "off": difference}))


def read_plain_sample(folder, count=50):
    """What Pillow's plain resize gives for the first photos, to compare with."""
    from PIL import Image

    paths = [folder / "faces" / f"{number:06}.jpg" for number in range(count)]
    return np.stack([np.asarray(Image.open(path).resize((SIZE, SIZE))) for path in paths]).astype(int)


def measure(count, rounds, folder):
    """Runs all contenders in turn; returns rows of results, the best of the rounds."""
    size = make_photos(folder, count) / 1000
    print(f"\n{count:,} photos of 178x218, {size:.1f} kB on average, to {SIZE}x{SIZE}x3; rounds: {rounds}", flush=True)
    runs = {name: [] for name in CONTENDERS}
    for _ in range(rounds):
        for name in CONTENDERS:
            command = [sys.executable, "-m", "benchmarks.data", "--contender", name, "--folder", str(folder)]
            environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": ""}
            result = subprocess.run(command, capture_output=True, text=True, env=environment)
            if result.returncode:
                sys.exit(f"{name}:\n{result.stderr}")
            runs[name].append(json.loads(result.stdout.splitlines()[-1]))
    rows = []
    plain = min(run["seconds"] for run in runs["PIL open + resize, loop"])
    lines = [("", "seconds", "photos/s", "to plain", "peak MB", "off plain")]
    for name, results in runs.items():
        best = min(run["seconds"] for run in results)
        row = {
            "name": name,
            "photos": count,
            "seconds": [round(run["seconds"], 3) for run in results],
            "photos_per_second": round(count / best),
            "times_plain": round(plain / best, 2),
            "peak_mb_above_start": round(max(run["mb"] for run in results)),
            "grey_levels_off_plain": round(results[0]["off"], 3),
        }
        rows.append(row)
        speed, memory = f"{row['photos_per_second']:,}", f"{row['peak_mb_above_start']:,}"
        off = f"{row['grey_levels_off_plain']:.2f}"
        lines.append((name, f"{best:.2f}", speed, f"{row['times_plain']:.2f}", memory, off))
    print_columns(lines, values="right")
    return rows


def main():
    """Reads the photos in every way, in turns, prints the table and writes benchmarks/results/data.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data", description=__doc__.splitlines()[0])
    parser.add_argument("--full", action="store_true", help="202,599 photos as well, as many as CelebA has")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.contender:
        return run_contender(options.contender, options.folder)
    machine, rows = describe_machine(), []
    for count, rounds in [(20_000, 3), (202_599, 1)][: 2 if options.full else 1]:
        with tempfile.TemporaryDirectory() as folder:
            rows += measure(count, rounds, Path(folder))
    write_record("data", machine=machine, rows=rows)


if __name__ == "__main__":
    main()
