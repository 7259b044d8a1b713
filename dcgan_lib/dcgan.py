"""The lecture's training step: two networks, two optimizers, three updates."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from dcgan_lib.models import check_networks
from dcgan_lib.speed.compiled import faster
from dcgan_lib.speed.precision import check_precision, compute_in
from dcgan_lib.speed.upsampling import fuse_upsampling
from dcgan_lib.system.defaults import keras_defaults, numpy_defaults
from dcgan_lib.system.machine import has_gpu

_IMAGES_A_CALL = 500  # `draw` needs memory for this many images only.


class DCGAN(keras.Model):
    """Joins a generator and a discriminator and trains them against each other.

    `train_discriminator`, `train_generator` and `update` are the code of notebook 1, word for word. `train` and
    `fit` run the same code in one compiled graph (`speed/compiled.py`).

    On Keras 3 the slides' own code never trains the discriminator: `discriminator.trainable = False` is read when a
    step is traced, not when it was compiled. Here no flag freezes anything. Each of the three updates names the
    variables that it moves.

    `fit` works as for any Keras model: `dcgan.compile()`, then `dcgan.fit(images, batch_size=32)` with float32 images
    in [-1, 1]. `dcgan_lib.train` does the same faster, and keeps the pictures.

    Args:
        generator: Noise `(batch, latent_dim)` to images `(batch, height, width, channels)` in [-1, 1].
        discriminator: Such images to `(batch, 1)`, the probability that each is real.
        d_optimizer: Moves the discriminator; the slides' Adam where it is None.
        g_optimizer: Moves the generator; the slides' Adam where it is None.
        precision: `"float32"`, or `"bfloat16"` to train in bfloat16 with float32 weights, losses and scores. The
            bits differ; on processors that have bfloat16 it is a little faster.

    Raises:
        ValueError: If one of the networks has no weights to train (its `trainable` is False), if the generator does
            not draw what the discriminator takes, if both share one optimizer, or if this machine would be slower in
            that precision.
    """

    # The slides' values. `run.json` holds all of them, also those that the lecture does not use.
    recipe_name = "lecture"
    batch_size = 32
    learning_rate, beta_1, beta_2 = 1e-3, 0.9, 0.999
    one_pass, r1, averaging, steady_steps = False, 0.0, None, None
    augment = None

    def __init__(
        self, generator, discriminator, d_optimizer=None, g_optimizer=None, precision="float32", **keyword_arguments
    ):
        with keras_defaults():
            super().__init__(**keyword_arguments)
            check_precision(precision)
            check_networks(generator, discriminator)
            if d_optimizer is not None and d_optimizer is g_optimizer:
                raise ValueError("DCGAN: the two networks need an optimizer each. Received: one optimizer for both.")
            self.generator = generator
            self.discriminator = discriminator
            self.d_optimizer = self._new_adam() if d_optimizer is None else d_optimizer
            self.g_optimizer = self._new_adam() if g_optimizer is None else g_optimizer
            self.loss_function = keras.losses.BinaryCrossentropy()
            # Keep these lists: setting `trainable = False` later would silently empty the networks' own.
            self.d_variables = list(discriminator.trainable_variables)
            self.g_variables = list(generator.trainable_variables)
            self.d_optimizer.build(self.d_variables)
            self.g_optimizer.build(self.g_variables)
            self.precision = precision
            self.averages = []  # A subclass may keep running averages of the generator's weights here.
            self._noise_seed = keras.random.SeedGenerator()
            self.built = True

    def train_discriminator(self, images, label):
        """Lets the discriminator learn that all `images` are real (label 1.0) or generated (0.0).

        (Slides "훈련 함수 2/5, 3/5".)

        Args:
            images: float32 `(batch, height, width, channels)` in [-1, 1].
            label: 1.0 or 0.0.

        Returns:
            Two float32 scalars: the loss, and the mean score that it gave before it learned from them.
        """
        with tf.GradientTape() as tape:
            scores = self.discriminator(images, training=True)
            loss = self.loss_function(tf.fill(tf.shape(scores), label), scores)
        gradients = tape.gradient(loss, self.d_variables)
        self.d_optimizer.apply(gradients, self.d_variables)
        return loss, tf.reduce_mean(scores)

    def train_generator(self, noise):
        """Lets the generator learn to draw, from `noise`, images that the discriminator calls real.

        The discriminator keeps its weights. Its Dropout stays on, as on the slides. (Slide "훈련 함수 4/5".)

        Args:
            noise: float32 `(batch, latent_dim)`, normal.

        Returns:
            The loss, a float32 scalar.
        """
        with tf.GradientTape() as tape:
            scores = self.gan(noise, training=True)
            loss = self.loss_function(tf.ones_like(scores), scores)
        gradients = tape.gradient(loss, self.g_variables)
        self.g_optimizer.apply(gradients, self.g_variables)
        return loss

    def update(self, real, noise):
        """Makes the lecture's three updates, in its order (slides "훈련 함수 2/5 - 4/5").

        The discriminator learns that `real` is real, then that what the generator draws from `noise` (in inference
        mode, as `predict` does) is generated. Then the generator learns from the same noise, through the
        discriminator as it now is.

        Args:
            real: float32 `(batch, height, width, channels)` in [-1, 1].
            noise: float32 `(batch, latent_dim)`, normal.

        Returns:
            A dict of four float32 scalars of this batch: `d_loss`, the mean of the discriminator's two losses;
            `g_loss`; `d_real`, the mean of D(x); `d_fake`, the mean of D(G(z)).
        """
        d_loss_real, d_real = self.train_discriminator(real, 1.0)
        d_loss_fake, d_fake = self.train_discriminator(self.generator(noise, training=False), 0.0)
        g_loss = self.train_generator(noise)
        return {"d_loss": 0.5 * (d_loss_real + d_loss_fake), "g_loss": g_loss, "d_real": d_real, "d_fake": d_fake}

    def gan(self, noise, training=False):
        """Scores what the generator draws: the slides' joined model, D(G(z)), float32 `(batch, 1)`."""
        return self.discriminator(self.generator(noise, training=training), training=training)

    @property
    def latent_dim(self):
        """The length of one noise vector."""
        return self.generator.input_shape[-1]

    @property
    def image_shape(self):
        """The shape of one image, `(height, width, channels)`."""
        return tuple(self.generator.output_shape[1:])

    def call(self, noise, training=False):
        """Draws images: float32 noise `(batch, latent_dim)` to float32 images in [-1, 1]."""
        return self.generator(noise, training=training)

    @numpy_defaults()
    def draw(self, n, seed=0):
        """Draws `n` images from noise that `seed` decides: float32 `(n, height, width, channels)` in [-1, 1]."""
        parts = []
        with compute_in("float32", self.generator), fuse_upsampling(self.generator):
            for first in range(0, n, _IMAGES_A_CALL):
                shape = (min(_IMAGES_A_CALL, n - first), self.latent_dim)
                noise = tf.random.stateless_normal(shape, [seed, first])
                parts.append(self.generator(noise, training=False).numpy())
        return np.concatenate(parts)

    @contextlib.contextmanager
    def weights_to_draw_with(self, batches=10):
        """Yields the generator with the weights that draw best while this context lasts: here the last ones.

        `batches` is for a subclass, as in `TunedDCGAN.take_averages`.
        """
        yield self.generator

    def take_averages(self, batches=10):
        """Gives the generator its averaged weights for good, where there are some. The lecture has none."""

    def prepare(self, images):
        """Makes itself ready for a run's images, uint8 `(n, height, width, channels)`; the lecture changes nothing.

        Returns:
            What was chosen for them, in sentences for the run's first line; empty where nothing was.
        """
        return ""

    def compile(self, jit_compile=None, **keyword_arguments):
        """Makes `fit` ready; takes Keras's arguments but no optimizer and no loss: they are here already.

        XLA is used on a GPU only: on a CPU it makes this step some twenty times slower.
        """
        super().compile(jit_compile=has_gpu() if jit_compile is None else jit_compile, **keyword_arguments)

    def train_step(self, real):
        """Draws noise and makes one `update`: what `fit` calls for each batch."""
        noise = keras.random.normal((tf.shape(real)[0], self.latent_dim), dtype="float32", seed=self._noise_seed)
        with faster(self):
            return self.update(real, noise)

    def _new_adam(self):
        return keras.optimizers.Adam(self.learning_rate, self.beta_1, self.beta_2)
