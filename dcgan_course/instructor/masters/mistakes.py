"""Mistakes that students really make, as changes of the masters' solutions.

Two parts of the course need them. A check says which of them an answer gives the values of: the sentence for each name
stands in `dcgan_course/exercises/checks/messages.json`. And grading draws other numbers until each of them is told from
the right answer.
"""

from dcgan_course.exercises.exercise import BEGIN, END

LEAKY = "LeakyReLU(negative_slope=0.2)"
DENSE_ACTIVATION = f", activation={LEAKY}"
SECOND_ACTIVATION = f"            Activation({LEAKY}),\n"
NORMALIZATION = "            BatchNormalization(),\n"
DROPOUT = "            Dropout(0.3),\n"

RESIZED = 'photo.convert("RGB").resize((28, 28))'
SQUARE = (
    "(photo.width - min(photo.size)) / 2, (photo.height - min(photo.size)) / 2, "
    "(photo.width + min(photo.size)) / 2, (photo.height + min(photo.size)) / 2"
)


def _of_photo(small):
    """Returns the mistakes of exercises 2.1 and 3.1; `small` is what the solution calls the resized photo."""
    array = f"np.asarray({small})"
    return {
        "height and width swapped": [(array, f"{array}.transpose(1, 0, 2)")],
        "scaled to one": [(array, f"({array} / 255)")],
        "cut to a square": [(RESIZED, RESIZED.replace("28))", f"28), box=({SQUARE}))"))],
        "margin cut off": [(RESIZED, RESIZED.replace("28, 28", "32, 32") + ".crop((2, 2, 30, 30))")],
        "border added": [(RESIZED, '__import__("PIL.ImageOps").ImageOps.pad(photo.convert("RGB"), (28, 28))')],
    }


GENERATOR = {
    "ReLU": [(LEAKY, '"relu"')],
    "slope 0.3": [(LEAKY, "LeakyReLU()")],
    "slope 0.01": [(LEAKY, "LeakyReLU(0.01)")],
    "first activation missing": [(DENSE_ACTIVATION, "")],
    "second activation missing": [(SECOND_ACTIVATION, "")],
    "first normalization missing": [(f"{NORMALIZATION}            Reshape", "            Reshape")],
    "second normalization missing": [(f"{NORMALIZATION}            Activation", "            Activation")],
    "activation before normalization": [(NORMALIZATION + SECOND_ACTIVATION, SECOND_ACTIVATION + NORMALIZATION)],
    "momentum 0.8": [("BatchNormalization()", "BatchNormalization(momentum=0.8)")],
    "bilinear": [("UpSampling2D()", 'UpSampling2D(interpolation="bilinear")')],
    "Conv2DTranspose": [
        (
            "            UpSampling2D(),\n            Conv2D(",
            "            keras.layers.Conv2DTranspose(strides=2, filters=",
        )
    ],
    "sigmoid for tanh": [("tanh", "sigmoid")],
    "tanh missing": [(', activation="tanh"', "")],
    "kernels of three": [("kernel_size=5", "kernel_size=3")],
    "frozen": [
        ("return Sequential(", "return (lambda model: setattr(model, 'trainable', False) or model)(Sequential("),
        (END, ")" + END),
    ],
}
DISCRIMINATOR = {
    "ReLU": [(LEAKY, '"relu"')],
    "slope 0.3": [(LEAKY, "LeakyReLU()")],
    "slope 0.01": GENERATOR["slope 0.01"],
    "no activations": [(SECOND_ACTIVATION, "")],
    "second activation missing": [
        (f"{SECOND_ACTIVATION}{DROPOUT}            Flatten", f"{DROPOUT}            Flatten")
    ],
    "Dropout missing": [(DROPOUT, "")],
    "one Dropout": [(f"{DROPOUT}            Flatten", "            Flatten")],
    "Dropout of a half": [("Dropout(0.3)", "Dropout(0.5)")],
    "Dropout keeps 0.3": [("Dropout(0.3)", "Dropout(0.7)")],
    "channels dropped": [("Dropout(0.3)", "keras.layers.SpatialDropout2D(0.3)")],
    "normalization added": [(SECOND_ACTIVATION, NORMALIZATION + SECOND_ACTIVATION)],
    "sigmoid missing": [(', activation="sigmoid"', "")],
    "kernels of three": [("kernel_size=5", "kernel_size=3")],
    "frozen": GENERATOR["frozen"],
}
D_UPDATE = "d_optimizer.apply(gradients, discriminator.trainable_variables)"
G_UPDATE = "g_optimizer.apply(gradients, generator.trainable_variables)"

# From an exercise's key to the name of a mistake and the replacements that make it of the solution.
MISTAKES = {
    "1.1": {
        "no padding": [("np.pad(image, size // 2)", "image")],
        "border of one": [("np.pad(image, size // 2)", "np.pad(image, 1)")],
        "edge repeated": [("np.pad(image, size // 2)", 'np.pad(image, size // 2, mode="edge")')],
        "kernel turned": [("windows * kernel)", "windows * kernel[::-1, ::-1])")],
        "kernel transposed": [("windows * kernel)", "windows * kernel.T)")],
        "cut to whole numbers": [(".sum(axis=(2, 3))", ".sum(axis=(2, 3)).astype(image.dtype)")],
    },
    "1.2": {
        "batch axis included": [
            ("return small + middle", "return [(1,) + shape for shape in small + middle"),
            ("[(height, width, 64), (height, width, channels)]", "[(height, width, 64), (height, width, channels)]]"),
        ],
        "height and width swapped": [
            ("height, width, channels = image_shape", "width, height, channels = image_shape")
        ],
        "half for a quarter": [("(height // 4, width // 4)", "(height // 2, width // 2)")],
        "always 28x28": [("height, width, channels = image_shape", "height, width, channels = 28, 28, 1")],
        "64 channels at first": [("(*half, 128)", "(*half, 64)")],
    },
    "2.1": {
        "green channel": [("[:, :, :1]", "[:, :, 1:2]")],
        "blue channel": [("[:, :, :1]", "[:, :, 2:]")],
        "gray of all channels": [("np.asarray(small)[:, :, :1]", 'np.asarray(small.convert("L"))[:, :, None]')],
        "mean of channels": [
            ("np.asarray(small)[:, :, :1]", 'np.asarray(small).mean(axis=2, keepdims=True).astype("uint8")')
        ],
        **_of_photo("small"),
    },
    "2.2": {
        "range 0 to 1": [('(images.astype("float32") - 127.5) / 127.5', "images / 255")],
        "range 0 to 2": [(" - 127.5", "")],
        "not divided": [(" / 127.5", "")],
        "half of the range": [("- 127.5) / 127.5", "- 127.5) / 255")],
        "other middle": [("- 127.5) / 127.5", "- 128) / 128")],
        "own maximum": [('(images.astype("float32") - 127.5) / 127.5', "images / images.max() * 2 - 1")],
        "own range": [
            (
                '(images.astype("float32") - 127.5) / 127.5',
                "(images - images.min()) / (images.max() - images.min()) * 2 - 1",
            )
        ],
        "mean and standard deviation": [
            ('(images.astype("float32") - 127.5) / 127.5', "(images - images.mean()) / images.std()")
        ],
    },
    "2.3": {**GENERATOR, "three channels": [("Conv2D(1,", "Conv2D(3,")]},
    "2.4": DISCRIMINATOR,
    "2.5": {
        "labels swapped": [
            (
                "(real, 1.0), (generator(noise, training=False), 0.0)",
                "(real, 0.0), (generator(noise, training=False), 1.0)",
            )
        ],
        "generator learns zeros": [("tf.ones_like", "tf.zeros_like")],
        "discriminator in inference": [
            ("discriminator(images, training=True)", "discriminator(images, training=False)"),
            ("training=True), training=True)", "training=True), training=False)"),
        ],
        "discriminator in inference at last": [("training=True), training=True)", "training=True), training=False)")],
        "generator in inference": [
            ("discriminator(generator(noise, training=True)", "discriminator(generator(noise, training=False)")
        ],
        "fakes with training=True": [("(generator(noise, training=False)", "(generator(noise, training=True)")],
        "discriminator moves too": [
            (
                G_UPDATE,
                "gradients, more = gradients\n    "
                + G_UPDATE
                + "\n    d_optimizer.apply(more, discriminator.trainable_variables)",
            ),
            (
                "tape.gradient(g_loss, generator.trainable_variables)",
                "tape.gradient(g_loss, [generator.trainable_variables, discriminator.trainable_variables])",
            ),
        ],
        "stays frozen": [
            ("    return sum", "    discriminator.trainable = False\n    return sum"),
            (D_UPDATE, "if gradients: " + D_UPDATE),
        ],
        "optimizers swapped": [("d_optimizer, g_optimizer, real", "g_optimizer, d_optimizer, real")],
        "from logits": [("BinaryCrossentropy()", "BinaryCrossentropy(from_logits=True)")],
        "fakes first": [
            (
                "((real, 1.0), (generator(noise, training=False), 0.0))",
                "((generator(noise, training=False), 0.0), (real, 1.0))",
            )
        ],
        "one update for both": [
            (
                "((real, 1.0), (generator(noise, training=False), 0.0))",
                "((tf.concat([real, generator(noise, training=False)], 0), 1.0),)",
            ),
            (
                "tf.fill(scores.shape, label)",
                "tf.concat([tf.ones((len(real), 1)), tf.zeros((len(noise), 1))], 0)",
            ),
            ("sum(d_losses) / 2", "sum(d_losses)"),
        ],
        "d_loss is a sum": [("sum(d_losses) / 2", "sum(d_losses)")],
        "losses swapped": [("return sum(d_losses) / 2, float(g_loss)", "return float(g_loss), sum(d_losses) / 2")],
        "generator does not move": [(G_UPDATE, "pass")],
        "only real": [
            ("(real, 1.0), (generator(noise, training=False), 0.0)", "(real, 1.0),"),
            ("sum(d_losses) / 2", "sum(d_losses)"),
        ],
        "only fakes": [
            ("(real, 1.0), (generator(noise, training=False), 0.0)", "(generator(noise, training=False), 0.0),"),
            ("sum(d_losses) / 2", "sum(d_losses)"),
        ],
    },
    "3.1": {
        "BGR": [(f"np.asarray({RESIZED})", f"np.asarray({RESIZED})[:, :, ::-1]")],
        "gray three times": [('convert("RGB").resize((28, 28))', 'convert("L").convert("RGB").resize((28, 28))')],
        **_of_photo(RESIZED),
    },
    "3.2": {**GENERATOR, "one channel": [("Conv2D(3,", "Conv2D(1,")]},
    "3.3": DISCRIMINATOR,
    "3.4": {
        "no biases": [
            ("100 * 6272 + 6272", "100 * 6272"),
            ("* 128 + 1)", "* 128)"),
            ("* 64 + 1)", "* 64)"),
            ("channels + 1)", "channels)"),
            ("6272 + 1)", "6272)"),
        ],
        "two for each normalization": [("4 * 6272 + 4 * 64", "2 * 6272 + 2 * 64")],
        "normalization not counted": [("4 * 6272 + 4 * 64", "0")],
        "three colours only": [("channels + 1)", "3 + 1)"), ("* channels", "* 3")],
        "order swapped": [
            (
                "return dense + convolutions + normalizations, discriminator",
                "return discriminator, dense + convolutions + normalizations",
            )
        ],
    },
    "3.5": {
        "columns first": [("axis=1", "axis=99"), ("axis=0", "axis=1"), ("axis=99", "axis=0")],
        "only reshaped": [
            (
                "return np.concatenate(rows, axis=0)",
                "return pixels.reshape(140, 140, 3)",
            )
        ],
        "not rounded": [("np.round(images * 127.5 + 127.5)", "images * 127.5 + 127.5")],
        "scaled by 255": [("images * 127.5 + 127.5", "images * 255")],
        "BGR": [('.astype("uint8")', '.astype("uint8")[..., ::-1]')],
    },
}


def apply_mistakes(key, solution):
    """Makes each known mistake of an exercise out of its solution; returns a dict from its name to a source.

    Raises:
        ValueError: If the solution has changed, so that there is nothing to replace.
    """
    solution = solution.replace(BEGIN, "# The answer:")
    return {name: _replace(f"{key} {name}", solution, changes) for name, changes in MISTAKES.get(key, {}).items()}


def _replace(title, source, changes):
    for old, new in changes:
        if old not in source:
            raise ValueError(f"The mistake '{title}' cannot be made: the solution has no '{old}'.")
        source = source.replace(old, new)
    return source
