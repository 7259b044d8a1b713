"""The lecture's training step: two networks, two optimizers, three updates."""

import keras
import tensorflow as tf

from dcgan_lib.precision import check_precision, compute_in
from dcgan_lib.upsampling import fold


class DCGAN(keras.Model):
    """Joins a generator and a discriminator and trains them against each other.

    On Keras 3 the slides' own code never trains the discriminator: `discriminator.trainable = False`
    is read when a step is traced, not when it was compiled. Here nothing is frozen by a flag. Each
    of the three updates names the variables that it moves, and no others move.

    `fit` works as for any Keras model: `dcgan.compile()`, then `dcgan.fit(images, batch_size=32)`
    with float32 images in [-1, 1]. `dcgan_lib.train` does the same faster, and keeps the pictures.

    Args:
        generator: Noise `(batch, latent_dim)` to images `(batch, height, width, channels)` in [-1, 1].
        discriminator: Such images to `(batch, 1)`, the probability that each is real.
        d_optimizer: Moves the discriminator; the lecture's `"adam"` where it is None.
        g_optimizer: Moves the generator; the lecture's `"adam"` where it is None.
        precision: `"float32"`, or `"bfloat16"` to compute `update` in bfloat16 with float32 weights,
            losses and scores. Other bits, and a little faster on processors that have it.

    Raises:
        ValueError: If one of the networks has no weights to train (its `trainable` is False), if the
            generator does not draw what the discriminator takes, if both share one optimizer, or if
            this machine would be slower in that precision.
    """

    def __init__(self, generator, discriminator, d_optimizer=None, g_optimizer=None, precision="float32", **kwargs):
        super().__init__(**kwargs)
        check_precision(precision)
        for role, network in (("generator", generator), ("discriminator", discriminator)):
            if not network.trainable_variables:
                raise ValueError(
                    f"DCGAN: the {role} has no weights to train ({role}.trainable is {network.trainable}). Set "
                    f"{role}.trainable = True: DCGAN itself keeps the discriminator still while the generator learns."
                )
        if generator.output_shape != discriminator.input_shape:
            raise ValueError(
                f"DCGAN: the generator must draw what the discriminator takes. Received: generator output "
                f"{generator.output_shape}, discriminator input {discriminator.input_shape}. "
                f"Build both with the same image_shape."
            )
        if d_optimizer is not None and d_optimizer is g_optimizer:
            raise ValueError("DCGAN: the two networks need an optimizer each. Received: one optimizer for both.")
        self.generator = generator
        self.discriminator = discriminator
        self.d_optimizer = keras.optimizers.Adam() if d_optimizer is None else d_optimizer
        self.g_optimizer = keras.optimizers.Adam() if g_optimizer is None else g_optimizer
        # The lists are kept: a `trainable = False` set later must not empty them without a word.
        self._d_variables = list(discriminator.trainable_variables)
        self._g_variables = list(generator.trainable_variables)
        self.d_optimizer.build(self._d_variables)
        self.g_optimizer.build(self._g_variables)
        self.precision = precision
        self._draw = fold(generator)
        self._noise_seed = keras.random.SeedGenerator()
        self.built = True

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

    def compile(self, jit_compile=None, **kwargs):
        """Makes `fit` ready; takes Keras's arguments but no optimizer and no loss: they are here already.

        XLA is left off without a GPU: on a CPU it makes this step some twenty times slower.
        """
        if jit_compile is None:
            jit_compile = bool(tf.config.list_physical_devices("GPU"))
        super().compile(jit_compile=jit_compile, **kwargs)

    def update(self, real, noise):
        """Makes the lecture's three updates, in its order (slides "훈련 함수 2/5 - 4/5").

        The discriminator learns that `real` is real, then that what the generator draws from
        `noise` (in inference mode, as `predict` does) is fake; then the generator learns, from the
        same noise and through the discriminator as it now is, to be called real.

        Args:
            real: float32 `(batch, height, width, channels)` in [-1, 1].
            noise: float32 `(batch, latent_dim)`, normal.

        Returns:
            A dict of four float32 scalars of this batch: `d_loss`, the mean of the discriminator's
            two losses; `g_loss`; `d_real`, the mean of D(x); `d_fake`, the mean of D(G(z)), both as
            the discriminator said before it learned from them.
        """
        with compute_in(self.precision, self.generator, self.discriminator):
            d_loss_real, d_real = self._teach_discriminator(real, label=1.0)
            fake = self._draw(noise, training=False)
            d_loss_fake, d_fake = self._teach_discriminator(fake, label=0.0)
            g_loss = self._teach_generator(noise)
        return {"d_loss": 0.5 * (d_loss_real + d_loss_fake), "g_loss": g_loss, "d_real": d_real, "d_fake": d_fake}

    def train_step(self, real):
        """Draws noise and makes one `update`: what `fit` calls for each batch."""
        noise = keras.random.normal((tf.shape(real)[0], self.latent_dim), seed=self._noise_seed)
        return self.update(real, noise)

    def _teach_discriminator(self, images, label):
        with tf.GradientTape() as tape:
            scores = self.discriminator(images, training=True)
            loss = _cross_entropy(scores, real=label == 1.0)
        self.d_optimizer.apply(tape.gradient(loss, self._d_variables), self._d_variables)
        return loss, tf.reduce_mean(scores)

    def _teach_generator(self, noise):
        # Dropout stays on in the discriminator, as it does on the slides: frozen is not the same as inference.
        with tf.GradientTape() as tape:
            scores = self.discriminator(self._draw(noise, training=True), training=True)
            loss = _cross_entropy(scores, real=True)
        self.g_optimizer.apply(tape.gradient(loss, self._g_variables), self._g_variables)
        return loss


def _cross_entropy(scores, real):
    """The mean binary cross-entropy of scores against "real" or "fake", computed from their logits.

    The logits are those that Keras's own loss takes from a sigmoid. Written as one softplus, the
    gradient is a single term: TensorFlow adds three or more in whatever order they arrive, and the
    last bits would differ from run to run.
    """
    logits = getattr(scores, "_keras_logits", None)
    if logits is None:
        return tf.reduce_mean(keras.losses.binary_crossentropy(tf.fill(tf.shape(scores), float(real)), scores))
    return tf.reduce_mean(tf.nn.softplus(-logits if real else logits))
