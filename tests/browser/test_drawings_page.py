"""The page of what a class drew, in a real browser: wide and narrow, light and dark, and what its filter shows."""

import random

import numpy as np
import pytest
from drawn_class import DrawnClass, cell, make_grid, notebook, output, written
from made_class import make_people
from PIL import Image
from test_pages import look_at

import dcgan_lib
from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_lib.system.paths import course_root

pytestmark = pytest.mark.slow
STUDENTS = 40
LAST_CELLS = {"03_faces_colour": "grid-show"}


def faces_of(pixels, form):
    small = [Image.fromarray(face).convert(form).resize((28, 28)) for face in pixels]
    return np.stack([np.asarray(face).reshape(28, 28, -1) for face in small])


def blurred(images, share, rng):
    """Images as a generator draws them that has not learned for long."""
    noise = rng.normal(0, 255 * share, images.shape)
    return np.clip((1 - share) * images + share * 128 + noise, 0, 255).astype("uint8")


def notebook_of(number, grid, grids, cell_id):
    """Most show their last grid; some another's, as JPEG, some only the timeline, and some nothing."""
    if number == 11:
        return notebook(cell([output(written(grids[5], "JPEG", quality=80), "image/jpeg")], cell_id))
    if number == 20:
        strip = Image.new("RGB", (1010, 460), "white")
        for place in range(8):
            strip.paste(grid.resize((240, 240)), (5 + 250 * (place % 4), 5 + 230 * (place // 4)))
        return notebook(cell([output(written(strip))], "timeline", "plot_timeline(output_dir)"))
    if number % 13 == 12:
        return notebook(cell([], cell_id))
    content = notebook(cell([output(written(grid))], cell_id))
    return content + b"\n" if number == 7 else content  # Another file with the same picture.


@pytest.fixture(scope="module")
def class_page(tmp_path_factory):
    """The page of a class that has drawn faces and digits; two of them have handed in the same picture."""
    made = DrawnClass(tmp_path_factory.mktemp("class"), read_masters(course_root() / "notebooks"))
    digits, faces = dcgan_lib.draw_digits(2000, seed=4)[0][..., np.newaxis], dcgan_lib.draw_faces(300, seed=4)
    images = {"01_mnist": digits, "02_faces_grayscale": faces_of(faces, "L"), "03_faces_colour": faces_of(faces, "RGB")}
    people = [f"{number}_{name}" for name, number in make_people(STUDENTS, random.Random(3))]
    for name, pixels in images.items():
        rng = np.random.default_rng(len(name))
        grids = [
            make_grid(blurred(pixels[rng.choice(len(pixels), 25, replace=False)], rng.uniform(0, 0.15), rng))
            for _ in people
        ]
        grids[7] = grids[3]
        for number, (student, grid) in enumerate(zip(people, grids, strict=True)):
            made.hand_in(student, notebook_of(number, grid, grids, LAST_CELLS.get(name, "last-images")), name)
    made.publish()
    return made.output / "class.html"


def test_the_page_is_readable_for_everybody(browser, class_page, screenshot):
    assert look_at(browser, screenshot, class_page, "drawings") == []


def test_the_pictures_are_there_and_the_filter_needs_no_script(browser, class_page, screenshot):
    with browser.new_context(viewport={"width": 1400, "height": 900}, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(class_page.as_uri())
        cards, sections = page.locator("li img"), page.locator("section")
        assert cards.count() > 3 * STUDENTS - 15
        assert sections.filter(visible=True).count() == 3
        page.get_by_role("radio", name="02_faces_grayscale").check()
        assert sections.filter(visible=True).count() == 1
        assert page.get_by_role("heading", name="02_faces_grayscale").is_visible()
        page.get_by_label("only pictures that two students have").check()
        shown = page.locator("section li:visible")
        assert shown.count() == 4 and shown.filter(has_text="same").count() == 4
        screenshot(page, "drawings_alike", full_page=True)
        page.get_by_label("all notebooks").check()
        assert shown.count() == 12


def test_every_picture_loads_from_its_file_when_it_comes_into_view(browser, class_page):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    refused = []
    page.on("console", lambda line: refused.append(line.text))
    page.goto(class_page.as_uri())
    pictures = page.locator("li img")
    last = pictures.nth(pictures.count() - 1)
    last.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=last.element_handle())
    assert refused == []
    link = page.locator(".about a").first
    link.click()
    assert "/feedback/" in page.url
    page.close()
