"""The lecture's training step: two networks, two optimizers, three updates."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from dcgan_lib.augment import augment_images, check_policy
from dcgan_lib.recipes import find_recipe
from dcgan_lib.speed.precision import check_precision, compute_in
from dcgan_lib.speed.upsampling import fold

_DRAWN_AT_ONCE = 500
_STATISTICS_IMAGES = 1_000  # Enough to measure BatchNormalization's statistics to a few percent.
_R1_EVERY = 16  # Karras et al. 2020: as good as in each step, and a sixteenth of the work.
_MOST_SURE = 60.0  # The logit past which a float32 probability of 0 has no gradient left to turn.


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
        d_optimizer: Moves the discriminator; the recipe's Adam where it is None.
        g_optimizer: Moves the generator; the recipe's Adam where it is None.
        precision: `"float32"`, or `"bfloat16"` to compute `update` in bfloat16 with float32 weights,
            losses and scores. Other bits, and a little faster on processors that have it.
        recipe: `"lecture"`, or `"tuned"`: the same networks, trained so that they draw better (`recipes.py`).
        augment: For few images: the random changes through which the discriminator sees all pictures,
            as `"color,translation,cutout"` (`augment.py`); None for none.

    Raises:
        ValueError: If one of the networks has no weights to train (its `trainable` is False), if the
            generator does not draw what the discriminator takes, if both share one optimizer, if
            this machine would be slower in that precision, if there is no such recipe or change, or
            if a recipe brings optimizers of its own.
    """

    def __init__(
        self,
        generator,
        discriminator,
        d_optimizer=None,
        g_optimizer=None,
        precision="float32",
        recipe="lecture",
        augment=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_precision(precision)
        check_policy(augment)
        self.recipe = find_recipe(recipe, d_optimizer, g_optimizer)
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
        self.d_optimizer = self.recipe.new_optimizer() if d_optimizer is None else d_optimizer
        self.g_optimizer = self.recipe.new_optimizer() if g_optimizer is None else g_optimizer
        # The lists are kept: a `trainable = False` set later must not empty them without a word.
        self._d_variables = list(discriminator.trainable_variables)
        self._g_variables = list(generator.trainable_variables)
        self.d_optimizer.build(self._d_variables)
        self.g_optimizer.build(self._g_variables)
        self.precision = precision
        self.recipe_name, self.augment = recipe, augment
        # The running averages of the generator's weights; empty where the recipe takes none.
        self.averages = [tf.Variable(each) for each in self._g_variables if self.recipe.averaging]
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
            if self.recipe.one_pass:
                losses = self._teach_both(real, noise)
            else:
                d_loss_real, d_real = self._teach_discriminator(real, real=True)
                fake = self._draw(noise, training=False)
                d_loss_fake, d_fake = self._teach_discriminator(fake, real=False)
                g_loss = self._teach_generator(noise)
                losses = 0.5 * (d_loss_real + d_loss_fake), g_loss, d_real, d_fake
        if self.averages:
            self._update_averages()
        return dict(zip(("d_loss", "g_loss", "d_real", "d_fake"), losses, strict=True))

    def draw(self, n, seed=0):
        """Draws `n` images from noise that `seed` decides: float32 `(n, height, width, channels)` in [-1, 1]."""
        parts = []
        for first in range(0, n, _DRAWN_AT_ONCE):
            shape = (min(_DRAWN_AT_ONCE, n - first), self.latent_dim)
            parts.append(self._draw(tf.random.stateless_normal(shape, [seed, first]), training=False).numpy())
        return np.concatenate(parts)

    @contextlib.contextmanager
    def weights_to_draw_with(self):
        """Lets the generator hold its averaged weights while this context lasts; afterwards all is as it was."""
        if not self.averages:
            yield self.generator
            return
        before = [np.asarray(variable) for variable in self.generator.variables]
        self.take_averages()
        try:
            yield self.generator
        finally:
            for variable, value in zip(self.generator.variables, before, strict=True):
                variable.assign(value)

    def take_averages(self):
        """Gives the generator its averaged weights, if the recipe averages.

        BatchNormalization's statistics belong to the last weights: one large batch measures those of the average.
        """
        if not self.averages:
            return
        for variable, average in zip(self._g_variables, self.averages, strict=True):
            variable.assign(average)
        layers = [layer for layer in self.generator.layers if isinstance(layer, keras.layers.BatchNormalization)]
        momenta = [layer.momentum for layer in layers]
        for layer in layers:
            layer.momentum = 0.0
        self._draw(tf.random.stateless_normal((_STATISTICS_IMAGES, self.latent_dim), [0, -2]), training=True)
        for layer, momentum in zip(layers, momenta, strict=True):
            layer.momentum = momentum

    def train_step(self, real):
        """Draws noise and makes one `update`: what `fit` calls for each batch."""
        noise = keras.random.normal((tf.shape(real)[0], self.latent_dim), seed=self._noise_seed)
        return self.update(real, noise)

    def _teach_discriminator(self, images, real):
        with tf.GradientTape() as tape:
            logits, scores = self._judge(images, self.d_optimizer, int(real))
            loss = _cross_entropy(logits, scores, real)
        self.d_optimizer.apply(tape.gradient(loss, self._d_variables), self._d_variables)
        return loss, tf.reduce_mean(scores)

    def _teach_generator(self, noise):
        # Dropout stays on in the discriminator, as it does on the slides: frozen is not the same as inference.
        with tf.GradientTape() as tape:
            logits, scores = self._judge(self._draw(noise, training=True), self.g_optimizer, 2)
            loss = _cross_entropy(logits, scores, real=True)
        self.g_optimizer.apply(tape.gradient(loss, self._g_variables), self._g_variables)
        return loss

    def _teach_both(self, real, noise):
        """Teaches both networks from one pass forward and one back through each.

        No picture's score D depends on another picture: the discriminator's loss by a pixel, times -(1 - D) / D,
        is the generator's loss by that pixel.
        """
        with tf.GradientTape() as g_tape:
            fake = tf.cast(self._draw(noise, training=True), tf.float32)
        real = tf.convert_to_tensor(real)
        images, count = tf.concat([real, fake], 0), tf.shape(real)[0]
        with tf.GradientTape() as d_tape:
            d_tape.watch(images)
            logits, scores = self._judge(images, self.d_optimizer, 0)
        if logits is None:
            raise ValueError("DCGAN: recipe='tuned' needs a discriminator that ends in a sigmoid.")
        # The gradient of both cross-entropies by the logits, D minus the label, written out: see `_cross_entropy`.
        labels = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], 0)
        by_logit = (tf.sigmoid(logits) - labels) / tf.cast(count, tf.float32)
        *d_gradients, by_pixel = d_tape.gradient(logits, [*self._d_variables, images], output_gradients=by_logit)
        turned = -tf.exp(-tf.maximum(logits[count:], -_MOST_SURE))
        by_fake = by_pixel[count:] * tf.reshape(turned, (-1, 1, 1, 1))
        g_gradients = g_tape.gradient(fake, self._g_variables, output_gradients=by_fake)
        due = self.d_optimizer.iterations % _R1_EVERY == 0
        d_gradients = tf.cond(due, lambda: self._with_r1(d_gradients, real), lambda: d_gradients)
        self.d_optimizer.apply(d_gradients, self._d_variables)
        self.g_optimizer.apply(g_gradients, self._g_variables)
        of_real, of_fake = logits[:count], logits[count:]
        d_loss = 0.5 * (tf.reduce_mean(tf.nn.softplus(-of_real)) + tf.reduce_mean(tf.nn.softplus(of_fake)))
        g_loss = tf.reduce_mean(tf.nn.softplus(-of_fake))
        return d_loss, g_loss, tf.reduce_mean(scores[:count]), tf.reduce_mean(scores[count:])

    def _with_r1(self, gradients, real):
        """Adds the gradients of R1, `r1 / 2 |d logit / d pixel|^2` at real images (Mescheder et al. 2018)."""
        with tf.GradientTape() as tape:
            with tf.GradientTape() as by_pixel:
                by_pixel.watch(real)
                # Without Dropout: its noise is not the discriminator's slope, and its random state stays as it is.
                logits, _ = self._judge(real, self.d_optimizer, 1, training=False)
            steepness = tf.reduce_mean(tf.reduce_sum(by_pixel.gradient(logits, real) ** 2, (1, 2, 3)))
            penalty = _R1_EVERY * self.recipe.r1 / 2 * steepness
        more = tape.gradient(penalty, self._d_variables)
        # The last bias moves the score everywhere alike: no slope depends on it, and its gradient is None.
        return [one if other is None else one + other for one, other in zip(gradients, more, strict=True)]

    def _judge(self, images, optimizer, number, training=True):
        """Scores images as the discriminator sees them; returns logits, or None where it has none, and scores."""
        if self.augment:
            # The optimizer's count is in every checkpoint: the same changes come again after a stop.
            seed = tf.stack([tf.cast(optimizer.iterations, tf.int32), number])
            images = augment_images(images, self.augment, seed)
        scores = self.discriminator(images, training=training)
        return getattr(scores, "_keras_logits", None), scores

    def _update_averages(self):
        # At first the average follows quickly: the earliest weights are nobody's.
        steps = tf.cast(self.g_optimizer.iterations, tf.float32)
        stays = tf.minimum(self.recipe.averaging, (1 + steps) / (10 + steps))
        for average, variable in zip(self.averages, self._g_variables, strict=True):
            average.assign_add((1 - stays) * (variable - average))


def _cross_entropy(logits, scores, real):
    """The mean binary cross-entropy of scores against "real" or "fake", computed from their logits.

    The logits are those that Keras's own loss takes from a sigmoid. Written as one softplus, the
    gradient is a single term: TensorFlow adds three or more in whatever order they arrive, and the
    last bits would differ from run to run.
    """
    if logits is None:
        return tf.reduce_mean(keras.losses.binary_crossentropy(tf.fill(tf.shape(scores), float(real)), scores))
    return tf.reduce_mean(tf.nn.softplus(-logits if real else logits))
