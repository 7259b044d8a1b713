"""A small network that reads digits: what it sees in a picture is what the measures compare for MNIST.

`train_digit_reader.py` trained it on MNIST's 60,000 training images; the images cannot be rebuilt from its weights.
"""

import functools
import hashlib
import io
from pathlib import Path

import numpy as np
import tensorflow as tf

from dcgan_lib.scaling import to_unit_range
from dcgan_lib.system.defaults import numpy_defaults

WEIGHTS = Path(__file__).with_name("digit_reader.npz")
WEIGHTS_SHA256 = "55f1b77a779ee476448ddb44e73ed1cff9c679c59a34ca827aebf20f6612dda5"
_BATCH = 500


@numpy_defaults()
def digit_features(images):
    """Computes what the reader's last hidden layer says of each picture.

    Args:
        images: uint8 `(n, 28, 28, 1)`, 0 to 255, or float in [-1, 1].

    Returns:
        float32 `(n, 64)`, not negative.

    Raises:
        ValueError: If the images have another shape.
    """
    return _run(images)[0]


@numpy_defaults()
def read_digits(images):
    """Reads digits: float32 `(n, 10)`, the probability of each of the ten; takes what `digit_features` takes."""
    return _run(images)[1]


def forward(pixels, weights):
    """Computes features and logits of float32 pixels `(n, 28, 28, 1)`, 0 to 1, in whatever graph calls it."""
    first, first_bias, second, second_bias, hidden, hidden_bias, last, last_bias = weights
    for kernel, bias in ((first, first_bias), (second, second_bias)):
        pixels = tf.nn.relu(tf.nn.conv2d(pixels, kernel, strides=1, padding="SAME") + bias)
        pixels = tf.nn.max_pool2d(pixels, 2, strides=2, padding="SAME")
    flat = tf.reshape(pixels, (-1, hidden.shape[0]))
    features = tf.nn.relu(tf.matmul(flat, hidden) + hidden_bias)
    return features, tf.matmul(features, last) + last_bias


def _run(images):
    if images.ndim != 4 or images.shape[1:] != (28, 28, 1):
        raise ValueError(
            f"digit_features: the digit reader takes images of the shape (n, 28, 28, 1). Received: {images.shape}. "
            f"For faces use face_features."
        )
    results = []
    for first in range(0, len(images), _BATCH):
        features, logits = _forward()(tf.constant(to_unit_range(images[first : first + _BATCH])))
        results.append((features.numpy(), tf.nn.softmax(logits).numpy()))
    return tuple(np.concatenate(parts) for parts in zip(*results, strict=True))


@functools.cache
def _forward():
    content = WEIGHTS.read_bytes()
    if hashlib.sha256(content).hexdigest() != WEIGHTS_SHA256:
        raise ValueError(f"digit_features: '{WEIGHTS}' is not the file that the course came with. Install it anew.")
    with np.load(io.BytesIO(content), allow_pickle=False) as file:
        weights = [tf.constant(file[name].astype(np.float32)) for name in file.files]
    shape = tf.TensorSpec((None, 28, 28, 1), tf.float32)
    return tf.function(lambda pixels: forward(pixels, weights), input_signature=[shape], autograph=False)
