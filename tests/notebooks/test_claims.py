"""What a text claims in numbers is what the stored outputs show, what docs/quality.md has, or what arithmetic gives."""

import math
import re

import pytest
from test_notebooks import COURSE, NAMES, read

from dcgan_course.instructor.masters.figures.hundred_faces import RECIPES, read_measures
from dcgan_course.instructor.masters.language import split_languages

NUMBER = r"(-?\d[\d,]*(?:\.\d+)?)"


@pytest.fixture(scope="module")
def masters():
    return {name: {cell.id: cell for cell in read(name).cells} for name in NAMES}


@pytest.fixture(scope="module")
def one(masters):
    return masters["01_mnist"]


def says(cell, *phrases):
    """A claim is looked for word for word: whoever changes it sees what it rests on."""
    english = " ".join(split_languages(cell.source)[0].split())
    for phrase in phrases:
        assert phrase in english, f"{cell.id} says {phrase!r} no more: change this test with it"


def printed(cell):
    """What a code cell printed or showed as text, on one line."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.outputs]
    return " ".join(re.sub(r"\x1b\[[\d;]*m", "", "\n".join(texts)).split())


def numbers(pattern, text):
    match = re.search(pattern.replace("#", NUMBER), text)
    assert match, f"{pattern!r} is not in {text!r}"
    return [float(group.replace(",", "")) for group in match.groups()]


def quality_tables():
    """The rows of numbers of docs/quality.md, without their bold."""
    lines = (COURSE / "docs" / "quality.md").read_text("utf-8").replace("**", "").splitlines()
    return [[entry.strip() for entry in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def test_the_counts_of_parameters_are_those_of_the_summaries(one):
    shown = {
        "generator-summary": ("865,281", "852,609", "12,672"),
        "discriminator-summary": ("212,865",),
        "joined-code": ("1,078,146", "852,609", "225,537"),
    }
    for code, text in (
        ("generator-summary", "generator-summary-text"),
        ("discriminator-summary", "discriminator-summary-text"),
        ("joined-code", "joined-after"),
    ):
        says(one[text], *shown[code])
        summary = printed(one[code])
        assert all(count in summary for count in shown[code])
    says(one["generator-summary-text"], "two for each of the 6,272 values before `Reshape` and of the 64 channels")
    assert 2 * (6_272 + 64) == 12_672


def test_an_untrained_discriminator_says_about_one_half(one):
    says(one["discriminator-untrained-text"], "About 0.5 of both")
    says(one["scores-after"], "Both begin near 0.5.")
    real, fake = numbers("real digits: #.*generated: #", printed(one["discriminator-untrained"]))
    assert abs(real - 0.5) < 0.1 and abs(fake - 0.5) < 0.1


def test_in_the_first_steps_the_discriminators_loss_falls_and_the_generators_begins_low(one):
    says(one["loop-run-text"], "The discriminator's: clouds", "The generator's begins low.")
    losses = re.findall(r"d_loss ([\d.]+) g_loss ([\d.]+)", printed(one["loop-run"]))
    first, last = (tuple(map(float, losses[index])) for index in (0, -1))
    assert last[0] < 0.8 * first[0] and first[1] < 0.5 * math.log(2)


def test_steps_epochs_and_the_log_of_two(one, masters):
    says(one["loop-run-text"], "60,000 / 32 = 1,875 steps; 40,001 steps are 21.3.")
    assert 60_000 / 32 == 1_875 and round(40_001 / 1_875, 1) == 21.3
    says(one["step-text"], "-log 1/2 = log 2 = 0.69")
    says(one["losses"], "log 2 = 0.69")
    assert round(math.log(2), 2) == 0.69
    assert "(60000, 28, 28, 1)" in printed(one["data-load"])
    says(masters["02_faces_grayscale"]["losses"], "more than a thousand times")
    assert 4_001 * 32 / 100 > 1_000


def test_no_training_took_longer_than_its_notebook_says(masters):
    promised = {
        "01_mnist": ("40 to 100 minutes on two idle processor cores", 100),
        "02_faces_grayscale": ("Four to ten minutes on two processor cores", 10),
        "03_faces_colour": ("Four to ten minutes on two processor cores", 10),
    }
    for name, (phrase, most) in promised.items():
        says(masters[name]["title"], phrase)
        shown = re.search(r"100%.*\[(?:(\d+):)?(\d+):\d\d<00:00", printed(masters[name]["train-code"]))
        hours, minutes = int(shown[1] or 0), int(shown[2])
        assert 60 * hours + minutes <= 1.05 * most  # The stored runs' cores were not idle all the time.


def test_the_gap_between_real_and_fake_opens_closes_to_0_33_and_stays(one):
    says(
        one["scores-after"], "In five hundred steps the gap opens; by 2,500 it has closed to about 0.33. There it stays"
    )
    widest, at, early, end = numbers(
        "at most #, around step #; at step 2,500 #; at the end #", printed(one["scores-numbers"])
    )
    assert 300 <= at <= 800 and widest > 1.3 * early
    assert abs(early - 0.33) < 0.06 and abs(end - 0.33) < 0.06


def test_the_reader_of_digits_and_the_distance_are_as_good_as_said(one):
    says(one["good"], "right on 99.3 % of MNIST's test images", "5,000 generated digits and at 5,000 real ones")
    text = (COURSE / "docs" / "quality.md").read_text("utf-8")
    assert "99.34 % of MNIST's 10,000 test images" in text
    distance, count, floor = numbers(
        r"Frechet distance: # \(# pictures; real against real: #\)", printed(one["good-distance"])
    )
    assert count == 5_000 and floor < 1
    (at_the_end,) = (float(row[1]) for row in quality_tables() if row[0] == "40,001")
    assert abs(distance / at_the_end - 1) < 0.15  # Fewer pictures, and another run.


def test_the_table_of_both_recipes_is_that_of_docs_quality(one):
    english = split_languages(one["good-recipes"].source)[0].replace("**", "")
    told = {row[0]: row[1:] for row in re.findall(r"^\| ([\d,]+) \| (\d+) \| (\d+) \|$", english, re.MULTILINE)}
    assert list(told) == ["1,000", "2,000", "4,000", "10,000", "40,000"]
    rows = {row[0]: row for row in quality_tables() if len(row) == 6}
    for steps in ("1,000", "2,000", "4,000", "10,000"):
        for column, claim in zip((1, 2), told[steps], strict=True):
            values = [float(value) for value in rows[steps][column].split(", ")]
            assert abs(sum(values) / len(values) - float(claim)) <= 0.8, (steps, column)
    (at_the_end,) = (float(row[1]) for row in quality_tables() if row[0] == "40,001")
    (tuned_at_the_end,) = (float(row[4]) for row in quality_tables() if row[0] == "50,000")
    assert told["40,000"] == (f"{at_the_end:.0f}", f"{tuned_at_the_end:.0f}")


@pytest.mark.parametrize(("name", "kind"), [("02_faces_grayscale", "gray"), ("03_faces_colour", "colour")])
def test_what_two_recipes_make_of_a_hundred_faces(masters, name, kind):
    english = split_languages(masters[name]["good-train-text"].source)[0]
    told = re.findall(r"^\| [a-z ]+((?: \| [\d.]+(?: %)?){4}) \|$", english, re.MULTILINE)
    photos = {
        row[1]: [float(row[at].split()[0]) for at in (2, 3, 5)]
        for row in quality_tables()
        if row[0] == kind and len(row) == 9
    }
    for row, measure in enumerate(("kernel_distance", "patch_distance", "copied")):
        lecture, faces, *with_photos = (float(entry.rstrip(" %")) for entry in told[row].split(" | ")[1:])
        scale = 100 if measure == "copied" else 1
        measured = [scale * read_measures(kind, recipe)[measure] for recipe in RECIPES]
        assert [lecture, faces] == [pytest.approx(value, abs=0.51 if scale == 100 else 0.051) for value in measured]
        assert with_photos == pytest.approx(
            [photos[recipe][row] for recipe in RECIPES], abs=0.51 if scale == 100 else 0.06
        )
    assert len(told) == 3


def test_what_colour_costs(masters):
    says(masters["03_faces_colour"]["count-after"], "0.6 % more parameters in both networks together")
    generator, discriminator = numbers("# #", printed(masters["03_faces_colour"]["count-keras"]))
    assert round(100 * ((generator + discriminator) / (865_281 + 212_865) - 1), 1) == 0.6
