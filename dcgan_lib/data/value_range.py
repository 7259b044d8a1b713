"""Values of any range as bytes: what they look like is judged by how far they reach, not by their type."""

import numpy as np

RANGES = (1, 255, 4_095, 65_535)  # A fraction, 8 bits, 12 bits (cameras, microscopes, depth), 16 bits.


def scale_to_bytes(values, lowest=None, highest=None):
    """Scales values to 0 to 255 by the smallest usual range that holds them all.

    The ranges are 0 to 1, 8, 12 and 16 bits, and -1 to 1, which is what a generator with tanh gives.

    Args:
        values: A numeric array of any shape.
        lowest: The lowest value of all the images that belong together; `None`: of `values`.
        highest: The highest one.

    Returns:
        uint8, of the shape of `values`.

    Raises:
        ValueError: If the values are in none of these ranges, or not finite.
    """
    values = np.asarray(values)
    lowest = values.min() if lowest is None else lowest
    highest = values.max() if highest is None else highest
    if lowest >= 0 and highest <= 255 and values.dtype == np.uint8 and highest != 1:
        return values
    # A hundredth more is what smoothing adds.
    limit = next((limit for limit in RANGES if highest <= limit * 1.01), None)
    # MNIST as PyTorch's tutorials standardise it reaches from -0.42 to 2.82: as bytes that would be all black.
    is_standardised = lowest < 0 and 1 < (limit or 0) and highest < 0.1 * limit
    if -1.01 <= lowest < 0 and limit == 1:
        values, limit = (values.astype("float32") + 1) / 2, 1
    elif not lowest >= -0.01 * (limit or 1) or limit is None or is_standardised:
        raise ValueError(
            f"values from {lowest:g} to {highest:g}, not in 0 to 1, -1 to 1, 0 to 255, 0 to 4,095 or 0 to 65,535"
        )
    return np.rint(np.clip(values.astype("float32") * (255 / limit), 0, 255)).astype("uint8")
