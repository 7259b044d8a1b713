"""The figures hold what they say; files of pictures open as pictures."""

import math

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from dcgan_lib import History, make_animation, plot_images, plot_losses, plot_scores, plot_timeline
from dcgan_lib.grid import tile_images
from dcgan_lib.plotting import LECTURE_STEPS
from dcgan_lib.run.folder import saved_grids
from dcgan_lib.scaling import scale_images

GRAY = np.random.default_rng(0).integers(0, 256, (7, 8, 6, 1), dtype="uint8")
COLOUR = np.random.default_rng(1).integers(0, 256, (7, 8, 6, 3), dtype="uint8")


def save_grids(folder, steps, name="mnist"):
    for step in steps:
        Image.new("L", (20, 10), step % 256).save(folder / f"gan_{name}_{step}.png")


def drawn_axes(figure):
    return [axes for axes in figure.axes if axes.images]


@pytest.mark.parametrize("images", [GRAY, COLOUR], ids=["gray", "colour"])
def test_a_tiled_picture_holds_every_pixel_of_every_image(images):
    picture = tile_images(images, columns=3, gap=2, scale=4)
    pixels = np.asarray(picture).reshape(*picture.size[::-1], -1)[::4, ::4]
    assert picture.mode == ("L" if images.shape[-1] == 1 else "RGB")
    assert pixels.shape == (3 * 10 - 2, 3 * 8 - 2, images.shape[-1])
    for index, image in enumerate(images):
        top, left = index // 3 * 10, index % 3 * 8
        np.testing.assert_array_equal(pixels[top : top + 8, left : left + 6], image)
    assert (pixels[20:, 8:] == 255).all()  # Places without an image stay white.


def test_float_images_are_drawn_from_minus_one_black_to_one_white():
    shades = np.array([-1, 0, 1, 1.5, -2], "float32").reshape(5, 1, 1, 1)
    pixels = np.asarray(tile_images(shades, columns=5, gap=1, scale=1))[0, ::2]
    assert pixels.tolist() == [0, 128, 255, 255, 0]


def test_what_a_generator_in_bfloat16_draws_is_drawn():
    scaled = scale_images(GRAY)
    drawn = tile_images(tf.cast(scaled, "bfloat16"))
    assert np.abs(np.asarray(drawn, "int32") - np.asarray(tile_images(scaled), "int32")).max() <= 1


def test_plot_images_draws_each_image_with_its_title():
    titles = [f"number {index}" for index in range(7)]
    figure = plot_images(GRAY, columns=5, titles=titles)
    axes = drawn_axes(figure)
    assert len(figure.axes) == 10 and len(axes) == 7
    assert [one.get_title() for one in axes] == titles
    for one, image in zip(axes, GRAY, strict=True):
        np.testing.assert_array_equal(np.squeeze(one.images[0].get_array()), image[..., 0])
        assert one.images[0].get_clim() == (0, 255) and one.images[0].get_cmap().name == "gray"
    assert not any(one.axison for one in figure.axes)


def test_plot_images_draws_colour_as_it_is():
    axes = drawn_axes(plot_images(COLOUR[:2]))
    assert len(axes) == 2
    np.testing.assert_array_equal(axes[1].images[0].get_array(), COLOUR[1])


@pytest.mark.parametrize("draw", [plot_images, tile_images])
@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 1), (3, 28, 28), (3, 28, 28, 2), (0, 28, 28, 1)])
def test_images_of_another_shape_are_refused_with_the_shape(draw, shape):
    with pytest.raises(ValueError) as error:
        draw(np.zeros(shape, "uint8"))
    assert str(error.value) == (
        f"{draw.__name__}: images must have the shape (n, height, width, channels) with 1 or 3 channels. "
        f"Received: shape={shape}."
    )


@pytest.mark.parametrize("draw", [plot_images, tile_images])
@pytest.mark.parametrize("dtype", ["int64", "bool", "object"])
def test_images_of_another_kind_of_number_are_refused_instead_of_drawn_white(draw, dtype):
    with pytest.raises(ValueError) as error:
        draw(GRAY.astype(dtype))
    assert str(error.value) == (
        f"{draw.__name__}: pictures must be uint8, 0 to 255, or float in [-1, 1]. Received: dtype={dtype}. "
        f"Convert them, for example by images.astype('uint8')."
    )


def test_a_wrong_number_of_titles_is_refused():
    with pytest.raises(ValueError) as error:
        plot_images(GRAY, titles=["one"])
    assert str(error.value) == "plot_images: one title for each image. Received: 1 for 7 images."


def test_plot_losses_draws_both_losses_and_the_line_at_log_2():
    values = np.random.default_rng(0).uniform(0.2, 1.5, (300, 4)).astype("float32")
    history = History(values)
    (axes,) = plot_losses(history).axes
    assert axes.get_title() == "Generator and discriminator loss"
    assert axes.get_xlabel() == "step (one batch each)" and axes.get_ylabel() == "loss"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "discriminator loss",
        "generator loss",
        "log 2: cannot tell real from fake",
    ]
    d_line, d_mean, g_line, g_mean, dashed = axes.lines
    np.testing.assert_array_equal(d_line.get_ydata(), history.d_loss)
    np.testing.assert_array_equal(g_line.get_ydata(), history.g_loss)
    np.testing.assert_array_equal(d_line.get_xdata(), np.arange(300))
    # The thick line is the mean of the last 3 of 300 steps.
    np.testing.assert_allclose(g_mean.get_ydata()[-1], history.g_loss[-3:].mean(), rtol=1e-5)
    assert g_mean.get_xdata()[0] == 2 and g_mean.get_xdata()[-1] == 299
    assert d_mean.get_color() != g_mean.get_color()
    assert dashed.get_ydata() == [math.log(2)] * 2 and dashed.get_linestyle() == "--"
    assert axes.get_ylim()[0] == 0 and axes.get_ylim()[1] > 1


def test_plot_scores_draws_both_scores_between_zero_and_one():
    values = np.random.default_rng(0).uniform(0, 1, (300, 4)).astype("float32")
    (axes,) = plot_scores(History(values)).axes
    np.testing.assert_array_equal(axes.lines[0].get_ydata(), values[:, 2])
    np.testing.assert_array_equal(axes.lines[2].get_ydata(), values[:, 3])
    assert axes.lines[4].get_ydata() == [0.5, 0.5]
    assert axes.get_ylim() == (0, 1)


@pytest.mark.parametrize("plot", [plot_losses, plot_scores])
@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_history_that_was_stopped_early_can_be_drawn(plot, steps, tmp_path):
    figure = plot(History(np.full((steps, 4), 0.5)))
    figure.savefig(tmp_path / "figure.png")
    assert len(figure.axes[0].get_legend().get_texts()) == 3


def test_one_wild_step_does_not_flatten_the_rest_of_the_loss_plot():
    values = np.full((1_000, 4), 0.5)
    values[0] = 1e6
    assert plot_losses(History(values)).axes[0].get_ylim()[1] < 2


def test_the_timeline_shows_the_lectures_steps_that_were_saved(tmp_path):
    save_grids(tmp_path, [0, 200, 300, 1000, 40000])
    axes = drawn_axes(plot_timeline(tmp_path))
    assert [one.get_title() for one in axes] == ["after 1 step", "step 200", "step 1,000", "step 40,000"]
    assert [int(one.images[0].get_array()[0, 0]) for one in axes] == [0, 200, 1000 % 256, 40000 % 256]
    assert len(LECTURE_STEPS) == 14
    assert [one.get_title() for one in drawn_axes(plot_timeline(tmp_path, steps=[300]))] == ["step 300"]


def test_a_timeline_without_grids_says_what_is_missing(tmp_path):
    save_grids(tmp_path, [300])
    with pytest.raises(FileNotFoundError) as error:
        plot_timeline(tmp_path, steps=[0, 200])
    assert str(error.value) == (
        f"plot_timeline: no gan_<name>_<step>.png of the steps 0, 200 in '{tmp_path}' (it has 1 grids). Train into it "
        f"first, or name other steps."
    )


def test_saved_grids_are_found_in_the_order_of_their_steps(tmp_path):
    save_grids(tmp_path, [1000, 0, 200], name="faces_color")
    (tmp_path / "gan_mnist_5.png.tmp").touch()
    (tmp_path / "gan_mnist_x.png").touch()
    (tmp_path / "losses.png").touch()
    assert list(saved_grids(tmp_path)) == [0, 200, 1000]


def frames_of(path):
    with Image.open(path) as animation:
        frames = []
        for at in range(animation.n_frames):
            animation.seek(at)
            frames.append((int(np.asarray(animation.convert("L"))[0, 0]), animation.info["duration"]))
        return frames, animation.info.get("loop")


def test_the_animation_shows_every_grid_in_order_and_stays_on_the_last(tmp_path):
    save_grids(tmp_path, [0, 20, 100, 200])
    path = make_animation(tmp_path, seconds=2)
    assert path == tmp_path / "training.gif"
    frames, loop = frames_of(path)
    assert frames == [(0, 500), (20, 500), (100, 500), (200, 2500)]
    assert loop == 0
    assert make_animation(tmp_path, tmp_path / "other.gif") == tmp_path / "other.gif"
    assert not list(tmp_path.glob("*.tmp"))


def test_many_grids_are_thinned_out_but_for_the_first_and_the_last(tmp_path):
    save_grids(tmp_path, range(0, 200, 2))
    frames, _ = frames_of(make_animation(tmp_path, most_frames=10))
    assert len(frames) == 10 and frames[0][0] == 0 and frames[-1][0] == 198
    assert [shade for shade, _ in frames] == sorted(shade for shade, _ in frames)


def test_an_animation_of_nothing_says_what_is_missing(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        make_animation(tmp_path)
    assert str(error.value) == f"make_animation: no gan_<name>_<step>.png in '{tmp_path}'. Train into it first."


def test_an_animation_that_fails_half_way_leaves_the_earlier_one(tmp_path):
    noise = np.random.default_rng(0)
    for step in range(3):
        Image.fromarray(noise.integers(0, 256, (50, 50), dtype="uint8")).save(tmp_path / f"gan_mnist_{step}.png")
    path = make_animation(tmp_path)
    before = path.read_bytes()
    last = tmp_path / "gan_mnist_2.png"
    last.write_bytes(last.read_bytes()[:1_000])
    with pytest.raises(OSError):
        make_animation(tmp_path)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.tmp"))
