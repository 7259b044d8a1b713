"""MNIST from a file or from the network, or drawn digits where there is neither."""

import contextlib
import gzip
import hashlib
import io
import os
import struct
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import numpy as np

from dcgan_lib.data.drawn_digits import draw_digits
from dcgan_lib.data.images import Images
from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.paths import course_path, named_path, shown_path

MNIST_URL = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz"
MNIST_URL_SHA256 = "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
# Of the 60,000 images, whatever file holds them. It tells MNIST from Fashion-MNIST, whose files have the same names.
MNIST_IMAGES_SHA256 = "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757"
MNIST_FILES = ("mnist.npz", "train-images-idx3-ubyte", "train-images-idx3-ubyte.gz")
DOWNLOAD_SECONDS = 10


def load_mnist(data_dir=None):
    """Loads the 60,000 training images of MNIST, or draws digits where there is no MNIST.

    Args:
        data_dir: A folder with `mnist.npz` (as Keras writes it) or the idx files, plain or `.gz`
            (Fashion-MNIST in these forms works too). A relative one is looked for in the course's folder, then
            in the working folder. `None`: the folder that `DCGAN_DATA` names; or else `data/`, then what Keras
            downloaded before, then a download, tried once and for at most 10 seconds, then 10,000 drawn digits.

    Returns:
        `Images`, uint8 `(n, 28, 28, 1)`, 0 to 255; `source` says what was found.

    Raises:
        FileNotFoundError: If a folder is named and has no MNIST in it.
        ValueError: If the file is damaged.
    """
    named = named_path("load_mnist", data_dir)
    keras_home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    for folder in [named] if named else [course_path("data"), keras_home / "datasets"]:
        for path in (folder / name for name in MNIST_FILES):
            if path.is_file():
                return _read_mnist(path)
    if named:
        raise FileNotFoundError(
            f"load_mnist: no {', '.join(MNIST_FILES)} in '{named}'. Put one of them there, or leave "
            f"data_dir=None for what the course finds by itself."
        )
    content, problem = _download(MNIST_URL, MNIST_URL_SHA256, DOWNLOAD_SECONDS)
    if content is None:
        digits = draw_digits(10_000)[0][..., np.newaxis]
        return Images(digits, f"{len(digits):,} digits drawn by dcgan_lib (no MNIST in data/, and {problem})")
    path = course_path("data/mnist.npz")
    with contextlib.suppress(OSError):  # The folder is read-only: it is downloaded again next time.
        path.parent.mkdir(exist_ok=True)
        with atomic_write(path, "wb") as file:
            file.write(content)
    return _read_mnist(path, io.BytesIO(content))


def _read_mnist(path, file=None):
    try:
        if path.suffix == ".npz":
            with np.load(file or path, allow_pickle=False) as arrays:
                images = arrays["x_train"]
        else:
            with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as stream:
                magic, *shape = struct.unpack(">4i", stream.read(16))
                images = np.frombuffer(stream.read(), "uint8").reshape(shape)
            if magic != 0x803:
                raise ValueError("it does not begin like an idx file of images")
        if images.dtype != np.uint8 or images.shape[1:] != (28, 28) or not len(images):
            raise ValueError(f"it holds {images.dtype} {images.shape}")
    except Exception as error:
        raise ValueError(
            f"load_mnist: '{shown_path(path)}' is damaged or no MNIST, uint8 (n, 28, 28): "
            f"{error or type(error).__name__}. Delete it, or put a good one in its place."
        ) from None
    if hashlib.sha256(images.tobytes()).hexdigest() == MNIST_IMAGES_SHA256:
        source = f"MNIST: {len(images):,} digits from {shown_path(path)}"
    else:
        source = f"{len(images):,} images from {shown_path(path)}"
    return Images(images[..., np.newaxis], source)


def _download(url, sha256, seconds):
    """Downloads a file in at most `seconds`; returns its bytes, or `None`, and what went wrong."""
    result, deadline = {"problem": f"its download took over {seconds} seconds"}, time.monotonic() + seconds

    def fetch():
        try:
            content = bytearray()
            with urllib.request.urlopen(url, timeout=seconds) as response:
                while time.monotonic() < deadline:
                    block = response.read1(2**16)
                    content += block
                    if not block:
                        is_right = hashlib.sha256(content).hexdigest() == sha256
                        result.update({"content": bytes(content)} if is_right else {"problem": "another file was sent"})
                        break
        except urllib.error.HTTPError as error:
            result["problem"] = f"the server answered {error.code}"
        except Exception:
            result["problem"] = "no network"

    # In a thread that may be abandoned, because looking up the server's name has no time limit of its own.
    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(seconds)
    return result.get("content"), result["problem"]
