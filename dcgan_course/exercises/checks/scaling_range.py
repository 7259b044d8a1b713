"""The check of exercise 2.2: `scale_images`."""

from dcgan_course.exercises.checks.measured import to_array


def measure_scaling(scale_images, rng):
    """Scales a few pixels with 0 and 255 among them, and a few without: the images' own range must not matter."""
    pixels = rng.integers(0, 256, (2, 3, 2), dtype="uint8")
    pixels[0, 0] = 0, 255
    pale = rng.integers(20, 200, (3, 4), dtype="uint8")
    scaled, scaled_pale = (to_array(scale_images(each.copy())) for each in (pixels, pale))
    return {
        "scaled": {
            "shape": list(scaled.shape),
            "dtype": "float" if scaled.dtype.kind == "f" else str(scaled.dtype),
            "range": [float(scaled.min()), float(scaled.max())] if scaled.size else [],
            "values": scaled.astype("float64").ravel().tolist(),
            # Larger numbers, so that 127.4 for 127.5 shows.
            "values * 127.5 (pixels 20 to 199)": (127.5 * scaled_pale.astype("float64")).ravel().tolist(),
        }
    }
