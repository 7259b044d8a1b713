"""The check of exercise 3.5: `colour_grid`."""

from dcgan_course.exercises.checks.measured import to_array


def measure_grid(colour_grid, rng):
    """Lays out 25 random images whose values lie around whole numbers, so that they must be rounded."""
    import numpy as np

    values = rng.integers(0, 256, (25, 28, 28, 3)) + rng.uniform(-0.45, 0.45, (25, 28, 28, 3))
    values[0, 0, 0], values[24, 27, 27] = 0, 255
    grid = to_array(colour_grid(np.clip(values / 127.5 - 1, -1, 1).astype("float32")))
    places = [(0, 0), (27, 139), (28, 0), (139, 139), *rng.integers(0, 140, (2, 2)).tolist()]
    pixels = {
        f"pixel (row {row}, column {column})": np.ravel(grid[row, column]).tolist()
        for row, column in places
        if grid.ndim > 1 and row < grid.shape[0] and column < grid.shape[1]
    }
    weighted = np.nan_to_num(grid.astype("float64")).ravel() * np.arange(1, grid.size + 1)
    return {
        "grid": {
            "shape": list(grid.shape),
            "dtype": str(grid.dtype),
            **pixels,
            "sum of all pixels, each times its number": int(weighted.sum()),
        }
    }
