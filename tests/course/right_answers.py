"""Right answers in other words than the masters'. CHANNELS stands for 1 or 3."""

from submissions.networks import DISCRIMINATORS, GENERATORS, STEPS
from submissions.variants import COUNTS, FACES, FILTERS, GRIDS, SCALES, SHAPES, for_channels

MORE_DISCRIMINATORS = {
    "one Dropout layer used twice": """
def build_discriminator():
    image, dropout = Input((28, 28, CHANNELS)), Dropout(0.3)
    x = dropout(LeakyReLU(negative_slope=0.2)(Conv2D(64, 5, 2, "same")(image)))
    x = dropout(LeakyReLU(negative_slope=0.2)(Conv2D(128, 5, 2, "same")(x)))
    return keras.Model(image, Dense(1, activation="sigmoid")(Flatten()(x)))
""",
    "keras.ops, and keras.random.dropout with a SeedGenerator": """
class RandomDropout(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.seed = keras.random.SeedGenerator()

    def call(self, x, training=False):
        return keras.random.dropout(x, 0.3, seed=self.seed) if training else x


def build_discriminator():
    image = Input((28, 28, CHANNELS))
    x = RandomDropout()(keras.ops.leaky_relu(Conv2D(64, 5, strides=2, padding="same")(image), 0.2))
    x = RandomDropout()(keras.ops.leaky_relu(Conv2D(128, 5, strides=2, padding="same")(x), negative_slope=0.2))
    return keras.Model(image, keras.ops.sigmoid(Dense(1)(keras.ops.reshape(x, (-1, 7 * 7 * 128)))))
""",
    "a class whose layers are made in another order": """
class Discriminator(keras.Model):
    def __init__(self):
        super().__init__()
        self.last = Dense(1, activation="sigmoid")
        self.second = Conv2D(128, 5, strides=2, padding="same")
        self.dropout = Dropout(0.3)
        self.first = Conv2D(64, 5, strides=2, padding="same", activation=LeakyReLU(negative_slope=0.2))

    def call(self, image, training=None):
        x = self.dropout(self.first(image), training=training)
        x = self.dropout(keras.ops.leaky_relu(self.second(x), 0.2), training=training)
        return self.last(keras.ops.reshape(x, (-1, 6272)))


def build_discriminator():
    return Discriminator()
""",
    "a Sequential in a Sequential in a Sequential": """
def build_discriminator():
    inner = Sequential([Conv2D(64, 5, 2, "same"), LeakyReLU(negative_slope=0.2), Dropout(0.3)])
    middle = Sequential([inner, Conv2D(128, 5, 2, "same"), LeakyReLU(negative_slope=0.2)])
    return Sequential([middle, Dropout(0.3), Sequential([Flatten(), Dense(1, activation="sigmoid")])])
""",
    "names, seeds and initial weights of the student's own": """
def build_discriminator():
    keras.utils.set_random_seed(1)
    model = Sequential(name="D")
    model.add(Input((28, 28, CHANNELS), name="image"))
    model.add(Conv2D(64, 5, 2, "same", name="c1", kernel_initializer=keras.initializers.RandomNormal(stddev=0.02)))
    model.add(LeakyReLU(negative_slope=0.2, name="a1"))
    model.add(Dropout(0.3, seed=1, name="d1"))
    model.add(Conv2D(128, 5, 2, "same", name="c2", bias_initializer="ones"))
    model.add(LeakyReLU(negative_slope=0.2, name="a2"))
    model.add(Dropout(0.3, seed=2, name="d2"))
    model.add(Flatten(name="f"))
    model.add(Dense(1, "sigmoid", name="s"))
    return model
""",
}

MORE_GENERATORS = {
    "keras.ops in a Functional model": """
def build_generator():
    noise = Input((100,))
    x = BatchNormalization()(keras.ops.leaky_relu(Dense(6272)(noise), 0.2))
    x = keras.ops.repeat(keras.ops.repeat(keras.ops.reshape(x, (-1, 7, 7, 128)), 2, axis=1), 2, axis=2)
    x = keras.ops.leaky_relu(BatchNormalization()(Conv2D(64, 5, padding="same")(x)), 0.2)
    x = UpSampling2D()(x)
    return keras.Model(noise, keras.ops.tanh(Conv2D(CHANNELS, 5, padding="same")(x)))
""",
    "a class whose layers are made in another order": """
class Generator(keras.Model):
    def __init__(self):
        super().__init__()
        self.last = Conv2D(CHANNELS, 5, padding="same", activation="tanh")
        self.second = Sequential([UpSampling2D(), Conv2D(64, 5, padding="same"), BatchNormalization()])
        self.normal = BatchNormalization()
        self.first = Dense(6272)
        self.act = LeakyReLU(negative_slope=0.2)

    def call(self, noise):
        x = keras.ops.reshape(self.normal(self.act(self.first(noise))), (-1, 7, 7, 128))
        return self.last(UpSampling2D()(self.act(self.second(x))))


def build_generator():
    return Generator()
""",
    "a Sequential in a Sequential in a Sequential": """
def build_generator():
    inner = Sequential([Dense(6272), LeakyReLU(negative_slope=0.2), BatchNormalization()])
    middle = Sequential([inner, Reshape((7, 7, 128)), UpSampling2D(), Conv2D(64, 5, padding="same"), BatchNormalization()])
    return Sequential([middle, LeakyReLU(negative_slope=0.2), UpSampling2D(), Conv2D(CHANNELS, 5, padding="same"), Activation("tanh")])
""",
}

MORE_STEPS = {
    "frozen while the generator learns": """
def train_step(generator, discriminator, d_optimizer, g_optimizer, real, noise):
    bce = keras.losses.BinaryCrossentropy()

    def learn(network, optimizer, inputs, label, model):
        with tf.GradientTape() as tape:
            scores = model(inputs, training=True)
            loss = bce(label * tf.ones_like(scores), scores)
        optimizer.apply(tape.gradient(loss, network.trainable_variables), network.trainable_variables)
        return loss.numpy()

    d_real = learn(discriminator, d_optimizer, real, 1.0, discriminator)
    d_fake = learn(discriminator, d_optimizer, generator(noise, training=False), 0.0, discriminator)
    discriminator.trainable = False
    g_loss = learn(generator, g_optimizer, noise, 1.0, Sequential([generator, discriminator]))
    discriminator.trainable = True
    return np.array([(d_real + d_fake) / 2, g_loss])
""",
    "a tf.function around all of it": """
bce = keras.losses.BinaryCrossentropy()


@tf.function
def train_step(generator, discriminator, d_optimizer, g_optimizer, real, noise):
    d_losses = []
    for images, label in ((real, 1.0), (generator(noise, training=False), 0.0)):
        with tf.GradientTape() as tape:
            scores = discriminator(images, training=True)
            d_losses.append(bce(tf.fill(tf.shape(scores), label), scores))
        gradients = tape.gradient(d_losses[-1], discriminator.trainable_variables)
        d_optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables))
    with tf.GradientTape() as tape:
        scores = discriminator(generator(noise, training=True), training=True)
        g_loss = bce(tf.ones_like(scores), scores)
    g_optimizer.apply_gradients(zip(tape.gradient(g_loss, generator.trainable_variables), generator.trainable_variables))
    return sum(d_losses) / 2, g_loss
""",
    "stop_gradient, and one tape that lasts": """
def train_step(generator, discriminator, d_optimizer, g_optimizer, real, noise):
    bce = keras.losses.BinaryCrossentropy()
    losses = []
    for images, label in ((real, 1.0), (tf.stop_gradient(generator(noise)), 0.0)):
        with tf.GradientTape(persistent=True) as tape:
            scores = discriminator(images, training=True)
            losses.append(bce(np.full(scores.shape, label), scores))
        weights = discriminator.trainable_weights
        d_optimizer.apply(tape.gradient(losses[-1], weights), weights)
    with tf.GradientTape() as tape:
        scores = discriminator(generator(noise, training=True), training=True)
        losses.append(keras.ops.mean(keras.losses.binary_crossentropy(tf.ones_like(scores), scores)))
    g_optimizer.apply(tape.gradient(losses[-1], generator.trainable_weights), generator.trainable_weights)
    return {"d_loss": np.mean(losses[:2]), "g_loss": losses[2]}.values()
""",
    "a class of its own for the joined model": """
class Joined(keras.Model):
    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator

    def call(self, noise, training=None):
        return self.discriminator(self.generator(noise, training=training), training=training)


def train_step(generator, discriminator, d_optimizer, g_optimizer, real, noise):
    def fit(model, optimizer, inputs, labels):
        model.compile(optimizer=optimizer, loss=keras.losses.BinaryCrossentropy())
        return float(model.train_on_batch(inputs, labels))

    fake = generator.predict(noise, verbose=0)
    d_loss = fit(discriminator, d_optimizer, real, np.ones((len(real), 1)))
    d_loss = (d_loss + fit(discriminator, d_optimizer, fake, np.zeros((len(noise), 1)))) / 2
    discriminator.trainable = False
    try:
        return d_loss, fit(Joined(generator, discriminator), g_optimizer, noise, np.ones((len(noise), 1)))
    finally:
        discriminator.trainable = True
""",
}

MORE_FACES = {
    "NumPy's and TensorFlow's resizing": """
def load_face(path):
    pixels = np.asarray(Image.open(path).convert("RGB"))
    return keras.ops.convert_to_numpy(keras.ops.image.resize(pixels.astype("float32"), (28, 28), interpolation="nearest")).astype("uint8")PICK
""",
    "every so many pixels": """
def load_face(path):
    pixels = np.asarray(Image.open(path))
    rows, columns = (np.arange(28) * size // 28 for size in pixels.shape[:2])
    return pixels[rows][:, columns]PICK
""",
    "box by box": """
def load_face(path):
    return np.asarray(Image.open(path).convert("RGB").resize((28, 28), Image.Resampling.BOX), dtype=np.uint8)PICK
""",
}


# From an exercise's key to a dict from what is particular to a source.
RIGHT_ANSWERS = {
    "1.1": FILTERS,
    "1.2": SHAPES,
    "2.1": for_channels(FACES | MORE_FACES, 1),
    "2.2": SCALES,
    "2.3": for_channels(GENERATORS | MORE_GENERATORS, 1),
    "2.4": for_channels(DISCRIMINATORS | MORE_DISCRIMINATORS, 1),
    "2.5": STEPS | MORE_STEPS,
    "3.1": for_channels(FACES | MORE_FACES, 3),
    "3.2": for_channels(GENERATORS | MORE_GENERATORS, 3),
    "3.3": for_channels(DISCRIMINATORS | MORE_DISCRIMINATORS, 3),
    "3.4": COUNTS,
    "3.5": GRIDS,
}
