"""The figures in the masters' texts: nothing in them overlaps, they say what is so, and code can draw them again."""

import io
import itertools
import re
import sys
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.patches import FancyBboxPatch
from nbconvert.filters import markdown2html
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from PIL import Image

from dcgan_course.__main__ import main
from dcgan_course.instructor.masters.figures import distance, hundred_faces, snapshots
from dcgan_course.instructor.masters.figures.canvas import DOTS, WIDTH, font_of
from dcgan_course.instructor.masters.figures.gallery import DRAWINGS, NAMES, draw_figure
from dcgan_course.instructor.masters.language import fold_korean, hash_english, split_languages
from dcgan_course.instructor.masters.pictures import put_pictures, read_pictures, without_pictures
from dcgan_course.instructor.releasing.student_copy import make_student_copy
from dcgan_course.refused import Refused
from dcgan_lib.quality import frechet_distance

MASTERS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("[0-9]*.ipynb"))

PLACEHOLDER = "Look.\n\n![A cloud.][distance-en]\n\n[distance-en]: data:"

each_figure = pytest.mark.parametrize("name", NAMES)
each_kind = pytest.mark.parametrize("kind", snapshots.KINDS)


def needs_letters(name):
    if name.endswith("-ko"):
        try:
            font_of("ko")
        except Refused as refusal:
            pytest.skip(str(refusal))


def drawn(name):
    needs_letters(name)
    drawing, _, language = name.rpartition("-")
    return DRAWINGS[drawing](language)


def opened(content):
    return Image.open(io.BytesIO(content))


def differ(one, other):
    """Returns how much two pictures differ where they differ most, 0 to 255; what a font's version changes is little."""
    pictures = [opened(content).convert("RGB") for content in (one, other)]
    assert pictures[0].size == pictures[1].size
    small = [picture.resize((100, picture.height // 10), Image.Resampling.BOX) for picture in pictures]
    return np.abs(np.subtract(*[np.asarray(picture, int) for picture in small])).max()


def overlapping(figure):
    """Yields what lies over each other, or outside of a figure: of texts, pictures and boxes."""
    figure.canvas.draw()
    (axes,) = figure.axes
    texts = [(text.get_text(), text.get_window_extent()) for text in axes.texts]
    images = [("a picture", image.get_window_extent()) for image in axes.images]
    boxes = [("a box", patch.get_window_extent()) for patch in axes.patches if isinstance(patch, FancyBboxPatch)]
    for (name, one), (other_name, other) in itertools.combinations(texts + images, 2):
        if one.overlaps(other):
            yield name, other_name
    for (name, one), (other_name, other) in itertools.product(texts, boxes):
        if one.overlaps(other) and not contains(other, one):
            yield name, other_name
    for name, one in texts + images:
        if not contains(figure.bbox, one):
            yield name, "the edge"


def contains(one, other):
    return one.contains(*other.min) and one.contains(*other.max)


@each_figure
def test_no_text_of_a_figure_lies_over_another_or_a_picture(name):
    assert list(overlapping(drawn(name))) == []


def test_texts_that_lie_over_each_other_would_be_found():
    figure = drawn("gan-digits-en")
    figure.axes[0].text(4.75, 3.1, "over a picture")
    figure.axes[0].text(1.5, 3.1, "half in a box")
    figure.axes[0].text(9.9, 0.1, "outside")
    found = {pair for texts in overlapping(figure) for pair in texts}
    assert {"over a picture", "half in a box", "outside", "the edge", "a box"} <= found


@each_figure
def test_a_figure_is_a_small_png_and_each_of_its_letters_is_in_the_font(name):
    needs_letters(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib's only sign of a missing letter.
        content = draw_figure(name)
    picture = opened(content)
    assert (picture.format, picture.width) == ("PNG", WIDTH * DOTS)
    assert 300 < picture.height < 500 and len(content) < 60_000
    assert picture.convert("L").getpixel((0, 0)) == 255  # A ground of its own: read in a dark notebook, too.


@pytest.mark.parametrize("drawing", DRAWINGS)
def test_both_languages_draw_the_same_with_other_words(drawing):
    english, korean = drawn(f"{drawing}-en").axes[0], drawn(f"{drawing}-ko").axes[0]
    words = [[text.get_text() for text in axes.texts] for axes in (english, korean)]
    assert len(words[0]) == len(words[1])
    assert all(any("가" <= letter <= "힣" for letter in word) for word in words[1] if len(word) > 1)
    assert not any("가" <= letter <= "힣" for word in words[0] for letter in word)
    for kind in ("images", "patches", "collections", "lines"):
        assert len(getattr(english, kind)) == len(getattr(korean, kind))


def test_each_distance_is_that_of_the_points_above_it():
    (axes,) = drawn("distance-en").axes
    clouds = [part.get_offsets() / distance.SCALE for part in axes.collections if isinstance(part, PathCollection)]
    pictures = [np.asarray(points).reshape(-1, 1, 2, 1) for points in clouds]
    measured = [
        frechet_distance(real, generated, lambda images: images.reshape(-1, 2)).value
        for real, generated in zip(pictures[::2], pictures[1::2], strict=True)
    ]
    said = [text.get_text() for text in axes.texts if text.get_text().startswith("distance ")]
    assert said == [f"distance {value:.2g}" for value in measured]
    elsewhere, alike, same = measured
    assert elsewhere > 5 * alike > 50 * same > 0


@each_kind
def test_good_pictures_differ_from_each_other_and_collapsed_ones_do_not(kind):
    spread = {}
    for state in snapshots.STATES:
        images = snapshots.read_snapshot(kind, state)
        assert images.shape == (9, 28, 28, 3 if kind == "colour" else 1) and images.dtype == np.uint8
        spread[state] = images.std(axis=0).mean()
    assert spread["good"] > 2 * spread["collapsed"]


@pytest.mark.slow  # Two networks are compiled.
def test_the_pictures_can_be_trained_again():
    made = snapshots.train_snapshots("digits", early=1, collapse_from=2, good=3, alone=1)
    assert list(made) == [f"digits_{state}" for state in snapshots.STATES]
    for state in snapshots.STATES:
        stored = snapshots.read_snapshot("digits", state)
        assert made[f"digits_{state}"].shape == stored.shape and made[f"digits_{state}"].dtype == stored.dtype


def run_notebooks(monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["instructor", "notebooks", *map(str, arguments)])
    return main()


def write_master(path, source):
    parameters = new_code_cell("steps = 3  # few", metadata={"tags": ["parameters"]})
    nbformat.write(new_notebook(cells=[new_markdown_cell(source), parameters]), path)
    return path


def test_the_command_draws_what_a_text_names_and_changes_nothing_else(tmp_path, monkeypatch, capsys):
    path = write_master(tmp_path / "master.ipynb", fold_korean(PLACEHOLDER, "", "보십시오."))
    before = nbformat.read(path, as_version=4)
    assert run_notebooks(monkeypatch, path, "--figures") == 0
    assert capsys.readouterr().out == "master: 1 figures drawn\n"
    after = nbformat.read(path, as_version=4)
    (picture,) = read_pictures(after.cells[0].source).values()
    assert picture == draw_figure("distance-en")
    assert without_pictures(after.cells[0].source) == without_pictures(before.cells[0].source)
    assert after.cells[1] == before.cells[1]
    english, _, _, written_for = split_languages(after.cells[0].source)
    assert written_for == hash_english(english)  # Another picture asks for no other translation.
    content = path.read_bytes()
    assert run_notebooks(monkeypatch, path, "--figures") == 0 and path.read_bytes() == content


def test_a_figure_that_there_is_not_is_refused_and_the_master_stays(tmp_path, monkeypatch, capsys):
    path = write_master(tmp_path / "master.ipynb", "![A cloud.][cloud-en]\n\n[cloud-en]: data:")
    before = path.read_bytes()
    assert run_notebooks(monkeypatch, path, "--figures") == 2
    assert "No figure is called 'cloud-en'. There are: gan-digits-en, " in capsys.readouterr().err
    assert run_notebooks(monkeypatch, path, "--figures", "-p", "steps", 3) == 2
    assert "--figures executes nothing" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_a_picture_is_shown_with_its_alt_text_in_both_languages_also_by_a_strict_reader():
    korean = PLACEHOLDER.replace("Look.", "보십시오.").replace("A cloud.", "구름입니다.").replace("-en]", "-ko]")
    source = put_pictures(fold_korean(PLACEHOLDER, "", korean), lambda name: name.encode())
    assert read_pictures(source) == {"distance-en": b"distance-en", "distance-ko": b"distance-ko"}
    page = markdown2html(source)  # It lets no address through that could be a program.
    for alt in ("A cloud.", "구름입니다."):
        assert f'" alt="{alt}"' in page
    assert page.count('<img src="data:image/png;base64,') == 2 and "[distance" not in page


@pytest.mark.parametrize("kind", hundred_faces.KINDS)
def test_above_each_drawn_face_stands_the_one_that_is_most_like_it(kind):
    known = {face.tobytes() for face in snapshots.draw_real(kind, hundred_faces.PHOTOS)}
    for recipe in hundred_faces.RECIPES:
        nearest, drawn = hundred_faces.read_pairs(kind, recipe)
        assert {face.tobytes() for face in nearest} <= known and drawn.shape == nearest.shape
        assert not {face.tobytes() for face in drawn} & known


@pytest.mark.slow
def test_training_the_recipes_again_gives_what_the_file_has():
    pairs, measures = hundred_faces.train_recipe("gray", "faces", steps=1)
    assert pairs.shape == hundred_faces.read_pairs("gray", "faces").shape and pairs.dtype == np.uint8
    trained = hundred_faces.read_measures("gray", "faces")
    assert list(measures) == list(trained) and measures["kernel_distance"] > 3 * trained["kernel_distance"]


@pytest.mark.parametrize("language", ["en", "ko"])
def test_a_released_notebook_keeps_its_figures(language, tmp_path):
    path = write_master(tmp_path / "master.ipynb", put_pictures(fold_korean(PLACEHOLDER, "", "보십시오."), str.encode))
    released = nbformat.reads(make_student_copy(path, language=language), as_version=4)
    assert read_pictures(released.cells[0].source) == {"distance-en": b"distance-en"}


@pytest.mark.parametrize(
    ("master", "kind"), [*zip(MASTERS, snapshots.KINDS, strict=True)], ids=lambda value: Path(value).stem
)
def test_each_notebook_has_a_figure_of_a_gan_before_its_first_code(master, kind):
    cells = itertools.takewhile(lambda cell: cell.cell_type == "markdown", nbformat.read(master, as_version=4).cells)
    pictures = [name for cell in cells for name in read_pictures(cell.source)]
    assert {f"gan-{kind}-en", f"gan-{kind}-ko"} <= set(pictures)


@pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.stem)
def test_the_masters_hold_the_figures_that_the_code_draws(master):
    for cell in nbformat.read(master, as_version=4).cells:
        for name, content in read_pictures(cell.source).items() if cell.cell_type == "markdown" else ():
            needs_letters(name)
            again = "python -m dcgan_course notebooks --figures draws it again"
            assert content and differ(content, draw_figure(name)) < 32, f"{cell.id}, {name}: {again}"


@pytest.mark.parametrize("master", MASTERS, ids=lambda path: path.stem)
def test_each_language_of_a_text_has_its_own_figure_and_alt_text(master):
    for cell in nbformat.read(master, as_version=4).cells:
        if cell.cell_type != "markdown" or not read_pictures(cell.source):
            continue
        english, _, korean, _ = split_languages(cell.source)
        for text, language, letters in ((english, "en", "[a-z]{3}"), (korean, "ko", "[가-힣]{2}")):
            shown = {name: alt for alt, name in re.findall(r"!\[([^\]]+)\]\[([\w-]+)\]", text)}
            assert list(shown) == list(read_pictures(text)), cell.id
            assert all(name.endswith(f"-{language}") and re.search(letters, shown[name]) for name in shown), cell.id


def test_another_word_in_a_figure_would_be_found(monkeypatch):
    before = draw_figure("distance-en")
    assert differ(before, before) == 0
    monkeypatch.setitem(distance.WORDS["en"], "real", "data")
    assert differ(before, draw_figure("distance-en")) > 32
