"""No wrong answer passes a check, and no right answer loses: single changes, students' mistakes, right variants."""

import functools
import json
import linecache
import math
from pathlib import Path

import keras
import numpy as np
import pytest
from right_answers import RIGHT_ANSWERS
from single_changes import make_single_changes
from wrong_answers import make_wrong_answers

from dcgan_course.exercises.checks import messages
from dcgan_course.exercises.checks.comparison import compare
from dcgan_course.exercises.checks.expected import read_expected
from dcgan_course.exercises.checks.measured import to_text
from dcgan_course.exercises.checks.measures import MEASURES, measure
from dcgan_course.exercises.checks.messages import say
from dcgan_course.instructor.grading.marks.assembly import read_masters, seed_of
from dcgan_course.instructor.masters.mistakes import MISTAKES, apply_mistakes

# A student's code is measured as it runs in the sandbox, where Keras only warns.
pytestmark = pytest.mark.filterwarnings("ignore")

# Large numbers, as grading draws them: no notebook has them.
SEEDS = [int(number) for number in np.random.SeedSequence(28).generate_state(5)]
KEYS = sorted(MEASURES)
QUICK = ["1.1", "1.2", "2.1", "2.2", "3.1", "3.4", "3.5"]  # Without TensorFlow.
# Networks and the training step take long.
each_exercise = pytest.mark.parametrize(
    "key", [key if key in QUICK else pytest.param(key, marks=pytest.mark.slow) for key in KEYS]
)

WHOLE = "the sizes are multiples of 4, and 7.0 is as good as 7"
ELEMENTWISE = "the activation works on each value by itself, and UpSampling2D only repeats values"
POSITIVE = "LeakyReLU(a * x) is a * LeakyReLU(x) for each a that Dropout multiplies with, 0 too"
CALLABLE = "Keras takes the layer by itself as it takes it inside Activation"
BUILT_LATER = "the first call says what Input says"
RGB = "the photo is RGB"
IN_RANGE = "nothing is below 0 or above 255 when all inputs are from -1 to 1"
TENSOR = "a loss may be a tensor: it is the same number"
NO_TRAINING = "outside of fit, training=False is Keras's default"

GRAY = {"3.2": "2.3", "3.3": "2.4"}  # From a network in colour to the one that it was copied from.

GENERATOR = {
    "line 3: Input((100,)) left out": BUILT_LATER,
    "line 10: Activation(LeakyReLU(negative_slope=0.2)), then UpSampling2D() swapped": ELEMENTWISE,
    "line 10: Activation(LeakyReLU(negative_slope=0.2)) -> LeakyReLU(negative_slope=0.2)": CALLABLE,
}
DISCRIMINATOR = {
    "line 5: Activation(LeakyReLU(negative_slope=0.2)), then Dropout(0.3) swapped": POSITIVE,
    "line 8: Activation(LeakyReLU(negative_slope=0.2)), then Dropout(0.3) swapped": POSITIVE,
    "line 9: Dropout(0.3), then Flatten() swapped": "Dropout works on each value by itself",
    "line 3: Input((28, 28, 1)) left out": BUILT_LATER,
    "line 5: Activation(LeakyReLU(negative_slope=0.2)) -> LeakyReLU(negative_slope=0.2)": CALLABLE,
    "line 8: Activation(LeakyReLU(negative_slope=0.2)) -> LeakyReLU(negative_slope=0.2)": CALLABLE,
}

# From an exercise's key to each single change that really computes the same, and why: found by hand.
SAME = {
    "1.1": {"line 4: 2, then 3 swapped": "a sum over two axes has no order"},
    "1.2": {
        "line 2: height // 4 -> height / 4": WHOLE,
        "line 2: width // 4 -> width / 4": WHOLE,
        "line 2: height // 2 -> height / 2": WHOLE,
        "line 2: width // 2 -> width / 2": WHOLE,
    },
    "2.1": {
        "line 2: photo.convert('RGB') -> photo.convert()": RGB,
        "line 2: photo.convert('RGB') -> photo": RGB,
    },
    "2.2": {
        "line 1: images.astype('float32') -> images": "uint8 - 127.5 is float64",
        "line 1: 'float32' -> 'float64'": "more digits",
        "line 1: 'float32' -> 'uint8'": "uint8 - 127.5 is float64",
        "line 1: 'float32' -> 'int32'": "int32 - 127.5 is float64",
    },
    "2.3": GENERATOR,
    "2.4": DISCRIMINATOR,
    "2.5": {
        "line 3: generator(noise, training=False) -> generator(noise)": NO_TRAINING,
        "line 9: float(loss) -> loss": TENSOR,
        "line 15: float(g_loss) -> g_loss": TENSOR,
    },
    "3.1": {
        "line 2: photo.convert('RGB') -> photo.convert()": RGB,
        "line 2: photo.convert('RGB') -> photo": RGB,
    },
    "3.2": {},
    "3.3": {"line 3: Input((28, 28, 3)) left out": BUILT_LATER},
    "3.4": {},
    "3.5": {
        "line 1: np.clip(np.round(images * 127.5 + 127.5), 0, 255) -> np.clip(0, np.round(images * 127.5 + 127.5), 255)": "the larger of 0 and a value, and then the smaller of that and 255",
        "line 1: np.clip(np.round(images * 127.5 + 127.5), 0, 255) -> np.round(images * 127.5 + 127.5)": IN_RANGE,
        "line 1: 0 -> -1": IN_RANGE,
        "line 1: 255 -> 256": IN_RANGE,
        "line 1: 255 -> 510": IN_RANGE,
        "line 2: list(pixels[first:first + 5]) -> pixels[first:first + 5]": "an array is as good as a list of its rows",
        "line 2: 25 -> 24": "the last first image is image 20",
        "line 3: np.concatenate(rows, axis=0) -> np.concatenate(rows)": "0 is the default",
    },
}


@pytest.fixture(autouse=True)
def no_idle_optimizer():
    """Takes the place of the fixture of all tests: what Keras lets pass must be seen by the measure."""


@functools.cache
def exercises():
    """Returns a dict from an exercise's key to itself and to the names that its notebook's imports define."""
    found = {}
    for master in read_masters(Path(__file__).resolve().parents[2] / "notebooks"):
        names = {"__name__": "__main__"}
        exec(master.imports, names)
        found |= {exercise.key: (exercise, names) for exercise in master.exercises}
    return found


def define(key, source):
    """Runs a source as an answer cell runs; returns the function that the exercise asks for."""
    exercise, names = exercises()[key]
    names = dict(names)
    # tf.function reads the source.
    file = f"<{key} {hash(source)}>"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    exec(compile(source, file, "exec"), names)
    return names[exercise.title]


def lines_of(key, source, seed):
    """Returns what grading compares: the lines of a measurement, or the name of the error that came."""
    try:
        return to_text(key, measure(key, define(key, source), seed)).splitlines()
    except Exception as error:
        return type(error).__name__


@functools.cache
def right_measurement(key, seed):
    return measure(key, define(key, exercises()[key][0].solution), seed)


@functools.cache
def constant_lines(key):
    """Returns the lines of the right answer that no seed changes: shapes, numbers of parameters and the like."""
    return set.intersection(*(set(to_text(key, right_measurement(key, seed)).splitlines()) for seed in SEEDS))


def passing_seeds(key, source, seeds):
    """Returns the seeds for which an answer has the lines of the right one; stops where no other seed can pass."""
    passed = []
    for seed in seeds:
        lines = lines_of(key, source, seed)
        if isinstance(lines, str):
            break  # An error is one for each seed.
        if not constant_lines(key).issubset(lines):
            break  # Another shape is one for each seed.
        if lines == to_text(key, right_measurement(key, seed)).splitlines():
            passed.append(seed)
    return passed


def verdict(key, source, language="en"):
    exercise = exercises()[key][0]
    return compare(key, define(key, source), read_expected(key, seed_of(exercise.check)), language)


def is_right(key, source):
    exercise = exercises()[key][0]
    try:
        return verdict(key, source) == say("right", "en", key=key, name=exercise.title)
    except Exception:
        return False  # The source itself fails, as its cell would.


def changes_of(key):
    """Returns the single changes of a solution; of a network in colour, those that the gray one does not have."""
    gray = make_single_changes(exercises()[GRAY[key]][0].solution) if key in GRAY else []
    known = {change.description for change in gray}
    return [change for change in make_single_changes(exercises()[key][0].solution) if change.description not in known]


def surviving(key, seeds):
    """Returns the descriptions of the single changes that pass with any seed, and that are said to be right."""
    passed, said_right = set(), set()
    for change in changes_of(key):
        if passing_seeds(key, change.source, seeds):
            passed.add(change.description)
        if is_right(key, change.source):
            said_right.add(change.description)
    keras.backend.clear_session()
    return passed, said_right


@each_exercise
def test_a_single_change_of_a_solution_does_not_pass(key):
    seeds = SEEDS[:2] if key in QUICK else SEEDS[:1]  # And the notebook's own.
    assert surviving(key, seeds) == (set(SAME[key]), set(SAME[key]))


def test_changes_are_of_all_kinds_and_each_has_a_description_of_its_own():
    for key in KEYS:
        changes = make_single_changes(exercises()[key][0].solution)
        assert len({change.description for change in changes}) == len(changes) >= 20, key
    descriptions = {change.description for change in make_single_changes(exercises()["2.4"][0].solution)}
    assert descriptions >= {
        "line 1: return forgotten",
        "line 6: Dropout(0.3) left out",
        "line 6: 0.3 -> 0.4",
        "line 4: 'same' -> 'valid'",
        "line 5: LeakyReLU(negative_slope=0.2) -> 'relu'",
        "line 11: Dense(1, activation='sigmoid') -> Dense(1)",
    }


def wrong_answers(key):
    solution = exercises()[key][0].solution
    return make_wrong_answers(key, solution) | apply_mistakes(key, solution)


@each_exercise
def test_what_students_get_wrong_does_not_pass(key):
    passing = [what for what, source in wrong_answers(key).items() if passing_seeds(key, source, SEEDS[:2])]
    assert not passing
    assert not [what for what, source in wrong_answers(key).items() if is_right(key, source)]


@each_exercise
def test_a_right_answer_in_other_words_does_not_lose(key):
    assert not losing(key)


def losing(key):
    """Returns what is measured otherwise than of the solution, for any of five seeds, or is not said to be right."""
    found = []
    for what, source in RIGHT_ANSWERS[key].items():
        for seed in SEEDS:
            if not is_same(measure(key, define(key, source), seed), right_measurement(key, seed)):
                found.append((what, seed))
        if not is_right(key, source):
            found.append((what, verdict(key, source)))
    return found


def is_same(value, expected):
    """Compares measurements; near a rounding edge, grading draws other numbers, so a little is allowed."""
    if isinstance(expected, dict):
        return value.keys() == expected.keys() and all(is_same(value[name], expected[name]) for name in expected)
    if isinstance(expected, list):
        return len(value) == len(expected) and all(map(is_same, value, expected))
    if isinstance(expected, float):
        return math.isclose(value, expected, abs_tol=1e-4)
    return value == expected


@pytest.mark.parametrize("key", KEYS)
def test_each_known_mistake_has_values_of_its_own(key):
    expected = read_expected(key, seed_of(exercises()[key][0].check))
    assert list(expected.mistakes) == list(MISTAKES[key])
    measured = [json.dumps(mistake) for mistake in [expected.right, *expected.mistakes.values()]]
    assert len(set(measured)) == len(measured)


def said_wrongly(key):
    """Returns the known mistakes whose sentence the verdict does not hold."""
    sources = apply_mistakes(key, exercises()[key][0].solution)
    return [name for name, source in sources.items() if say(name, "en") not in verdict(key, source)]


@each_exercise
def test_each_known_mistake_gets_its_sentence(key):
    assert not said_wrongly(key)


def test_each_known_mistake_has_a_sentence_in_both_languages():
    texts = json.loads(Path(messages.__file__).with_suffix(".json").read_text("utf-8"))
    for name in {name for mistakes in MISTAKES.values() for name in mistakes}:
        assert set(texts[name]) == {"en", "ko"} and all(texts[name].values()), name
        assert any("가" <= letter <= "힣" for letter in texts[name]["ko"]), name
