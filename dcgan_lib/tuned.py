"""The lecture's networks, trained so that they draw better (docs/quality.md has the comparison)."""

import contextlib

import keras
import numpy as np
import tensorflow as tf

from dcgan_lib.augment import augment_images, augment_real, check_policy
from dcgan_lib.dcgan import DCGAN
from dcgan_lib.falling_rate import FallingRate
from dcgan_lib.logits import compute_logits, last_sigmoid
from dcgan_lib.quality.measures import is_digits
from dcgan_lib.speed.layers import all_layers
from dcgan_lib.speed.upsampling import fuse_upsampling

_STATISTICS_IMAGES = 1_000  # A batch that measures BatchNormalization's statistics to a few percent.
_R1_EVERY = 16  # Karras et al. 2020: as good as in each step, and a sixteenth of the work.
FEW = 1_000  # Images: the lecture's exercises have 100, and MNIST 60,000.
FEW_AUGMENT = "mirror"  # DiffAugment's changes need many times the steps before they pay (docs/quality.md).
_LOWEST_LOGIT = -60.0  # Below it a float32 score is 0, and exp(-logit) would overflow.


class TunedDCGAN(DCGAN):
    """Trains a generator and a discriminator with six changes to the lecture's step.

    - Both networks learn from one pass forward and one back, a quarter less to compute.
    - Adam has no momentum: each network reacts to the other as it is now (Karras et al. 2018).
    - R1 keeps the discriminator from being steep where the real images are; the longer a run, the more it gains
      (Mescheder et al. 2018).
    - Images are drawn with a running average of the generator's weights: the generator circles around what it is
      after, and the middle of the circle is better (Yazici et al. 2019).
    - After 5,000 steps the steps become smaller (`FallingRate`): the circle does, too.
    - With few images the discriminator sees them through random changes, and for faces drawn ones beside them
      (`augment/`).

    Args:
        generator: As for `DCGAN`.
        discriminator: As for `DCGAN`; its last layer is a sigmoid.
        augment: The random changes, as `"faces,mirror"` for faces or `"color,translation,cutout"`; None for none;
            `"auto"` for `"mirror"` where `train` gets up to 1,000 images that are no digits, and none where there are
            more.
        precision: As for `DCGAN`.

    Raises:
        ValueError: As for `DCGAN`; if `augment` has an unknown name, or faces for images of another size; if the last
            layer is no sigmoid.
    """

    recipe_name = "tuned"
    beta_1, beta_2 = 0.0, 0.99
    steady_steps = 5_000  # Of the learning rate: the lecture's 4,001 steps are all of one size.
    one_pass, r1, averaging = True, 1.0, 0.9998

    def __init__(self, generator, discriminator, augment="auto", precision="float32"):
        super().__init__(generator, discriminator, precision=precision)
        self._chooses = augment == "auto"
        self.augment = None if self._chooses else augment
        check_policy(self.augment, self.image_shape)
        self._sigmoid_layer = last_sigmoid(discriminator)
        if self._sigmoid_layer is None:
            raise ValueError(
                "TunedDCGAN: the discriminator's last layer must be a sigmoid, as in Dense(1, activation='sigmoid')."
            )
        self.averages = [tf.Variable(variable) for variable in self.g_variables]

    def _new_adam(self):
        rate = FallingRate(self.learning_rate, self.steady_steps)
        return keras.optimizers.Adam(rate, self.beta_1, self.beta_2)

    def prepare(self, images):
        """Chooses by the images what is `"auto"`: see `DCGAN.prepare`."""
        if self._chooses:
            few = len(images) <= FEW and not is_digits(images)
            self.augment = FEW_AUGMENT if few else None
            if few:
                return (
                    f"{len(images):,} images are few, so TunedDCGAN takes augment='{FEW_AUGMENT}'. "
                    "For faces augment='faces,mirror' is better, and None takes nothing."
                )
        return ""

    def update(self, real, noise):
        """Makes one step for both networks; takes and returns what `DCGAN.update` does."""
        real = augment_real(tf.convert_to_tensor(real), self.augment, self._change_seed(2))
        with tf.GradientTape() as g_tape:
            fake = tf.cast(self.generator(noise, training=True), tf.float32)
        logits, d_gradients, image_gradients = self._discriminator_gradients(real, fake)
        fake_gradients = self._turn_gradients(logits, image_gradients)
        g_gradients = g_tape.gradient(fake, self.g_variables, output_gradients=fake_gradients)
        penalty_is_due = self.d_optimizer.iterations % _R1_EVERY == 0
        d_gradients = tf.cond(penalty_is_due, lambda: self._add_r1(d_gradients, real), lambda: d_gradients)
        self.d_optimizer.apply(d_gradients, self.d_variables)
        self.g_optimizer.apply(g_gradients, self.g_variables)
        self._move_averages()
        return _losses_and_scores(logits)

    def _discriminator_gradients(self, real, fake):
        """Scores all images once; returns the logits, and the gradients by the weights and by the images."""
        images, count = tf.concat([real, fake], 0), tf.shape(real)[0]
        with tf.GradientTape() as tape:
            tape.watch(images)
            logits = self._logits(images, self._change_seed(0), training=True)
        # The gradient of both cross-entropies by the logits is the score minus the label.
        labels = tf.concat([tf.ones((count, 1)), tf.zeros((count, 1))], 0)
        logit_gradients = (tf.sigmoid(logits) - labels) / tf.cast(count, tf.float32)
        *gradients, image_gradients = tape.gradient(
            logits, [*self.d_variables, images], output_gradients=logit_gradients
        )
        return logits, gradients, image_gradients

    def _turn_gradients(self, logits, image_gradients):
        """Makes, of the discriminator's gradients by the generated images, the generator's.

        The discriminator's loss of an image x is -log(1 - D(x)), the generator's is -log D(x). So
        d(-log D)/dx = -(1 - D)/D * d(-log(1 - D))/dx, and (1 - D)/D = exp(-logit). One image's score does not
        depend on another image.
        """
        count = tf.shape(logits)[0] // 2
        ratio = -tf.exp(-tf.maximum(logits[count:], _LOWEST_LOGIT))
        return image_gradients[count:] * tf.reshape(ratio, (-1, 1, 1, 1))

    def _add_r1(self, gradients, real):
        """Adds the gradients of R1, `r1 / 2 * |d logit / d pixel|^2` at real images, for sixteen steps at once."""
        with tf.GradientTape() as tape:
            with tf.GradientTape() as pixel_tape:
                pixel_tape.watch(real)
                # Without Dropout: its noise is not the discriminator's slope, and its random state stays as it is.
                logits = self._logits(real, self._change_seed(1), training=False)
            slopes = pixel_tape.gradient(logits, real)
            steepness = tf.reduce_mean(tf.reduce_sum(slopes**2, (1, 2, 3)))
            penalty = _R1_EVERY * self.r1 / 2 * steepness
        penalty_gradients = tape.gradient(penalty, self.d_variables)
        # The last bias moves the score everywhere alike: no slope depends on it, and its gradient is None.
        return [
            gradient if added is None else gradient + added
            for gradient, added in zip(gradients, penalty_gradients, strict=True)
        ]

    def _move_averages(self):
        # The average follows quickly at first: the earliest weights are random.
        steps = tf.cast(self.g_optimizer.iterations, tf.float32)
        kept_share = tf.minimum(self.averaging, (1 + steps) / (10 + steps))
        for average, variable in zip(self.averages, self.g_variables, strict=True):
            average.assign_add((1 - kept_share) * (variable - average))

    def _logits(self, images, seed, training):
        changed = augment_images(images, self.augment, seed)
        return compute_logits(self.discriminator, self._sigmoid_layer, changed, training)

    def _change_seed(self, number):
        # The optimizer's count is in every checkpoint: the same changes come again after a stop.
        return tf.stack([tf.cast(self.d_optimizer.iterations, tf.int32), number])

    @contextlib.contextmanager
    def weights_to_draw_with(self, batches=10):
        """Does `take_averages` while this context lasts; afterwards all is as before."""
        before = [np.asarray(variable) for variable in self.generator.variables]
        try:
            self.take_averages(batches)
            yield self.generator
        finally:
            for variable, value in zip(self.generator.variables, before, strict=True):
                variable.assign(value)

    def take_averages(self, batches=10):
        """Gives the generator its averaged weights for good.

        BatchNormalization's statistics belong to the last weights: new images measure those of the average. With
        10,000 images instead of 1,000 the Frechet distance of digits is smaller by one (docs/quality.md).

        Args:
            batches: So many times 1,000 images are drawn for it, in 0.3 s each on two cores at 28x28.
        """
        for variable, average in zip(self.g_variables, self.averages, strict=True):
            variable.assign(average)
        layers = [layer for layer in all_layers(self.generator) if isinstance(layer, keras.layers.BatchNormalization)]
        momenta = [layer.momentum for layer in layers]
        try:
            with fuse_upsampling(self.generator):
                for batch in range(batches if layers else 0):
                    noise = tf.random.stateless_normal((_STATISTICS_IMAGES, self.latent_dim), [batch, -2])
                    for layer in layers:
                        layer.momentum = batch / (batch + 1)  # The mean of all batches so far.
                    self.generator(noise, training=True)
        finally:
            for layer, momentum in zip(layers, momenta, strict=True):
                layer.momentum = momentum


def _losses_and_scores(logits):
    count = tf.shape(logits)[0] // 2
    scores = tf.sigmoid(logits)
    real, fake = logits[:count], logits[count:]
    return {
        "d_loss": 0.5 * (tf.reduce_mean(tf.nn.softplus(-real)) + tf.reduce_mean(tf.nn.softplus(fake))),
        "g_loss": tf.reduce_mean(tf.nn.softplus(-fake)),
        "d_real": tf.reduce_mean(scores[:count]),
        "d_fake": tf.reduce_mean(scores[count:]),
    }
