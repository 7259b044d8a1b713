"""The checks of exercises 1.2 and 3.4: the shapes and the parameters of the lecture's networks, by arithmetic."""

from dcgan_course.exercises.checks.measured import UnusableResult


def measure_shapes(generator_shapes, rng):
    """Asks for the shapes for 28x28x1 images, and for two sizes that are not square."""
    shapes = {}
    for image_shape in ((28, 28, 1), *(rng.permutation(range(2, 30))[:6].reshape(2, 3) * [4, 4, 1]).tolist()):
        result = generator_shapes(tuple(image_shape))
        shapes[f"{tuple(image_shape)} images"] = [_to_integers(shape) for shape in _to_list(result)]
    return {"shapes": shapes}


def measure_parameters(count_parameters, rng):
    """Asks for the parameters for one channel, and for three other numbers of channels."""
    counts = {}
    for channels in (1, *rng.integers(2, 100, 3).tolist()):
        counts[f"channels={channels}"] = _to_integers(count_parameters(channels))
    return {"parameters": counts}


def _to_integers(result):
    try:
        return [_to_integer(number) for number in _to_list(result)]
    except (TypeError, ValueError, OverflowError):
        raise UnusableResult("no integers", type=type(result).__name__) from None


def _to_integer(number):
    """Turns 7 and 7.0 into 7; 7.5 raises a ValueError, as it is no whole number."""
    if number is None:
        return "None"
    if int(number) != number:
        raise ValueError
    return int(number)


def _to_list(result):
    if result is None:
        raise UnusableResult("nothing returned")
    try:
        return list(result)
    except TypeError:
        raise UnusableResult("no list", type=type(result).__name__) from None
