"""The pages to play with, used by mouse, touch and keys: the picture is the right one, and so is the score."""

import re

import keras
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook, writes
from test_pages import look_at

from dcgan_lib import LatentSpaceWalk, RealOrFake, TimelinePage, scale_images
from dcgan_lib.grid import tile_images
from dcgan_lib.play.latent_space_walk import noise_triangle
from dcgan_lib.scaling import unscale_images

pytestmark = pytest.mark.slow
SIDE = 31
PIXELS = """
canvas => {
  const content = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [content.height, content.width, Array.from(content.data)];
}
"""
CELL = """
from dcgan_lib import DCGAN, RealOrFake, build_discriminator, build_generator, draw_digits

RealOrFake(DCGAN(build_generator(), build_discriminator()), draw_digits(20)[0][..., None], {folder!r})
"""


@pytest.fixture(scope="module")
def generator():
    """A generator of one layer, whose pictures differ clearly from noise to noise."""
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(28 * 28, activation="tanh"), keras.layers.Reshape((28, 28, 1))]
    return keras.Sequential([keras.Input((100,)), *layers])


@pytest.fixture
def walk(generator, tmp_path):
    return LatentSpaceWalk(generator, tmp_path)


@pytest.fixture
def game(new_dcgan, digits, tmp_path):
    """The page of an untrained DCGAN, its discriminator, and the real images."""
    dcgan = new_dcgan()
    return RealOrFake(dcgan, digits[:500], tmp_path), dcgan.discriminator, digits[:500]


@pytest.fixture
def opened(browser):
    """Opens a page in a window that has a mouse and a touch screen; its script must not fail."""
    context = browser.new_context(viewport={"width": 800, "height": 900}, has_touch=True)
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)

    def open_page(made):
        page.goto(made.path.as_uri())
        wait_until_drawn(page)
        return page

    yield open_page
    context.close()
    assert problems == []


def wait_until_drawn(page):
    # Not by a function of the page: its policy forbids strings that become code.
    page.locator("#place, #number").filter(has_text=re.compile(r"\d")).wait_for()


def read_canvas(canvas):
    height, width, values = canvas.evaluate(PIXELS)
    return np.array(values, "uint8").reshape(height, width, 4)[..., :3]


def place_of(row, column):
    """Where a vector stands in the triangle's list."""
    return sum(SIDE - below for below in range(row)) + column


def shown_place(page, generator):
    """Says which of the triangle's pictures the page shows, compared with what the generator draws."""
    noise = noise_triangle(np.random.default_rng(0).normal(0, 1, (3, 100)).astype("float32"), SIDE)
    drawn = unscale_images(generator(noise, training=False))[..., 0].astype(int)
    shown = read_canvas(page.locator("#picture")).mean(axis=-1)
    return int(np.abs(drawn - shown).mean(axis=(1, 2)).argmin())


def corners_of(page):
    """Where A, B and C are on the screen."""
    box = page.locator("#map svg").bounding_box()
    below = box["y"] + box["height"]
    return (box["x"], below), (box["x"] + box["width"], below), (box["x"] + box["width"] / 2, box["y"])


def test_dragging_the_point_shows_what_the_generator_draws_there(walk, generator, opened, screenshot):
    page = opened(walk)
    a, b, c = corners_of(page)
    assert shown_place(page, generator) == place_of(10, 10)  # The middle.
    page.mouse.move(*a)
    page.mouse.down()
    assert shown_place(page, generator) == place_of(0, 0)
    page.mouse.move(*b, steps=5)
    assert shown_place(page, generator) == place_of(0, 30)
    page.mouse.move(c[0], c[1] - 200, steps=5)  # Out of the triangle: the point stays in it.
    assert shown_place(page, generator) == place_of(30, 0)
    page.mouse.up()
    page.mouse.move(*a)
    assert shown_place(page, generator) == place_of(30, 0)  # It was let go.
    page.mouse.click((a[0] + b[0]) / 2, a[1])
    assert shown_place(page, generator) == place_of(0, 15)
    assert page.locator("#place").inner_text() == "A 50 %, B 50 %, C 0 %"
    screenshot(page, "latent_space_walk_used")


def test_a_finger_drags_the_point_and_the_page_stays_where_it_is(walk, generator, opened):
    page = opened(walk)
    page.set_viewport_size({"width": 400, "height": 500})
    page.locator("#map").scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    a, b, c = corners_of(page)
    touch = page.context.new_cdp_session(page)
    for kind, place in (("touchStart", a), ("touchMove", b), ("touchMove", c)):
        points = [{"x": place[0], "y": place[1]}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    page.get_by_text("A 0 %, B 0 %, C 100 %").wait_for()
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert shown_place(page, generator) == place_of(30, 0)
    assert page.evaluate("scrollY") == before
    page.touchscreen.tap(*b)
    assert shown_place(page, generator) == place_of(0, 30)


def test_the_arrow_keys_move_the_point_and_a_screen_reader_hears_where_it_is(walk, generator, opened):
    page = opened(walk)
    point = page.get_by_role("slider", name="place between A, B and C")
    page.keyboard.press("Tab")
    assert point.evaluate("element => element === document.activeElement")
    ways = [
        ("ArrowRight", place_of(10, 11), "A 30 %, B 37 %, C 33 %"),
        ("ArrowLeft", place_of(10, 10), "A 33 %, B 33 %, C 33 %"),
        ("ArrowUp", place_of(11, 10), "A 30 %, B 33 %, C 37 %"),
        ("ArrowDown", place_of(10, 10), "A 33 %, B 33 %, C 33 %"),  # Back on the way that it came.
        ("Home", place_of(0, 0), "A 100 %, B 0 %, C 0 %"),
        ("ArrowLeft", place_of(0, 0), "A 100 %, B 0 %, C 0 %"),  # It stays in the triangle.
        ("ArrowUp", place_of(1, 0), "A 97 %, B 0 %, C 3 %"),
        ("End", place_of(30, 0), "A 0 %, B 0 %, C 100 %"),
        ("ArrowUp", place_of(30, 0), "A 0 %, B 0 %, C 100 %"),
    ]
    for key, place, said in ways:
        page.keyboard.press(key)
        assert shown_place(page, generator) == place, key
        assert point.get_attribute("aria-valuetext") == said
        assert point.get_attribute("aria-valuenow") == str(place)
        assert page.get_by_role("img", name=f"what the generator draws at {said}").is_visible()


def test_guessing_all_twenty_by_the_pictures_shows_every_score(game, opened, screenshot):
    made, discriminator, real_images = game
    page = opened(made)
    picture, known = page.get_by_role("img"), {image.tobytes() for image in real_images}
    pixels, truth = [], []
    for number in range(1, 21):
        assert page.get_by_role("status").inner_text() == f"Picture {number} of 20"
        assert picture.get_attribute("aria-label") == f"picture {number} of 20"
        assert "D 0." not in page.locator("body").inner_text()
        pixels.append(read_canvas(picture)[..., :1])
        truth.append(pixels[-1].tobytes() in known)
        # A mouse, keys and a finger; the first five guesses are wrong.
        said = truth[-1] != (number <= 5)
        button = page.get_by_role("button", name="Real" if said else "Fake")
        ways = [button.click, lambda said=said: page.keyboard.press("ArrowLeft" if said else "ArrowRight"), button.tap]
        ways[number % 3]()
    assert sum(truth) == 10

    scores = discriminator(scale_images(np.stack(pixels)), training=False).numpy()[:, 0]
    right = [bool(score > 0.5) == is_real for score, is_real in zip(scores, truth, strict=True)]
    results = page.locator(".score").all_inner_texts()
    assert results == ["You\n15 of 20 right", f"Discriminator\n{sum(right)} of 20 right"]
    assert page.get_by_text("Who is the better police officer").is_visible()
    for kind, name in ((True, "reals"), (False, "fakes")):
        cards = page.locator(f"#{name} li")
        order = sorted((i for i in range(20) if truth[i] == kind), key=lambda i: -scores[i])
        expected = [f"D {scores[i]:.3f} {'✗✓'[right[i]]}\nYou {'✗✓'[i >= 5]}" for i in order]
        assert cards.all_inner_texts() == expected
        for card, index in zip(cards.all(), order, strict=True):
            assert (read_canvas(card.locator("canvas"))[..., :1] == pixels[index]).all()
    screenshot(page, "real_or_fake_told", full_page=True)

    page.get_by_role("button", name="Start again").click()
    assert page.get_by_role("status").inner_text() == "Picture 1 of 20"
    for _ in range(25):  # A key too many does no harm.
        page.keyboard.press("ArrowLeft")
    assert page.locator(".score").all_inner_texts()[0] == "You\n10 of 20 right"


def test_each_page_is_readable_for_everybody(walk, game, browser, screenshot):
    assert look_at(browser, screenshot, walk.path, "latent_space_walk") == []
    assert look_at(browser, screenshot, game[0].path, "real_or_fake") == []


@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1400, 400])
def test_the_result_is_readable_for_everybody(
    new_dcgan, digits, browser, screenshot, tmp_path, width, scheme, language
):
    from axe_playwright_python.sync_playwright import Axe

    made = RealOrFake(new_dcgan(), digits[:500], tmp_path, language=language)
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme) as context:
        page = context.new_page()
        page.goto(made.path.as_uri())
        wait_until_drawn(page)
        for _ in range(20):
            page.keyboard.press("ArrowRight")
        assert page.locator("#result").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert [found["help"] for found in Axe().run(page).response["violations"]] == []
        screenshot(page, f"real_or_fake_told_{width}_{scheme}_{language}", full_page=True)


def test_the_timeline_is_readable_for_everybody_and_its_slider_shows_each_grid(
    digits, browser, opened, screenshot, tmp_path
):
    for index, step in enumerate((0, 200, 1000)):
        tile_images(digits[25 * index : 25 * index + 25]).save(tmp_path / f"gan_mnist_{step}.png")
    made = TimelinePage(tmp_path)
    assert look_at(browser, screenshot, made.path, "timeline") == []
    page = browser.new_page()
    page.goto(made.path.as_uri())
    slider, seen = page.get_by_role("slider", name="step"), set()
    for place, step in (("2", "1,000"), ("1", "200"), ("0", "0")):
        slider.fill(place)
        assert page.locator("#place").inner_text() == f"step {step}"
        seen.add(page.get_by_role("img", name=f"the grid of step {step}").get_attribute("src"))
    assert len(seen) == 3
    page.close()


def test_in_jupyterlab_a_cells_page_stands_in_a_frame_as_tall_as_itself_and_can_be_played(
    lab, browser, screenshot, tmp_path
):
    address, folder = lab
    cell = new_code_cell(CELL.format(folder=str(tmp_path)))
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    (folder / "play.ipynb").write_text(writes(new_notebook(cells=[cell], metadata=kernel)), "utf-8")
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        context.set_default_timeout(90_000)
        page = context.new_page()
        page.goto(f"{address}/lab/tree/play.ipynb?reset")
        page.get_by_text(re.compile(r"\| Idle$")).wait_for()
        page.locator(".jp-Notebook .jp-CodeCell .cm-content").first.click()
        page.keyboard.press("Shift+Enter")
        frame = page.frame_locator(".jp-OutputArea-output iframe")
        frame.get_by_role("button", name="Real").click()
        assert frame.get_by_role("status").inner_text() == "Picture 2 of 20"
        for _ in range(19):
            page.keyboard.press("ArrowLeft")
        assert frame.locator(".score").first.inner_text() == "You\n10 of 20 right"
        inside = frame.locator("html")
        page.wait_for_function(
            "frame => frame.clientHeight >= frame.contentDocument.documentElement.offsetHeight",
            arg=page.locator(".jp-OutputArea-output iframe").element_handle(),
        )
        assert inside.evaluate("page => page.scrollHeight - innerHeight") == 0  # Nothing to scroll for.
        screenshot(page, "real_or_fake_in_jupyterlab")
