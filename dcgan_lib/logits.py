"""Losses from logits: the number in front of the discriminator's sigmoid, `score = sigmoid(logit)`.

A score of exactly 0 or 1 has no gradient left, but its logit has. So the losses are computed from logits:
-log(sigmoid(x)) = softplus(-x) and -log(1 - sigmoid(x)) = softplus(x).
"""

import contextlib

import keras
import tensorflow as tf


def last_sigmoid(network):
    """Returns the layer whose sigmoid makes the network's scores, or None where no such layer comes last."""
    layer = network
    while isinstance(layer, keras.Model):
        layer = layer.layers[-1] if layer.layers else None
    return layer if getattr(layer, "activation", None) is keras.activations.sigmoid else None


def compute_logits(network, sigmoid_layer, images, training):
    """Computes the logits of a discriminator.

    Args:
        network: The discriminator.
        sigmoid_layer: What `last_sigmoid` returned for it.
        images: float32 `(batch, height, width, channels)`.
        training: Whether Dropout is on.

    Returns:
        float32 `(batch, 1)`; the scores are their sigmoids.
    """
    with _activation(sigmoid_layer, keras.activations.linear):
        return network(images, training=training)


@contextlib.contextmanager
def loss_from_logits(dcgan):
    """Lets `dcgan.loss_function` compute from logits while this context lasts; the numbers are the same.

    Written as one softplus, the gradient is a single term. TensorFlow adds three or more terms (as in Keras's own
    loss) in any order, and then the last bits differ from run to run. A network that does not end in a sigmoid
    keeps its own loss.
    """
    layer, loss_function, known = last_sigmoid(dcgan.discriminator), dcgan.loss_function, []
    if layer is None:
        yield
        return

    def remember(logits):
        scores = keras.activations.sigmoid(logits)
        known.append((scores, logits))
        return scores

    def compute_loss(labels, scores):
        for known_scores, logits in reversed(known):
            if known_scores is scores:
                return tf.reduce_mean(tf.nn.softplus((1 - 2 * labels) * logits))
        return loss_function(labels, scores)

    with _activation(layer, remember):
        dcgan.loss_function = compute_loss
        try:
            yield
        finally:
            dcgan.loss_function = loss_function


@contextlib.contextmanager
def _activation(layer, activation):
    before = layer.activation
    layer.activation = activation
    try:
        yield
    finally:
        layer.activation = before
