"""A relative path means the course's folder, in whichever folder a notebook's kernel was started."""

import numpy as np
import pytest
from PIL import Image

from dcgan_lib import History, TimelinePage, interpolate, load_faces, load_mnist, make_animation, plot_timeline, train
from dcgan_lib.system import paths

RUN = "generated_images/MNIST"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of its own, and a kernel that was started in its notebooks/, as Jupyter does."""
    for name in ("notebooks", "dcgan_lib", "data"):
        (tmp_path / "course" / name).mkdir(parents=True)
    monkeypatch.setattr(paths, "INSTALLED_IN", tmp_path / "course")
    monkeypatch.delenv("DCGAN_DATA", raising=False)
    monkeypatch.chdir(tmp_path / "course" / "notebooks")
    return tmp_path / "course"


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A folder that belongs to no course."""
    folder = tmp_path / "MNIST"
    folder.mkdir()
    monkeypatch.setattr(paths, "INSTALLED_IN", tmp_path / "site-packages")
    monkeypatch.chdir(folder)
    return folder


def draw_generator(noise, training):
    return np.zeros((len(noise), 4, 4, 1), "float32")


def test_a_run_is_written_into_the_course_and_found_there_by_all_that_read_one(
    course, new_small_dcgan, small_images, monkeypatch
):
    train(new_small_dcgan(), small_images, steps=3, batch_size=4, saving_interval=2, output_dir=RUN)
    assert (course / RUN / "gan_mnist_2.png").is_file()
    plot_timeline(RUN, steps=[0, 2])
    assert make_animation(RUN) == course / RUN / "training.gif"
    assert make_animation(RUN, "way.gif") == course / "way.gif"
    assert TimelinePage(RUN).path == course / RUN / "timeline.html"
    assert TimelinePage(RUN, "page.html").path == course / "page.html"
    history = History.load(RUN)
    assert len(history) == 3
    (course / "copy").mkdir()
    history.save("copy")
    assert (course / "copy" / "history.csv").is_file()
    interpolate(draw_generator, [1, 0], [0, 1], path="between.gif")
    assert (course / "between.gif").is_file()
    assert list((course / "notebooks").iterdir()) == []


def test_a_run_goes_on_from_the_courses_folder_wherever_the_kernel_was_started(
    course, new_small_dcgan, small_images, tmp_path, monkeypatch
):
    options = {"batch_size": 4, "output_dir": RUN, "resume": True}
    train(new_small_dcgan(), small_images, steps=3, **options)
    monkeypatch.chdir(tmp_path)
    history = train(new_small_dcgan(), small_images, steps=5, **options)
    assert [part["first_step"] for part in history.run["times"]["sessions"]] == [0, 3]


def test_an_absolute_folder_stays_as_it_is(course, new_small_dcgan, small_images, tmp_path):
    train(new_small_dcgan(), small_images, steps=1, batch_size=4, output_dir=tmp_path / "run")
    assert (tmp_path / "run" / "gan_run_0.png").is_file()


def test_outside_of_a_course_the_working_folder_counts_and_may_be_the_output_folder(
    outside, new_small_dcgan, small_images
):
    train(new_small_dcgan(), small_images, steps=1, batch_size=4, output_dir=".")
    assert (outside / "gan_mnist_0.png").is_file()
    assert [path.name for path in outside.parent.glob(".*lock")] == [".MNIST.lock"]
    train(new_small_dcgan(), small_images, steps=1, batch_size=4, output_dir="runs/first")
    assert (outside / "runs" / "first" / "gan_first_0.png").is_file()


@pytest.mark.parametrize("name", [".", "generated_images/.."])
def test_the_courses_folder_itself_is_no_output_folder_because_an_earlier_run_is_moved_aside(
    course, new_small_dcgan, small_images, name
):
    with pytest.raises(ValueError) as error:
        train(new_small_dcgan(), small_images, steps=1, batch_size=4, output_dir=name)
    assert str(error.value) == (
        f"train: output_dir must be a folder of the run's own, and '{course / name}' holds the course. Name one in "
        f"it, as generated_images/MNIST."
    )
    assert sorted(path.name for path in course.iterdir()) == ["data", "dcgan_lib", "notebooks"]


def test_data_is_looked_for_in_the_course_and_only_then_in_the_working_folder(course):
    for number, folder in enumerate((course, course / "notebooks"), 1):
        (folder / "mine").mkdir()
        np.savez(folder / "mine" / "mnist.npz", x_train=np.zeros((number, 28, 28), "uint8"))
        Image.new("RGB", (28, 28), (number, 0, 0)).save(folder / "mine" / "face.png")
    assert len(load_mnist("mine")) == 1
    assert load_faces("mine")[0, 0, 0, 0] == 1
    assert load_faces(["mine/face.png"])[0, 0, 0, 0] == 1
    (course / "mine").rename(course / "other")
    assert len(load_mnist("mine")) == 2
    assert load_faces("mine")[0, 0, 0, 0] == 2
    assert load_faces(["mine/face.png"])[0, 0, 0, 0] == 2
