"""The measures that fit a set of images: what is written down while a generator trains."""

import numpy as np

from dcgan_lib.quality.digit_reader import digit_features, read_digits
from dcgan_lib.quality.distances import class_coverage, diversity, frechet_distance, kernel_distance
from dcgan_lib.quality.oriented_gradients import face_features

MOST_MEASURED = 10_000
_SURE = 0.9  # How sure the reader is of digits: of MNIST 0.99.


def measure_images(real, fake):
    """Takes the measures that fit the images: what `train(..., evaluate_every=...)` writes down.

    Digits get the Frechet distance in `digit_features`, how many of the ten
    are missing and how sure the reader is; all other images the kernel distance and its error in
    `face_features`. Both get their diversity.

    Args:
        real: uint8 `(n, height, width, channels)`, 0 to 255: the images it is trained on.
        fake: The generated ones, float in [-1, 1] or uint8; half as many or fewer.

    Returns:
        A dict of numbers, the distance first, with `floor` (real against real at the same n) and `n`.
    """
    if is_digits(real):
        features, distance = digit_features, frechet_distance(real, fake, digit_features)
        coverage = class_coverage(real, fake)
        more = {"missing_digits": len(coverage.missing), "confidence": coverage.confidence}
    else:
        features, distance = face_features, kernel_distance(real, fake, face_features)
        more = {"error": distance.error}
    name = "frechet_distance" if features is digit_features else "kernel_distance"
    spread = diversity(real, fake, features).value
    return {name: distance.value, "floor": distance.floor, "n": distance.n, "diversity": spread, **more}


def is_digits(images):
    """Says whether images are digits: 28x28 in one channel, mostly black, and the digit reader is sure of them."""
    images = np.asarray(images[:500])
    if images.shape[1:] != (28, 28, 1) or np.median(images) > 0:  # The reader takes even noise for a digit.
        return False
    return float(read_digits(images).max(axis=1).mean()) >= _SURE
