"""How good the pictures are, in numbers. How they are computed is in `dcgan_quality`."""

from dcgan_quality.digit_reader import digit_features, read_digits
from dcgan_quality.distances import class_coverage, diversity, frechet_distance, kernel_distance
from dcgan_quality.face_features import face_features
from dcgan_quality.measures import measure_images
from dcgan_quality.neighbours import nearest_neighbours

__all__ = [
    "class_coverage",
    "digit_features",
    "diversity",
    "face_features",
    "frechet_distance",
    "kernel_distance",
    "measure_images",
    "nearest_neighbours",
    "read_digits",
]
