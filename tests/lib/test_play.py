"""The pages to play with: what stands in them, before a browser opens them."""

import base64
import hashlib
import html
import io
import json
import re

import keras
import numpy as np
import pytest
from PIL import Image

from dcgan_lib import LatentSpaceWalk, RealOrFake, TimelinePage, scale_images
from dcgan_lib.play.latent_space_walk import noise_triangle
from dcgan_lib.play.page import LANGUAGES, translate_page
from dcgan_lib.scaling import unscale_images

SHAPES = [(28, 28, 1), (28, 28, 3)]


def read_data(page):
    """Returns what a page's script reads."""
    (found,) = re.findall(r'<script type="application/json" id="data">(.*)</script>', page.path.read_text("utf-8"))
    return json.loads(found)


def read_pictures(sheet, count):
    """Cuts the pictures out of a sheet, as the script does: uint8 `(count, height, width, 3)`."""
    kind, content = sheet["source"].split(",")
    assert kind == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(content))) as image:
        pixels = np.asarray(image.convert("RGB"))
    width, height = sheet["width"], sheet["height"]
    places = [(index // sheet["columns"] * height, index % sheet["columns"] * width) for index in range(count)]
    return np.stack([pixels[top : top + height, left : left + width] for top, left in places])


def build_generator(image_shape, latent_dim):
    """A generator of one layer, whose pictures differ clearly from noise to noise."""
    keras.utils.set_random_seed(3)
    layers = [keras.layers.Dense(int(np.prod(image_shape)), activation="tanh"), keras.layers.Reshape(image_shape)]
    return keras.Sequential([keras.Input((latent_dim,)), *layers])


@pytest.fixture
def corners():
    return np.random.default_rng(0).normal(size=(3, 100)).astype("float32")


@pytest.mark.parametrize("side", [2, 7, 31])
def test_the_corners_of_the_triangle_are_the_three_vectors(corners, side):
    triangle = noise_triangle(corners, side)
    assert triangle.shape == (side * (side + 1) // 2, 100) and triangle.dtype == np.float32
    np.testing.assert_allclose(triangle[[0, side - 1, -1]], corners, atol=1e-4)


def test_every_point_of_the_triangle_is_as_long_as_noise_vectors_are(corners):
    lengths = np.linalg.norm(corners, axis=1)
    found = np.linalg.norm(noise_triangle(corners, 31), axis=1)
    assert lengths.min() - 1e-4 < found.min() and found.max() < lengths.max() + 1e-4
    assert np.linalg.norm(corners.mean(axis=0)) < 0.7 * lengths.min()  # The flat triangle lies well inside.


def test_neighbours_on_each_edge_are_equally_far_from_each_other(corners):
    side = 16
    triangle = noise_triangle(corners, side)
    first = np.cumsum([0, *range(side, 1, -1)])
    for edge in (triangle[:side], triangle[first], triangle[first + np.arange(side - 1, -1, -1)]):
        directions = edge / np.linalg.norm(edge, axis=1, keepdims=True)
        angles = np.arccos((directions[1:] * directions[:-1]).sum(axis=1))
        np.testing.assert_allclose(angles, angles[0], rtol=0.02)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_sheet_has_the_generators_picture_of_each_vector_of_the_triangle(new_dcgan, shape, tmp_path):
    generator = build_generator(shape, latent_dim=100)
    page = LatentSpaceWalk(generator, tmp_path / "FACES", seed=5)
    assert page.path == tmp_path / "FACES" / "latent_space_walk.html"
    data = read_data(page)
    noise = noise_triangle(np.random.default_rng(5).normal(0, 1, (25, 100)).astype("float32")[:3], data["side"])
    drawn = unscale_images(generator(noise, training=False)).astype(int)
    pictures = read_pictures(data["sheet"], len(noise))
    brightness = pictures.mean(axis=-1), drawn.mean(axis=-1)  # WebP keeps it better than hues.
    assert data["side"] == 31
    for index in (0, 15, 30, 31, 250, 495):
        distances = np.abs(brightness[0][index] - brightness[1]).mean(axis=(1, 2))
        assert distances.argmin() == index and distances[index] < 10


@pytest.mark.parametrize(
    ("shape", "latent_dim", "side"), [((4, 4, 1), 6, 31), ((64, 64, 3), 16, 17), ((8, 12, 3), 1, 31)]
)
def test_a_generator_of_another_size_and_latent_dim_has_its_walk(shape, latent_dim, side, tmp_path):
    page = LatentSpaceWalk(build_generator(shape, latent_dim), tmp_path)
    data = read_data(page)
    assert data["side"] == side
    assert (data["sheet"]["height"], data["sheet"]["width"]) == shape[:2]


@pytest.mark.parametrize("shape", [(28, 28, 3), (64, 64, 3), (128, 128, 3)])
def test_even_the_pictures_that_are_hardest_to_pack_make_less_than_a_megabyte(shape, tmp_path):
    inputs = keras.Input((100,))
    size = int(np.prod(shape))
    # Black or white by chance, in each colour of each pixel.
    chance = keras.layers.Lambda(lambda x: keras.ops.sign(keras.random.normal((keras.ops.shape(x)[0], size), seed=1)))
    noisy = keras.Model(inputs, keras.layers.Reshape(shape)(chance(inputs)))
    page = LatentSpaceWalk(noisy, tmp_path)
    assert page.path.stat().st_size < 1_000_000
    assert len(page._repr_html_()) < 1_000_000


@pytest.mark.parametrize("shape", SHAPES)
def test_ten_of_the_twenty_pictures_are_the_real_ones_bit_for_bit_and_the_others_the_generators(
    new_dcgan, shape, tmp_path
):
    dcgan = new_dcgan(shape)
    images = np.random.default_rng(1).integers(0, 256, (300, *shape), dtype="uint8")
    page = RealOrFake(dcgan, images, tmp_path, seed=4)
    assert page.path == tmp_path / "real_or_fake.html"
    data = read_data(page)
    pictures = read_pictures(data["sheet"], 20)[..., : shape[-1]]
    kinds = {"real": {image.tobytes() for image in images}}
    kinds["fake"] = {image.tobytes() for image in unscale_images(dcgan.draw(10, seed=4))}
    assert [picture.tobytes() in kinds["real"] for picture in pictures] == data["real"]
    assert [picture.tobytes() in kinds["fake"] for picture in pictures] == [not real for real in data["real"]]
    assert len({picture.tobytes() for picture in pictures}) == 20 and sum(data["real"]) == 10
    # The discriminator is asked about what the person sees.
    scores = dcgan.discriminator(scale_images(pictures), training=False).numpy()[:, 0]
    np.testing.assert_allclose(data["scores"], scores, atol=1e-6)


def test_the_seed_decides_the_order_and_the_pictures(new_dcgan, small_images, tmp_path):
    dcgan = new_dcgan((4, 4, 1))
    pages = [read_data(RealOrFake(dcgan, small_images, tmp_path, seed=seed)) for seed in (1, 1, 2, 3)]
    assert pages[0] == pages[1]
    assert len({tuple(page["real"]) for page in pages}) == 3
    assert not any(page["real"] == sorted(page["real"]) for page in pages)
    images = scale_images(small_images)  # Notebooks hold the images in [-1, 1] too.
    again = read_data(RealOrFake(dcgan, images, tmp_path, seed=1))
    assert again["sheet"] == pages[0]["sheet"]


def test_before_the_guess_nothing_of_the_page_but_the_scripts_data_tells_the_kinds_apart(
    new_small_dcgan, small_images, tmp_path
):
    page = RealOrFake(new_small_dcgan(), small_images, tmp_path)
    data = read_data(page)
    assert set(data) == {"sheet", "real", "scores", "texts", "page"}
    text = page.path.read_text("utf-8")
    assert text.count("data:image/") == 1  # One file: no picture has a size of its own.
    shown = text[: text.index('<script type="application/json"')]
    assert shown.count("<canvas") == 1 and "alt=" not in shown


@pytest.fixture(params=["LatentSpaceWalk", "RealOrFake", "TimelinePage"])
def make_page(request, new_small_dcgan, small_images, tmp_path):
    """Makes one of the three pages, in a language, in a folder."""

    def make(folder=tmp_path, **options):
        dcgan = new_small_dcgan()
        if request.param == "LatentSpaceWalk":
            return LatentSpaceWalk(dcgan.generator, folder, **options)
        if request.param == "RealOrFake":
            return RealOrFake(dcgan, small_images, folder, **options)
        folder.mkdir(exist_ok=True)
        Image.new("L", (30, 30), 7).save(folder / "gan_mnist_200.png")
        return TimelinePage(folder, **options)

    return make


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_one_file_that_loads_nothing_and_runs_its_own_script_only(make_page, language):
    text = make_page(language=language).path.read_text("utf-8")
    assert f'<html lang="{language}">' in text
    assert not re.search(r"(?:https?:)?//(?!\s)\w", re.sub(r"data:image/webp;base64,[\w+/=]*", "", text))
    assert not re.search(r"\$\w", text.partition("<script")[0])  # No place was left open.
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; ") and f"script-src 'sha256-{digest}'" in policy
    assert not re.search(r"\son\w+=", text)  # Such a handler would not run.


def test_both_languages_have_the_same_texts_with_the_same_places(make_page):
    english, korean = (read_data(make_page(language=language))["texts"] for language in LANGUAGES)
    assert english.keys() == korean.keys()
    for name, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", korean[name])), name
    sentences = [korean[name] for name in korean if korean[name] != english[name]]
    assert sentences and all(re.search("[가-힣]", text) for text in sentences)


def test_in_a_notebook_a_page_stands_in_a_frame_that_holds_the_file(make_page):
    page = make_page()
    shown = page._repr_html_()
    assert repr(page) == f"<{type(page).__name__} {page.path.name}>"  # No address in memory, no path.
    (content,) = re.findall(r'^<iframe srcdoc="([^"]*)" title="[^"<>]+" width="100%" height="\d+"', shown)
    assert html.unescape(content) == page.path.read_text("utf-8")
    assert shown.endswith("></iframe>") and "<script" not in shown


def test_a_stored_page_is_made_again_in_the_other_language(make_page):
    texts = {language: make_page(language=language).path.read_text("utf-8") for language in LANGUAGES}
    for language, text in texts.items():
        for stored in texts.values():
            assert translate_page(stored, language) == (text, re.search("<title>(.*)</title>", text)[1])


@pytest.mark.parametrize(
    "data",
    [
        "",
        "broken",
        "[1, 2]",
        '{"texts": {}}',
        '{"texts": {}, "page": 1}',
        '{"page": {"name": "../play/real_or_fake", "values": {}}, "texts": {}}',
        '{"page": {"name": "other", "values": {}}, "texts": {}}',
        '{"page": {"name": ["timeline_page"], "values": {}}, "texts": {}}',
        '{"page": {"name": "timeline_page", "values": 1}, "texts": {}}',
        '{"page": {"name": "timeline_page", "values": {}}, "texts": {}}',
    ],
)
def test_what_is_no_page_of_the_course_is_not_translated(data):
    assert translate_page(f'<script type="application/json" id="data">{data}</script>', "ko") is None
    assert translate_page(f"<p>{data}</p>", "ko") is None


@pytest.mark.parametrize("name", ["$title", "<script>b", 'a"b', "</script><b>", "<!--", "{step}", "데이터"])
def test_a_folder_named_as_a_part_of_the_page_is_shown_by_its_name(tmp_path, name):
    folder = tmp_path / name.replace("/", "_")
    folder.mkdir()
    Image.new("L", (30, 30), 7).save(folder / "gan_mnist_0.png")
    page = TimelinePage(folder)
    text = page.path.read_text("utf-8")
    assert f"<title>{html.escape(folder.name)}</title>" in text
    assert f"<h1>{html.escape(folder.name)}</h1>" in text
    assert read_data(page)["texts"]["title"] == folder.name
    assert text.count("</script>") == text.count("<script") == 2 and "<!--" not in text


def test_an_unknown_language_is_refused(make_page):
    with pytest.raises(ValueError, match=r'^\w+: language must be "en" or "ko"\. Received: language=\'fr\'\.$'):
        make_page(language="fr")


@pytest.mark.parametrize("seed", [-1, 1.5, None, 2**31])
def test_a_seed_that_is_none_is_refused(new_small_dcgan, small_images, tmp_path, seed):
    dcgan = new_small_dcgan()
    said = f"seed must be a whole number from 0 to 2,147,483,647. Received: seed={seed!r}."
    with pytest.raises(ValueError) as error:
        LatentSpaceWalk(dcgan.generator, tmp_path, seed=seed)
    assert str(error.value) == f"LatentSpaceWalk: {said}"
    with pytest.raises(ValueError) as error:
        RealOrFake(dcgan, small_images, tmp_path, seed=seed)
    assert str(error.value) == f"RealOrFake: {said}"


def test_what_is_no_generator_is_refused_with_what_it_is(new_small_dcgan, tmp_path):
    dcgan = new_small_dcgan()
    for wrong, said in [
        (dcgan.discriminator, "Sequential, from (None, 4, 4, 1) to (None, 1)."),
        ("generator.keras", "str, from None to None."),
        (dcgan, "DCGAN, from None to None."),
    ]:
        with pytest.raises(ValueError) as error:
            LatentSpaceWalk(wrong, tmp_path)
        assert str(error.value) == (
            "LatentSpaceWalk: generator must be a Keras model from noise (n, latent_dim) to images (n, height, width, "
            f"1 or 3), such as dcgan.generator. Received: {said}"
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("shape", [(9, 4, 4, 1), (40, 4, 4, 3), (40, 4, 4), (0,)])
def test_images_that_are_too_few_or_of_another_shape_are_refused(new_small_dcgan, tmp_path, shape):
    with pytest.raises(ValueError) as error:
        RealOrFake(new_small_dcgan(), np.zeros(shape, "uint8"), tmp_path)
    assert str(error.value) == (
        f"RealOrFake: images must be at least 10 of the shape that dcgan draws, (n, 4, 4, 1). Received: shape={shape}."
    )


def test_what_is_no_dcgan_is_refused_with_what_it_is(new_small_dcgan, small_images, tmp_path):
    with pytest.raises(ValueError) as error:
        RealOrFake(new_small_dcgan().generator, small_images, tmp_path)
    assert str(error.value) == "RealOrFake: dcgan must be a DCGAN, with both networks. Received: Sequential."


def test_networks_whose_training_failed_are_refused(new_small_dcgan, small_images, tmp_path):
    dcgan = new_small_dcgan()
    said = "numbers are not finite: its training failed. Train anew."
    spoil(dcgan.discriminator.layers[-1])
    with pytest.raises(ValueError, match=f"^RealOrFake: the discriminator's {said}$"):
        RealOrFake(dcgan, small_images, tmp_path)
    spoil(dcgan.generator.layers[0])
    with pytest.raises(ValueError, match=f"^RealOrFake: the generator's {said}$"):
        RealOrFake(dcgan, small_images, tmp_path)
    with pytest.raises(ValueError, match=f"^LatentSpaceWalk: the generator's {said}$"):
        LatentSpaceWalk(dcgan.generator, tmp_path)


def spoil(layer):
    layer.bias.assign(np.full(layer.bias.shape, np.nan, "float32"))


def test_a_page_that_cannot_be_written_says_where_and_what_to_do(make_page, tmp_path):
    page = make_page()
    page.path.unlink()
    page.path.mkdir()
    (page.path / "file").touch()
    with pytest.raises(OSError) as error:
        make_page()
    assert str(error.value).startswith(f"{type(page).__name__}: '{page.path}' cannot be written (")
    assert str(error.value).endswith("). Name another output_dir.")
    assert not list(tmp_path.glob("*.tmp"))
