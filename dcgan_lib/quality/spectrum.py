"""Stripes and checkerboards: where a set of pictures has more power than real ones at the high frequencies.

A generator that draws by doubling leaves its traces at periods of two and four pixels (Odena et al. 2016), where
photos have little. The eye sees them long before a distance of features does.
"""

import numpy as np

from dcgan_lib.quality.distances import GROUPS, check_sides, groups_of, jackknife_error, measure_pair
from dcgan_lib.scaling import to_unit_range
from dcgan_lib.system.defaults import numpy_defaults

LONGEST_PERIOD = 4  # In pixels: two doublings.
VISIBLE = 1 / 255  # A pattern of one gray level, which nobody sees, counts as much as the power it is added to.


@numpy_defaults()
def stripes(real, fake):
    """Measures stripes and checkerboards: the largest excess of power at a period of four pixels or less, in dB.

    10 dB is ten times the power that real pictures have there. Noise and what is too sharp count as well; blurred
    pictures have less than 0. The floor is the largest excess among real pictures, the error a jackknife over ten
    groups.

    Args:
        real, fake: As for `frechet_distance`; height and width at least 4.

    Returns:
        A `Measure` with an `error`.

    Raises:
        ValueError: If there are fewer than 20 pictures, or they are not finite, differ in size or are too small.
    """
    check_sides("stripes", real, LONGEST_PERIOD)
    return measure_pair("stripes", _largest_excess, real, fake, high_power, lambda width: 2 * GROUPS)


def high_power(images):
    """Computes how much power each picture has at each high frequency.

    Args:
        images: uint8 `(n, height, width, channels)`, 0 to 255, or float in [-1, 1].

    Returns:
        float64 `(n, frequencies)`: those whose period, across or down, is at most `LONGEST_PERIOD`; the sum of both
        slants and of the channels.
    """
    pixels = to_unit_range(images)
    height, width, channels = pixels.shape[1:]
    window = np.hanning(height + 1)[:-1, None] * np.hanning(width + 1)[:-1]  # Else each border would be a stripe.
    window /= np.sqrt((window**2).sum())
    pixels = pixels - pixels.mean(axis=(1, 2), keepdims=True)
    power = (np.abs(np.fft.rfft2(pixels * window[..., None], axes=(1, 2))) ** 2).sum(axis=3)
    rows = np.arange(height // 2 + 1)
    power = (power[:, rows] + power[:, -rows]) / 2
    high = np.maximum(rows[:, None] / height, np.arange(width // 2 + 1) / width) >= 1 / LONGEST_PERIOD
    return power[:, high] + channels * VISIBLE**2 * window.sum() ** 2


def _largest_excess(real, fake):
    groups = groups_of(len(real))

    def estimate(kept):
        return float(10 * np.log10(fake[kept].mean(axis=0) / real[kept].mean(axis=0)).max())

    return estimate(groups >= 0), jackknife_error([estimate(groups != group) for group in range(GROUPS)])
