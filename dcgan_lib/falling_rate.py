"""A learning rate that falls late in a long run."""

import keras
import tensorflow as tf


class FallingRate(keras.optimizers.schedules.LearningRateSchedule):
    """Keeps `rate` for the first `steady_steps`; from then on it falls with one over the root of the steps.

    At four times as many steps it is half as large. With steps of one size the two networks circle around each other
    at a distance that this size sets; smaller ones bring them nearer. One over the root is the textbook's rate for
    noisy gradients (Robbins and Monro 1951; Nemirovski et al. 2009), and it needs no length of the run: one that goes
    on later makes the same steps.

    Args:
        rate: The learning rate at first.
        steady_steps: So long it stays.
    """

    def __init__(self, rate, steady_steps):
        self.rate, self.steady_steps = rate, steady_steps

    def __call__(self, step):
        """Returns the rate of the step with that number, from 0: a float32 scalar."""
        done = tf.cast(step, tf.float32) + 1.0
        return self.rate * tf.sqrt(tf.minimum(1.0, self.steady_steps / done))

    def get_config(self):
        """Returns the arguments, as Keras asks for them: a dict."""
        return {"rate": self.rate, "steady_steps": self.steady_steps}
