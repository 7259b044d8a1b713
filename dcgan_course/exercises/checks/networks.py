"""The checks of exercises 2.3, 2.4, 3.2 and 3.3: the lecture's two networks, however they are written.

A network is known by what it computes. It gets random weights, and so many inputs that each layer shows: values of
both signs reach each activation, and Dropout is seen in the outputs that come with `training=True`.
"""

import math
import zlib

from dcgan_course.exercises.checks.measured import UnusableResult

IMAGES = 8
SAMPLES = 16  # Values of a network's output.
DROPOUT_IMAGES = 512  # Each of the outputs that Dropout can give comes at least once, but for one time in 10**9.
MOST_OUTCOMES = 12
SAME = 1e-4  # Outputs of one value differ by less, because of rounding.


def measure_generator(build_generator, rng):
    """Measures what a generator draws: as it draws, as it learns, and again after that."""
    noise = rng.uniform(-1, 1, (IMAGES, 100)).astype("float32")
    network = _build(build_generator, noise)
    _set_random_weights(network, int(rng.integers(2**31)))
    # First without the argument: a network that is always in training shows.
    steps = [("", {}), (" (training=True)", {"training": True}), (" (after training=True)", {"training": False})]
    outputs = {name: _call(network, noise, **mode) for name, mode in steps}
    return {"generator": {**_describe(network, noise, outputs[""]), **_sample(outputs, rng)}}


def measure_discriminator(build_discriminator, rng, channels):
    """Measures what a discriminator says to random images, and what its Dropout does to one image."""
    import numpy as np

    images = rng.uniform(-3, 3, (2 * IMAGES, 28, 28, channels)).astype("float32")
    network = _build(build_discriminator, images)
    _set_random_weights(network, int(rng.integers(2**31)))
    scores = _call(network, images)
    image = _set_two_paths(network, rng, channels)
    outcomes = np.sort(_call(network, np.repeat(image, DROPOUT_IMAGES, axis=0), training=True).ravel())
    outcomes = outcomes[np.diff(outcomes, prepend=-1) > SAME]
    measured = {**_describe(network, images, scores), **_sample({"": scores}, rng)}
    measured["outputs with Dropout"] = outcomes[:MOST_OUTCOMES].tolist()
    return {"discriminator": measured}


def _build(build, inputs):
    """Returns the network that a student's function builds; its first call gives it its shapes."""
    import keras

    network = build()
    if network is None:
        raise UnusableResult("nothing returned")
    if not isinstance(network, keras.Model):
        raise UnusableResult("no model", type=type(network).__name__)
    network(inputs)
    return network


def _call(network, inputs, **mode):
    import numpy as np

    return np.asarray(network(inputs, **mode), "float64")


def _describe(network, inputs, outputs):
    return {
        # A Sequential also takes inputs of another size than its `Input` says, until it is joined with another network.
        "input shape": list(getattr(network, "input_shape", inputs.shape)[1:]),
        "shape": list(outputs.shape),
        "parameters": sum(math.prod(weight.shape) for weight in network.weights),
        "parameters that learn": sum(math.prod(weight.shape) for weight in network.trainable_weights),
    }


def _sample(outputs, rng):
    """Picks the same values of each output, in places that the random numbers decide."""
    import numpy as np

    places = (np.arange(SAMPLES) + rng.random(SAMPLES)) / SAMPLES
    return {
        f"values{name}": array.ravel()[(places * array.size).astype(int)].tolist() if array.size else []
        for name, array in outputs.items()
    }


def _set_random_weights(network, number):
    """Sets weights of both signs that depend on a weight's name and shape alone, not on its place in the network."""
    import numpy as np

    for weight in network.weights:
        shape = tuple(weight.shape)
        rng = np.random.default_rng([number, zlib.crc32(weight.name.encode()), *shape])
        values = rng.normal(0, 1, shape)
        if weight.name == "moving_variance":
            values = rng.uniform(0.5, 2, shape)
        elif weight.name == "gamma":
            values = rng.uniform(0.5, 1.5, shape) * rng.choice([-1, 1], shape)
        elif len(shape) > 1:
            values /= np.sqrt(np.prod(shape[:-1]))
        else:
            values *= 0.4
        weight.assign(values)


def _set_two_paths(network, rng, channels):
    """Sets weights so that only two pixels reach the output, each through one value of each layer.

    Dropout keeps or drops each value on the two paths. So its outputs show where it is, how often, and its rate. Both
    paths lie in one channel: if channels are dropped as a whole, some outputs are missing.

    Returns:
        An image, a float array (1, 28, 28, channels).
    """
    import numpy as np

    number = int(rng.integers(2**31))
    slopes, places = rng.uniform(0.9, 1.1, 2) * [1, -1.7], (0, 1)
    for weight in network.weights:
        shape, values = tuple(weight.shape), np.zeros(weight.shape)
        if len(shape) == 4:  # A convolution: it takes the middle of its window.
            values[shape[0] // 2, shape[1] // 2, 0, 0] = 1
        elif len(shape) == 2:  # The last layer: the middle of the 7x7 values of the first channel, and the next one.
            for slope, place in zip(slopes, places, strict=True):
                values[(24 + place) * shape[0] // 49, 0] = slope
        elif weight.name in ("gamma", "moving_variance"):
            values += 1
        else:
            values += np.random.default_rng([number, *shape]).uniform(0.1, 0.3)  # In any order of the layers.
        weight.assign(values)
    image = rng.uniform(-1, 1, (1, 28, 28, channels))
    image[0, 15, 15, 0], image[0, 15, 19, 0] = rng.uniform(0.5, 0.9), -rng.uniform(0.5, 0.9)
    return image.astype("float32")
