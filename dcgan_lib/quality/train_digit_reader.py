"""Trains the reader of digits that the measures use: `python -m dcgan_lib.quality.train_digit_reader PATH/mnist.npz`.

A few minutes on two cores. It writes `digit_reader.npz` and prints the hash that
`digit_reader.py` checks, with the share of MNIST's 10,000 test images that it reads rightly.
"""

import argparse
import hashlib
import sys

import keras
import numpy as np
import tensorflow as tf

from dcgan_lib.quality.digit_reader import WEIGHTS, forward

EPOCHS, BATCH = 8, 64
# float16 halves the file, and changes no reading in a thousand.
SHAPES = ((3, 3, 1, 24), (24,), (3, 3, 24, 48), (48,), (7 * 7 * 48, 64), (64,), (64, 10), (10,))


def train(pixels, labels):
    """Trains for `EPOCHS` on pixels in [0, 1], each moved by up to two at random; returns the weights."""
    keras.utils.set_random_seed(0)
    weights = [keras.Variable("he_normal" if len(shape) > 1 else "zeros", shape=shape) for shape in SHAPES]
    steps = EPOCHS * len(pixels) // BATCH
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps))
    optimizer.build(weights)

    @tf.function(autograph=False)
    def step(batch, answers, corner):
        moved = tf.slice(tf.pad(batch, ((0, 0), (2, 2), (2, 2), (0, 0))), (0, *tf.unstack(corner), 0), (-1, 28, 28, 1))
        with tf.GradientTape() as tape:
            values = [weight.value for weight in weights]
            values[6] = tf.nn.dropout(values[6], 0.2)
            _, logits = forward(moved, values)
            loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(answers, logits))
        optimizer.apply(tape.gradient(loss, weights), weights)
        return loss

    rng = np.random.default_rng(0)
    for epoch in range(EPOCHS):
        order = rng.permutation(len(pixels))
        for first in range(0, len(order) - BATCH + 1, BATCH):
            chosen = order[first : first + BATCH]
            loss = step(pixels[chosen], labels[chosen], rng.integers(0, 5, 2, dtype="int32"))
        print(f"epoch {epoch + 1} of {EPOCHS}, loss {float(loss):.4f}", flush=True)
    return [np.asarray(weight).astype(np.float16) for weight in weights]


def main():
    """Trains the reader and writes its weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("mnist", help="mnist.npz, as Keras saves it")
    with np.load(parser.parse_args().mnist) as data:
        images = {name: data[name].astype(np.float32)[..., None] / 255 for name in ("x_train", "x_test")}
        labels = {name: data[name].astype(np.int32) for name in ("y_train", "y_test")}
    weights = train(images["x_train"], labels["y_train"])
    logits = forward(images["x_test"], [weight.astype(np.float32) for weight in weights])[1].numpy()
    right = (logits.argmax(axis=1) == labels["y_test"]).mean()
    np.savez(WEIGHTS, **{f"weight_{index}": weight for index, weight in enumerate(weights)})
    digest = hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    print(f"{right:.2%} of {len(logits):,} test images; {WEIGHTS.stat().st_size:,} bytes, sha256 {digest}")
    return right < 0.99


if __name__ == "__main__":
    sys.exit(main())
