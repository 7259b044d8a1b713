"""Right networks and right training steps written differently. CHANNELS stands for 1 or 3."""

GENERATORS = {
    "Functional, and separate activations": """
def build_generator():
    noise = Input(shape=(100,))
    x = Dense(128 * 7 * 7)(noise)
    x = LeakyReLU(negative_slope=0.2)(x)
    x = BatchNormalization()(x)
    x = Reshape((7, 7, 128))(x)
    x = UpSampling2D()(x)
    x = Conv2D(64, 5, padding="same")(x)
    x = BatchNormalization()(x)
    x = LeakyReLU(negative_slope=0.2)(x)
    x = UpSampling2D()(x)
    x = Conv2D(CHANNELS, 5, padding="same")(x)
    return keras.Model(noise, Activation("tanh")(x))
""",
    "ReLU(negative_slope=0.2), model.add, tuples": """
from keras.layers import ReLU


def build_generator():
    model = Sequential()
    model.add(Input((100,)))
    model.add(Dense(6272, activation=ReLU(negative_slope=0.2)))
    model.add(BatchNormalization())
    model.add(Reshape((7, 7, 128)))
    model.add(UpSampling2D(size=(2, 2)))
    model.add(Conv2D(64, kernel_size=(5, 5), padding="same"))
    model.add(BatchNormalization())
    model.add(Activation(ReLU(negative_slope=0.2)))
    model.add(UpSampling2D((2, 2), interpolation="nearest"))
    model.add(Conv2D(CHANNELS, kernel_size=(5, 5), padding="same", activation=keras.ops.tanh))
    model.summary()
    return model
""",
    "the slides' alpha, a lambda, tf.nn": """
import tensorflow as tf


def build_generator():
    return Sequential(
        [
            Input((100,)),
            Dense(128 * 7 * 7, activation=LeakyReLU(alpha=0.2)),
            BatchNormalization(),
            Reshape((7, 7, 128)),
            UpSampling2D(),
            Conv2D(64, kernel_size=5, padding="same", activation=None),
            BatchNormalization(),
            Activation(lambda x: keras.ops.maximum(x, 0.2 * x)),
            UpSampling2D(),
            Conv2D(CHANNELS, kernel_size=5, padding="same", activation=tf.nn.tanh),
        ]
    )
""",
    "a class of its own, and a compiled model": """
class Generator(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = Dense(128 * 7 * 7)
        self.normal_1, self.normal_2 = BatchNormalization(), BatchNormalization()
        self.up = UpSampling2D()
        self.middle = Conv2D(64, 5, padding="same")
        self.last = Conv2D(CHANNELS, 5, padding="same")

    def call(self, noise, training=False):
        x = keras.ops.leaky_relu(self.first(noise), 0.2)
        x = keras.ops.reshape(self.normal_1(x, training=training), (-1, 7, 7, 128))
        x = self.normal_2(self.middle(self.up(x)), training=training)
        return keras.ops.tanh(self.last(self.up(keras.ops.leaky_relu(x, 0.2))))


def build_generator():
    return Generator()
""",
    "blocks that are small networks": """
def build_generator():
    start = Sequential(
        [Input((100,)), Dense(6272, activation=LeakyReLU(negative_slope=0.2)), BatchNormalization(), Reshape((7, 7, 128))]
    )
    middle = Sequential([UpSampling2D(), Conv2D(64, 5, padding="same"), BatchNormalization(), LeakyReLU(negative_slope=0.2)])
    end = Sequential([UpSampling2D(), Conv2D(CHANNELS, 5, padding="same", activation="tanh")])
    return Sequential([Input((100,)), start, middle, end])
""",
    "keras.ops in a Functional model": """
def build_generator():
    noise = Input((100,))
    x = keras.ops.leaky_relu(Dense(6272)(noise), 0.2)
    x = keras.ops.reshape(BatchNormalization()(x), (-1, 7, 7, 128))
    x = Conv2D(64, 5, padding="same")(keras.ops.repeat(keras.ops.repeat(x, 2, axis=1), 2, axis=2))
    x = keras.ops.leaky_relu(BatchNormalization()(x), 0.2)
    x = Conv2D(CHANNELS, 5, padding="same")(UpSampling2D()(x))
    return keras.Model(noise, keras.ops.tanh(x))
""",
}

DISCRIMINATORS = {
    "Functional, and separate activations": """
def build_discriminator():
    image = Input(shape=(28, 28, CHANNELS))
    x = image
    for filters in (64, 128):
        x = Conv2D(filters, 5, strides=2, padding="same")(x)
        x = LeakyReLU(negative_slope=0.2)(x)
        x = Dropout(0.3)(x)
    return keras.Model(image, Dense(1, activation="sigmoid")(Flatten()(x)))
""",
    "ReLU(negative_slope=0.2), model.add, tuples": """
from keras.layers import ReLU


def build_discriminator():
    model = Sequential(name="판별자")
    model.add(Input((28, 28, CHANNELS)))
    model.add(Conv2D(64, kernel_size=(5, 5), strides=(2, 2), padding="same"))
    model.add(ReLU(negative_slope=0.2))
    model.add(Dropout(rate=0.3))
    model.add(Conv2D(128, kernel_size=(5, 5), strides=(2, 2), padding="same"))
    model.add(ReLU(negative_slope=0.2))
    model.add(Dropout(rate=0.3))
    model.add(Flatten())
    model.add(Dense(1))
    model.add(Activation(keras.activations.sigmoid))
    return model
""",
    "the slides' alpha, a lambda, tf.nn": """
import tensorflow as tf


def build_discriminator():
    return Sequential(
        [
            keras.layers.InputLayer(shape=(28, 28, CHANNELS)),
            Conv2D(64, kernel_size=5, strides=2, padding="same", activation=tf.nn.leaky_relu),
            Dropout(0.3),
            Conv2D(128, kernel_size=5, strides=2, padding="same", activation=tf.nn.leaky_relu),
            Dropout(0.3),
            Reshape((-1,)),
            Dense(1, activation="sigmoid"),
        ]
    )
""",
    "a class of its own, and a compiled model": """
def build_discriminator():
    model = Sequential([Input((28, 28, CHANNELS))])
    for filters in [64, 128]:
        model.add(Conv2D(filters, 5, 2, "same"))
        model.add(LeakyReLU(0.2))
        model.add(Dropout(0.3))
    model.add(Flatten())
    model.add(Dense(1, "sigmoid"))
    model.compile(loss="binary_crossentropy", optimizer="adam")
    return model
""",
    "blocks that are small networks": """
def block(filters):
    return Sequential([Conv2D(filters, 5, strides=2, padding="same"), LeakyReLU(negative_slope=0.2), Dropout(0.3)])


def build_discriminator():
    return Sequential([Input((28, 28, CHANNELS)), block(64), block(128), Flatten(), Dense(1, activation="sigmoid")])
""",
    "one Dropout layer used twice": """
def build_discriminator():
    image, drop = Input((28, 28, CHANNELS)), Dropout(0.3)
    x = drop(LeakyReLU(negative_slope=0.2)(Conv2D(64, 5, strides=2, padding="same")(image)))
    x = drop(LeakyReLU(negative_slope=0.2)(Conv2D(128, 5, strides=2, padding="same")(x)))
    return keras.Model(image, Dense(1, activation="sigmoid")(Flatten()(x)))
""",
    "keras.random.dropout": """
class Discriminator(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second = (Conv2D(filters, 5, strides=2, padding="same") for filters in (64, 128))
        self.last = Dense(1, activation="sigmoid")
        self.seed = keras.random.SeedGenerator(0)

    def call(self, x, training=False):
        for convolution in (self.first, self.second):
            x = keras.ops.leaky_relu(convolution(x), 0.2)
            if training:
                x = keras.random.dropout(x, 0.3, seed=self.seed)
        return self.last(keras.ops.reshape(x, (-1, 7 * 7 * 128)))


def build_discriminator():
    return Discriminator()
""",
}

STEPS = {
    "GradientTape, one function for both sides": """
bce = keras.losses.BinaryCrossentropy()


def update(network, optimizer, compute_loss):
    with tf.GradientTape() as tape:
        loss = compute_loss()
    weights = network.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))
    return loss


def train_step(generator, discriminator, d_optimizer, g_optimizer, real, noise):
    ones, zeros = tf.ones((len(real), 1)), tf.zeros((len(noise), 1))
    d_real = update(discriminator, d_optimizer, lambda: bce(ones, discriminator(real, training=True)))
    fake = generator(noise, training=False)
    d_fake = update(discriminator, d_optimizer, lambda: bce(zeros, discriminator(fake, training=True)))
    g_loss = update(generator, g_optimizer, lambda: bce(ones, discriminator(generator(noise, training=True), training=True)))
    return (d_real + d_fake) / 2, g_loss
""",
    "train_on_batch, compiled and frozen in the right places": """
def train_step(generator, discriminator, d_optimizer, g_optimizer, real, noise):
    discriminator.trainable = True
    discriminator.compile(loss="binary_crossentropy", optimizer=d_optimizer)
    fake = np.asarray(generator(noise, training=False))
    d_loss_real = discriminator.train_on_batch(real, np.ones((len(real), 1)))
    discriminator.compile(loss="binary_crossentropy", optimizer=d_optimizer)
    d_loss_fake = discriminator.train_on_batch(fake, np.zeros((len(fake), 1)))
    discriminator.trainable = False
    gan = Sequential([generator, discriminator])
    gan.compile(loss="binary_crossentropy", optimizer=g_optimizer)
    g_loss = gan.train_on_batch(noise, np.ones((len(noise), 1)))
    discriminator.trainable = True
    return 0.5 * np.add(d_loss_real, d_loss_fake), g_loss
""",
    "the cross-entropy written out, and plain numbers": """
def train_step(generator, discriminator, d_optimizer, g_optimizer, real, noise):
    def cross_entropy(scores, label):
        scores = tf.clip_by_value(scores, 1e-7, 1 - 1e-7)
        return -tf.reduce_mean(label * tf.math.log(scores) + (1 - label) * tf.math.log(1 - scores))

    losses = []
    for images, label in [(real, 1), (generator(noise), 0)]:
        with tf.GradientTape() as tape:
            loss = cross_entropy(discriminator(images, training=True), label)
        d_optimizer.apply(tape.gradient(loss, discriminator.trainable_weights), discriminator.trainable_weights)
        losses.append(loss.numpy())
    with tf.GradientTape() as tape:
        loss = cross_entropy(discriminator(generator(noise, training=True), training=True), 1)
    g_optimizer.apply(tape.gradient(loss, generator.trainable_weights), generator.trainable_weights)
    print("손실:", np.mean(losses), loss.numpy())
    return [np.mean(losses), loss.numpy()]
""",
    "tf.function, and a joined model": """
def train_step(generator, discriminator, d_optimizer, g_optimizer, real, noise):
    gan = keras.Model(generator.inputs, discriminator(generator(generator.inputs[0])))
    loss_function = keras.losses.BinaryCrossentropy(from_logits=False)

    @tf.function
    def learn(model, inputs, labels):
        with tf.GradientTape() as tape:
            return_value = loss_function(labels, model(inputs, training=True))
        return return_value, tape.gradient(return_value, (generator if model is gan else discriminator).trainable_variables)

    noise, real = tf.constant(noise), tf.constant(real)
    d_loss = 0.0
    for inputs, labels in ((real, tf.ones((real.shape[0], 1))), (generator(noise, training=False), tf.zeros((noise.shape[0], 1)))):
        loss, gradients = learn(discriminator, inputs, labels)
        d_optimizer.apply(gradients, discriminator.trainable_variables)
        d_loss += float(loss) / 2
    loss, gradients = learn(gan, noise, tf.ones((noise.shape[0], 1)))
    g_optimizer.apply(gradients, generator.trainable_variables)
    return d_loss, float(loss)
""",
}
