"""The check of exercise 1.1: `pad_and_filter`."""

from dcgan_course.exercises.checks.measured import to_array


def measure_filtering(pad_and_filter, rng):
    """Filters three small images, two of them not square. One kernel is 5x5, and one does not hold whole numbers."""
    filtered = {}
    for shape, size, unit in (((3, 3), 3, 1), ((5, 7), 5, 1), ((6, 5), 3, 0.25)):
        image, kernel = rng.integers(1, 6, shape), rng.integers(-4, 5, (size, size)) * unit
        result = to_array(pad_and_filter(image.copy(), kernel.copy()), "float64")
        name = f"{shape[0]}x{shape[1]} image, {size}x{size} kernel"
        filtered[f"shape ({name})"] = list(result.shape)
        filtered[f"values ({name})"] = result.ravel().tolist()
    return {"filtered": filtered}
