"""How good the pictures are, in numbers: features of pictures, distances between sets of them, neighbours.

The names below are loaded when they are first used: faces are measured without TensorFlow.
"""

from dcgan_lib.system.lazy import lazy_names

_HOMES = {
    "class_coverage": "distances",
    "digit_features": "digit_reader",
    "diversity": "distances",
    "face_features": "oriented_gradients",
    "frechet_distance": "distances",
    "kernel_distance": "distances",
    "measure_images": "measures",
    "nearest_neighbours": "neighbours",
    "patch_distance": "patches",
    "read_digits": "digit_reader",
    "stripes": "spectrum",
}
__all__ = sorted(_HOMES)
__getattr__, __dir__ = lazy_names(__name__, _HOMES)
