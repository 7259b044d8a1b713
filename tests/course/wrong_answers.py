"""The ways that students go wrong, beside the known mistakes that have a sentence of their own.

From an exercise's key to a dict from what is wrong to a source, or to the replacements that make it of the solution.
"""

LEAKY = "LeakyReLU(negative_slope=0.2)"
DROPOUT = "            Dropout(0.3),\n"
FLATTEN = "            Flatten(),\n"
TWO_SIDES = "((real, 1.0), (generator(noise, training=False), 0.0))"
FIRST_LINE = "loss_function = keras.losses.BinaryCrossentropy()\n"
LAST_LINE = "return sum(d_losses) / 2, float(g_loss)"
PIXELS = "pixels = np.clip"
SCALED = 'return (images.astype("float32") - 127.5) / 127.5'
GRID_RETURN = "return np.concatenate(rows, axis=0)"


def _replaced(old, new):
    return [(old, new)]


def _of_photo(pick, mode):
    """Wrong ways to make a photo small; `pick` takes the channels, and `mode` is Pillow's word for them."""
    start = "def load_face(path):\n    photo = Image.open(path).convert('RGB')\n    "
    images = {
        "the top left corner": "np.asarray(photo)[:28, :28]",
        "the middle, not resized": "np.asarray(photo)[20:48, 20:48]",
        "a square cut out of the middle": "np.asarray(__import__('PIL.ImageOps').ImageOps.fit(photo, (28, 28)))",
        "ten pixels cut off at each side": "np.asarray(__import__('PIL.ImageOps').ImageOps.crop(photo, 10).resize((28, 28)))",
        "one of thirty pixels cut off at each side": "np.asarray(photo.resize((30, 30)).crop((1, 1, 29, 29)))",
        "the rows below 178 cut off": "np.asarray(photo.crop((0, 0, photo.width, photo.width)).resize((28, 28)))",
        "upside down": "np.asarray(photo.resize((28, 28)))[::-1]",
        "left and right swapped": "np.asarray(photo.resize((28, 28)))[:, ::-1]",
        "scaled to -1 and 1": "np.asarray(photo.resize((28, 28))) / 127.5 - 1",
        "float": "np.asarray(photo.resize((28, 28)), 'float32')",
        "a batch of one": "np.asarray(photo.resize((28, 28)))[np.newaxis]",
        "inverted": "255 - np.asarray(photo.resize((28, 28)))",
        "mean over the rows": "np.asarray(photo.resize((28, 28))).mean(axis=0, keepdims=True).repeat(28, 0).astype('uint8')",
    }
    return {what: f"{start}return ({image}){pick}" for what, image in images.items()} | {
        "an image of Pillow": f"{start}return photo.resize((28, 28)).convert({mode!r})",
        "the size that thumbnail gives": f"{start}photo.thumbnail((28, 28))\n    return np.asarray(photo){pick}",
    }


GENERATOR = {
    "LayerNormalization": _replaced("BatchNormalization()", "keras.layers.LayerNormalization()"),
    "another epsilon": _replaced("BatchNormalization()", "BatchNormalization(epsilon=0.01)"),
    "Dropout added": _replaced("            Reshape(", f"{DROPOUT}            Reshape("),
    "noise added": _replaced("            Reshape(", "            keras.layers.GaussianNoise(0.1),\n            Reshape("),
    "ELU": _replaced(LEAKY, "'elu'"),
    "PReLU": _replaced(LEAKY, "keras.layers.PReLU()"),
    "the Dense layer frozen": _replaced("Dense(128 * 7 * 7,", "Dense(128 * 7 * 7, trainable=False,"),
    "normalization frozen": _replaced("BatchNormalization()", "BatchNormalization(trainable=False)"),
    "channels first": _replaced("Reshape((7, 7, 128))", "Reshape((128, 7, 7)),\n            keras.layers.Permute((2, 3, 1))"),
    "height and width swapped": _replaced("Reshape((7, 7, 128))", "Reshape((7, 7, 128)),\n            keras.layers.Permute((2, 1, 3))"),
    "a fixed seed of Dropout": _replaced("            Reshape(", "            Dropout(0.3, seed=1),\n            Reshape("),
    "one upsampling by four": [("            UpSampling2D(),\n            Conv2D(64", "            UpSampling2D(4),\n            Conv2D(64"),
                               (f"            Activation({LEAKY}),\n            UpSampling2D(),\n", f"            Activation({LEAKY}),\n")],
    "not a model": [("return Sequential(", "return list(")],
    "the other network": """
def build_generator():
    return Sequential([
        Input((28, 28, 1)), Conv2D(64, 5, 2, "same"), LeakyReLU(0.2), Dropout(0.3),
        Conv2D(128, 5, 2, "same"), LeakyReLU(0.2), Dropout(0.3), Flatten(), Dense(1, activation="sigmoid"),
    ])
""",
    "always in training": """
def build_generator():
    noise = Input((100,))
    x = BatchNormalization()(Dense(6272, activation=LeakyReLU(0.2))(noise), training=True)
    x = Conv2D(64, 5, padding="same")(UpSampling2D()(Reshape((7, 7, 128))(x)))
    x = UpSampling2D()(LeakyReLU(0.2)(BatchNormalization()(x, training=True)))
    return keras.Model(noise, Conv2D(CHANNELS, 5, padding="same", activation="tanh")(x))
""",
}  # fmt: skip

DISCRIMINATOR = {
    "GaussianDropout": _replaced("Dropout(0.3)", "keras.layers.GaussianDropout(0.3)"),
    "AlphaDropout": _replaced("Dropout(0.3)", "keras.layers.AlphaDropout(0.3)"),
    "the same values dropped in all images": _replaced("Dropout(0.3)", "Dropout(0.3, noise_shape=(1, None, None, None))"),
    "Dropout before the first convolution": [(DROPOUT + FLATTEN, FLATTEN), ("            Conv2D(64", f"{DROPOUT}            Conv2D(64")],
    "Dropout once more": _replaced(FLATTEN, FLATTEN + DROPOUT),
    "LayerNormalization added": _replaced(DROPOUT, f"            keras.layers.LayerNormalization(),\n{DROPOUT}"),
    "normalization without parameters": _replaced(FLATTEN, f"            BatchNormalization(center=False, scale=False),\n{FLATTEN}"),
    "noise added": _replaced(FLATTEN, f"            keras.layers.GaussianNoise(0.1),\n{FLATTEN}"),
    "pooling for strides": _replaced('strides=2, padding="same"),', 'padding="same"),\n            keras.layers.MaxPooling2D(),'),
    "mean over the wrong axes": _replaced("Flatten()", "keras.layers.GlobalAveragePooling2D()"),
    "softmax": _replaced('"sigmoid"', '"softmax"'),
    "hard sigmoid": _replaced('"sigmoid"', '"hard_sigmoid"'),
    "ELU": _replaced(LEAKY, "'elu'"),
    "PReLU": _replaced(LEAKY, "keras.layers.PReLU()"),
    "the last layer frozen": _replaced("Dense(1,", "Dense(1, trainable=False,"),
    "height and width swapped": _replaced("            Conv2D(64", "            keras.layers.Permute((2, 1, 3)),\n            Conv2D(64"),
    "the other network": """
def build_discriminator():
    return Sequential([
        Input((100,)), Dense(6272, activation=LeakyReLU(0.2)), BatchNormalization(), Reshape((7, 7, 128)), UpSampling2D(),
        Conv2D(64, 5, padding="same"), BatchNormalization(), LeakyReLU(0.2), UpSampling2D(),
        Conv2D(1, 5, padding="same", activation="tanh"),
    ])
""",
    "Dropout always": """
def build_discriminator():
    image = Input((28, 28, CHANNELS))
    x = Dropout(0.3)(LeakyReLU(0.2)(Conv2D(64, 5, 2, "same")(image)), training=True)
    x = Dropout(0.3)(LeakyReLU(0.2)(Conv2D(128, 5, 2, "same")(x)), training=True)
    return keras.Model(image, Dense(1, activation="sigmoid")(Flatten()(x)))
""",
    "Dropout never": """
class Discriminator(keras.Model):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = Conv2D(64, 5, 2, "same"), Conv2D(128, 5, 2, "same"), Dense(1)
        self.dropout = Dropout(0.3)

    def call(self, image):
        x = image
        for layer in (self.first, self.second):
            x = self.dropout(keras.ops.leaky_relu(layer(x), 0.2), training=False)
        return keras.ops.sigmoid(self.last(keras.ops.reshape(x, (-1, 6272))))


def build_discriminator():
    return Discriminator()
""",
}  # fmt: skip

STEP = {
    "two optimizers of the student's own": _replaced(
        FIRST_LINE, f"{FIRST_LINE}    d_optimizer, g_optimizer = keras.optimizers.Adam(2e-4, 0.5), keras.optimizers.Adam(2e-4, 0.5)\n"
    ),
    "an optimizer of the student's own": _replaced(FIRST_LINE, f"{FIRST_LINE}    g_optimizer = keras.optimizers.SGD(0.01)\n"),
    "SGD of another rate": _replaced(FIRST_LINE, f"{FIRST_LINE}    d_optimizer = keras.optimizers.SGD(0.4)\n"),
    "one optimizer for both": _replaced("g_optimizer.apply", "d_optimizer.apply"),
    "the first half of the batch": _replaced(FIRST_LINE, f"{FIRST_LINE}    real = real[: len(real) // 2]\n"),
    "half of the noise": _replaced(FIRST_LINE, f"{FIRST_LINE}    noise = noise[len(noise) // 2 :]\n"),
    "noise of the student's own": _replaced(FIRST_LINE, f"{FIRST_LINE}    noise = np.random.normal(size=noise.shape)\n"),
    "D in inference for real images": _replaced("scores = discriminator(images, training=True)", "scores = discriminator(images, training=label < 0.5)"),
    "D in inference for both its updates": _replaced("scores = discriminator(images, training=True)", "scores = discriminator(images)"),
    "frozen before D learns": _replaced(FIRST_LINE, f"{FIRST_LINE}    discriminator.trainable = False\n"),
    "D frozen forever": _replaced("    with tf.GradientTape() as tape:\n        scores = discriminator(generator", "    discriminator.trainable = False\n    with tf.GradientTape() as tape:\n        scores = discriminator(generator"),
    "G frozen forever": _replaced(LAST_LINE, f"generator.trainable = False\n    {LAST_LINE}"),
    "labels of 0.9": _replaced("(real, 1.0)", "(real, 0.9)"),
    "mean squared error": _replaced("BinaryCrossentropy", "MeanSquaredError"),
    "D learns twice": _replaced("for images, label in", "for images, label in 2 *"),
    "D learns with g_optimizer": _replaced("d_optimizer.apply", "g_optimizer.apply"),
    "G learns first": [
        (TWO_SIDES, "((None, 1.0), *" + TWO_SIDES[1:]),
        ("        with tf.GradientTape() as tape:\n            scores = discriminator(images", "        if images is None:\n            with tf.GradientTape() as tape:\n                scores = discriminator(generator(noise, training=True), training=True)\n                g_loss = loss_function(tf.ones_like(scores), scores)\n            gradients = tape.gradient(g_loss, generator.trainable_variables)\n            g_optimizer.apply(gradients, generator.trainable_variables)\n            continue\n        with tf.GradientTape() as tape:\n            scores = discriminator(images"),
        ("    with tf.GradientTape() as tape:\n        scores = discriminator(generator(noise, training=True), training=True)\n        g_loss = loss_function(tf.ones_like(scores), scores)\n    gradients = tape.gradient(g_loss, generator.trainable_variables)\n    g_optimizer.apply(gradients, generator.trainable_variables)\n    return", "    return"),
    ],
    "minus the loss for zeros": _replaced("g_loss = loss_function(tf.ones_like(scores), scores)", "g_loss = -loss_function(tf.zeros_like(scores), scores)"),
    "the mean of all three losses": _replaced("sum(d_losses) / 2", "(sum(d_losses) + float(g_loss)) / 3"),
    "only d_loss": _replaced(LAST_LINE, "return sum(d_losses) / 2"),
    "d_loss of the fakes": _replaced("sum(d_losses) / 2", "d_losses[1]"),
}  # fmt: skip

FILTER = {
    "the border reflected": _replaced("np.pad(image, size // 2)", "np.pad(image, size // 2, mode='reflect')"),
    "a border of ones": _replaced("np.pad(image, size // 2)", "np.pad(image, size // 2, constant_values=1)"),
    "zeros around the result": _replaced("np.pad(image, size // 2)", "image") + _replaced("return (windows * kernel).sum(axis=(2, 3))", "return np.pad((windows * kernel).sum(axis=(2, 3)), size // 2)"),
    "mean for sum": _replaced(".sum(", ".mean("),
    "height and width swapped": _replaced(".sum(axis=(2, 3))", ".sum(axis=(2, 3)).T"),
    "flat": _replaced(".sum(axis=(2, 3))", ".sum(axis=(2, 3)).ravel()"),
    "uint8": _replaced(".sum(axis=(2, 3))", ".sum(axis=(2, 3)).astype('uint8')"),
    "nothing negative": _replaced("return (windows * kernel).sum(axis=(2, 3))", "return np.maximum(0, (windows * kernel).sum(axis=(2, 3)))"),
    "always a kernel of three": _replaced("size = len(kernel)", "size = 3"),
}  # fmt: skip

SHAPES = {
    "always one channel": _replaced("(height, width, channels)]", "(height, width, 1)]"),
    "always square": _replaced(
        "height, width, channels = image_shape", "height, _, channels = image_shape\n    width = height"
    ),
    "the last layer forgotten": _replaced(", (height, width, channels)]", "]"),
    "the channels first": _replaced(
        "return small + middle + [", "return [shape[::-1] for shape in small + middle] + ["
    ),
    "the discriminator's": """
def generator_shapes(image_shape):
    h, w, c = image_shape
    half, quarter = (h // 2, w // 2, 64), (h // 4, w // 4, 128)
    return [half] * 3 + [quarter] * 3 + [(h * w * 8,), (1,), (1,)]
""",
}

SCALE = {
    "divided by 255": _replaced("/ 127.5", "/ 255"),
    "in uint8": _replaced(SCALED, "return (images - np.uint8(127)) / np.uint8(127)"),
    "rounded": _replaced(SCALED, "return np.round(images / 127.5 - 1)"),
    "cut to whole numbers": _replaced(SCALED, "return (images / 127.5 - 1).astype(int)"),
    "upside down": _replaced(SCALED, "return 1 - images / 127.5"),
    "by another middle": _replaced(SCALED, "return images / 128 - 1"),
    "by 127": _replaced(SCALED, "return images / 127 - 1"),
    "the mean over the wrong axis": _replaced(SCALED, "return (images - images.mean(axis=0)) / 127.5"),
    "flat": _replaced(SCALED, "return (images / 127.5 - 1).ravel()"),
    "a batch of one": _replaced(SCALED, "return images[np.newaxis] / 127.5 - 1"),
}  # fmt: skip

COUNT = {
    "one channel for the generator": _replaced("+ (5 * 5 * 64 + 1) * channels", "+ (5 * 5 * 64 + 1) * 1"),
    "one channel for the discriminator": _replaced("(5 * 5 * channels + 1)", "(5 * 5 * 1 + 1)"),
    "only what learns": _replaced("4 * 6272 + 4 * 64", "2 * 6272 + 2 * 64"),
    "both together": _replaced("normalizations, discriminator", "normalizations + discriminator, discriminator"),
    "kernels of three": _replaced("5 * 5", "3 * 3"),
    "no whole number": _replaced("normalizations, discriminator", "normalizations + 0.5, discriminator"),
}

GRID = {
    "height and width of each image swapped": _replaced(GRID_RETURN, "return np.concatenate(rows, axis=0).transpose(1, 0, 2)"),
    "the last row first": _replaced("np.concatenate(rows, axis=0)", "np.concatenate(rows[::-1], axis=0)"),
    "images upside down": _replaced(PIXELS, "images = images[:, ::-1]\n    pixels = np.clip"),
    "range 0 to 1": _replaced(GRID_RETURN, "return np.concatenate(rows, axis=0) / 255"),
    "images taken for 0 to 1": _replaced("images * 127.5 + 127.5", "images * 255"),
    "only one colour": _replaced(GRID_RETURN, "return np.concatenate(rows, axis=0)[:, :, :1].repeat(3, axis=2)"),
    "the mean over colours": _replaced(GRID_RETURN, "return np.concatenate(rows, axis=0).mean(axis=2, keepdims=True).repeat(3, axis=2).astype('uint8')"),
    "rounded up": _replaced("np.round(", "np.ceil("),
    "a batch of one": _replaced(GRID_RETURN, "return np.concatenate(rows, axis=0)[np.newaxis]"),
}  # fmt: skip

WRONG_ANSWERS = {
    "1.1": FILTER,
    "1.2": SHAPES,
    "2.1": _of_photo("[..., :1]", "L"),
    "2.2": SCALE,
    "2.3": GENERATOR,
    "2.4": DISCRIMINATOR,
    "2.5": STEP,
    "3.1": _of_photo("[..., :3]", "RGB"),
    "3.2": GENERATOR,
    "3.3": DISCRIMINATOR,
    "3.4": COUNT,
    "3.5": GRID,
}


def make_wrong_answers(key, solution):
    """Returns a dict from what is wrong to a source of an exercise."""
    return {what: _make(key, what, solution, changes) for what, changes in WRONG_ANSWERS[key].items()}


def _make(key, what, solution, changes):
    if isinstance(changes, str):
        return changes.replace("CHANNELS", "1" if key < "3" else "3")
    for old, new in changes:
        assert old in solution, f"{key} {what}: the solution has no '{old}'"
        solution = solution.replace(old, new)
    return solution
