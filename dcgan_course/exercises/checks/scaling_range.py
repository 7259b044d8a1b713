"""The check of exercise 2.2: `scale_images`."""

from dcgan_course.exercises.checks.measured import to_array


def measure_scaling(scale_images, rng):
    """Scales a few pixels; 0 and 255 are among them."""
    pixels = rng.integers(0, 256, (2, 3, 2), dtype="uint8")
    pixels[0, 0] = 0, 255
    scaled = to_array(scale_images(pixels.copy()))
    return {
        "scaled": {
            "shape": list(scaled.shape),
            "dtype": "float" if scaled.dtype.kind == "f" else str(scaled.dtype),
            "range": [float(scaled.min()), float(scaled.max())] if scaled.size else [],
            "values": scaled.astype("float64").ravel().tolist(),
        }
    }
