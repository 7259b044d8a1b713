"""Right answers written differently: all of them get full marks.

The first variants of each exercise make one student, the second ones the next, and so on.
"""

from submissions.case import COLOUR, GRAY, MNIST, exercises, full, notebook_case, solved
from submissions.networks import DISCRIMINATORS, GENERATORS, STEPS

FACES = {
    "one channel of a resized photo": """
def load_face(path):
    small = Image.open(path).resize((28, 28), Image.LANCZOS)
    return np.array(small)PICK
""",
    "Keras's own loader": """
def load_face(path: str) -> np.ndarray:
    return keras.utils.img_to_array(keras.utils.load_img(path, target_size=(28, 28)), dtype="uint8")PICK
""",
    "pixel by pixel, with Korean comments": """
def load_face(path):
    사진 = Image.open(path).convert("RGB").resize((28, 28))  # 28x28로 줄입니다
    얼굴 = np.zeros((28, 28, 3), dtype=np.uint8)
    for y in range(28):
        for x in range(28):
            얼굴[y, x] = 사진.getpixel((x, y))  # 빨강, 초록, 파랑
    print("불러왔습니다:", path)
    return 얼굴PICK
""",
    "TensorFlow": """
import tensorflow as tf


def load_face(path):
    image = tf.io.decode_image(tf.io.read_file(path), channels=3, expand_animations=False)
    return tf.cast(tf.round(tf.image.resize(image, (28, 28))), tf.uint8).numpy()PICK
""",
}

SCALES = {
    "float64": "def scale_images(images):\n    return images / 127.5 - 1",
    "loops instead of NumPy": """
def scale_images(images):
    scaled = np.empty(images.shape)
    for place in np.ndindex(images.shape):
        scaled[place] = (float(images[place]) - 127.5) / 127.5
    return scaled
""",
    "a Keras layer": "def scale_images(images):\n    return keras.layers.Rescaling(1 / 127.5, offset=-1)(images)",
    "np.interp": "scale_images = lambda images: np.interp(images, [0, 255], [-1, 1])",
    "a class and a decorator": """
from functools import wraps


def with_print(function):
    @wraps(function)
    def wrapper(*args):
        print("before", args[0].min(), "after", function(*args).min())
        return function(*args)

    return wrapper


class Scaler:
    half = np.float32(127.5)

    def __call__(self, images):
        return (images.astype(np.float32) - self.half) / self.half


scale_images = with_print(Scaler())
""",
}

FILTERS = {
    "four loops": """
def pad_and_filter(image, kernel):
    height, width = image.shape
    size = kernel.shape[0]
    edge = size // 2
    padded = [[0] * (width + 2 * edge) for _ in range(height + 2 * edge)]
    for y in range(height):
        for x in range(width):
            padded[y + edge][x + edge] = image[y][x]
    result = []
    for y in range(height):
        row = []
        for x in range(width):
            total = 0
            for j in range(size):
                for i in range(size):
                    total += padded[y + j][x + i] * kernel[j][i]
            row.append(total)
        result.append(row)
    return result
""",
    "shifted sums, in float64": """
def pad_and_filter(image, kernel):
    size = len(kernel)
    padded = np.pad(image.astype(float), size // 2, mode="constant", constant_values=0)
    height, width = image.shape
    return sum(kernel[j, i] * padded[j : j + height, i : i + width] for j in range(size) for i in range(size))
""",
    "einsum": """
def pad_and_filter(image, kernel):
    edge = kernel.shape[0] // 2
    padded = np.zeros(np.add(image.shape, 2 * edge))
    padded[edge : edge + image.shape[0], edge : edge + image.shape[1]] = image
    windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
    return np.einsum("yxji,ji->yx", windows, kernel)
""",
    "Keras's convolution": """
def pad_and_filter(image, kernel):
    x = image.reshape(1, *image.shape, 1).astype("float32")
    return np.array(keras.ops.conv(x, kernel.reshape(*kernel.shape, 1, 1).astype("float32"), padding="same"))[0, :, :, 0]
""",
}

SHAPES = {
    "one line for each layer": """
def generator_shapes(image_shape):
    h, w, c = image_shape
    shapes = []
    shapes.append((h // 4 * (w // 4) * 128,))
    shapes.append(shapes[-1])
    shapes.append((h // 4, w // 4, 128))
    shapes.append((h // 2, w // 2, 128))
    for _ in range(3):
        shapes.append((h // 2, w // 2, 64))
    shapes.append((h, w, 64))
    shapes.append((h, w, c))
    return shapes
""",
    "lists and NumPy's numbers": """
def generator_shapes(image_shape):
    size = np.array(image_shape[:2])
    flat = [np.prod(size // 4) * 128]
    small, middle, large = [[*(size // by)] for by in (4, 2, 1)]
    return [flat, flat, small + [128], middle + [128]] + 3 * [middle + [64]] + [large + [64], large + [image_shape[2]]]
""",
    "asks Keras": """
def generator_shapes(image_shape):
    height, width, channels = image_shape
    small = (height // 4, width // 4, 128)
    layers = [
        keras.layers.Dense(int(np.prod(small))), keras.layers.BatchNormalization(), keras.layers.Reshape(small),
        keras.layers.UpSampling2D(), keras.layers.Conv2D(64, 5, padding="same"), keras.layers.BatchNormalization(),
        keras.layers.Activation("relu"), keras.layers.UpSampling2D(), keras.layers.Conv2D(channels, 5, padding="same"),
    ]
    shape, shapes = (None, 100), []
    for layer in layers:
        shape = layer.compute_output_shape(shape)
        shapes.append(shape[1:])
    return shapes
""",
    "a generator function": """
def _shapes(height, width, channels):
    yield (height * width * 8,)
    yield (height * width * 8,)
    yield height // 4, width // 4, 128
    yield height // 2, width // 2, 128
    yield from [(height // 2, width // 2, 64)] * 3
    yield height, width, 64
    yield height, width, channels


def generator_shapes(image_shape):
    return tuple(_shapes(*image_shape))
""",
}

COUNTS = {
    "a formula": "def count_parameters(channels):\n    return 863_680 + 1_601 * channels, 211_265 + 1_600 * channels",
    "builds the networks and asks them": """
def count_parameters(channels):
    generator = Sequential([
        Input((100,)), Dense(6272), BatchNormalization(), Reshape((7, 7, 128)), UpSampling2D(),
        Conv2D(64, 5, padding="same"), BatchNormalization(), UpSampling2D(), Conv2D(channels, 5, padding="same"),
    ])
    discriminator = Sequential([
        Input((28, 28, channels)), Conv2D(64, 5, 2, "same"), Conv2D(128, 5, 2, "same"), Flatten(), Dense(1),
    ])
    return generator.count_params(), discriminator.count_params()
""",
    "layer by layer, as floats in a list": """
def count_parameters(channels):
    def conv(size, before, filters):
        return size**2 * before * filters + filters

    def dense(before, after):
        return before * after + after

    g = dense(100, 6272) + 4 * 6272 + conv(5, 128, 64) + 4 * 64 + conv(5, 64, channels)
    d = conv(5, channels, 64) + conv(5, 64, 128) + dense(7 * 7 * 128, 1)
    return [float(g), float(d)]
""",
}

GRIDS = {
    "reshape and transpose": """
def colour_grid(images):
    pixels = np.rint((images + 1) * 127.5).astype("uint8")
    return pixels.reshape(5, 5, 28, 28, 3).transpose(0, 2, 1, 3, 4).reshape(140, 140, 3)
""",
    "loops": """
def colour_grid(images):
    grid = np.zeros((140, 140, 3), "uint8")
    for number, image in enumerate(images):
        row, column = divmod(number, 5)
        grid[28 * row : 28 * row + 28, 28 * column : 28 * column + 28] = np.around(127.5 * image.astype("float64") + 127.5)
    return grid
""",
    "np.block, and + 0.5 for rounding": """
def colour_grid(images):
    images = (images * 127.5 + 127.5 + 0.5).clip(0, 255.99).astype(np.uint8)
    return np.vstack([np.hstack(images[5 * i : 5 * i + 5]) for i in range(5)])
""",
}


def for_channels(sources, channels):
    """Writes sources for gray or colour images."""
    pick = "[:, :, :1]" if channels == 1 else "[:, :, :3]"
    return {
        intent: source.replace("CHANNELS", str(channels)).replace("PICK", pick) for intent, source in sources.items()
    }


VARIANTS = {
    MNIST: {"1.1": FILTERS, "1.2": SHAPES},
    GRAY: {
        "2.1": for_channels(FACES, 1),
        "2.2": SCALES,
        "2.3": for_channels(GENERATORS, 1),
        "2.4": for_channels(DISCRIMINATORS, 1),
        "2.5": STEPS,
    },
    COLOUR: {
        "3.1": for_channels(FACES, 3),
        "3.2": for_channels(GENERATORS, 3),
        "3.3": for_channels(DISCRIMINATORS, 3),
        "3.4": COUNTS,
        "3.5": GRIDS,
    },
}


def answers_of(name):
    """Yields a dict from key to (intent, source) for each student; where an exercise has no more, its last is taken."""
    by_key = {key: list(sources.items()) for key, sources in VARIANTS[name].items()}
    for number in range(max(map(len, by_key.values()))):
        yield {key: sources[min(number, len(sources) - 1)] for key, sources in by_key.items()}


def case_of(name, number, answers):
    """Makes a student out of one variant for each exercise, in the student's own cells, with one cell more."""
    sources = {
        exercises(name)[key].answer_id: f"# EXERCISE {key} {exercises(name)[key].title}\n{source.strip()}"
        for key, (_, source) in answers.items()
    }
    intent = "; ".join(f"{key} {intent}" for key, (intent, _) in answers.items())
    return notebook_case(f"variant {name[:2]}-{number}", intent, solved(name, **sources), full(name))


CASES = [
    case_of(name, number, answers) for name in VARIANTS for number, answers in enumerate(answers_of(name), start=1)
]
