"""Whatever machine and session the course runs on: it works, or one sentence says what to change.

| kind | input | what must come of it |
|---|---|---|
| Keras set up otherwise | `KERAS_BACKEND`, `keras.json` with another backend, channels_first, float16 | one sentence that names it, before Keras is imported |
| the session's Keras | a dtype policy, floatx, channels_first set by the student | the bits of a run without it, and it is put back |
| networks of the student's | built under mixed_float16, mixed_bfloat16; in float16 | the bits of float32; one sentence |
| the session's NumPy | `np.seterr(all="raise")` | the same bits, no error |
| the session's matplotlib | LaTeX, a font that is not there, a dark style, xkcd | the same picture, no log line, and it is put back |
| the current folder | changed between two calls, or deleted | nothing is lost; one sentence where a relative name needs it |
| no home, no user | HOME unset and a user id that nobody has | it works |
| a drive without locks | ENOSYS, EOPNOTSUPP, EIO, EPERM, ENOLCK, EINVAL | it trains and says so |
| letters that nothing shows | LC_ALL=C, PYTHONIOENCODING=ascii, a Hangul folder | it works, with escapes |
| a picture that fails | losses.png, measures.png, training.gif cannot be drawn or written | said; the run is finished |
| Drive goes away | ENOTCONN, EIO while it lists, reads, writes | one sentence; an older checkpoint is tried; nothing starts anew |
"""

import contextlib
import errno
import fcntl
import json
import logging
import os
from pathlib import Path

import keras
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from small_course import build_small_dcgan

import dcgan_lib
from dcgan_lib import History, TunedDCGAN, plot_images, plot_losses, train
from dcgan_lib.run import observers
from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.system import paths

OPTIONS = {"batch_size": 4, "saving_interval": 2}


def bits_of_a_run(folder, images, **options):
    """Trains two small networks; returns all that must be the same."""
    dcgan = build_small_dcgan(**options)
    history = train(dcgan, images, steps=3, **OPTIONS, output_dir=folder)
    grid = (folder / f"gan_{folder.name}_2.png").read_bytes()
    return history.values.tobytes(), dcgan.draw(3).tobytes(), grid


# Keras set up otherwise


def in_new_python(run_child, tmp_path, code, config=None, **environment):
    """Runs code where `keras.json` holds something; a refusal is printed. Returns what was printed."""
    home = tmp_path / "keras"
    home.mkdir(exist_ok=True)
    if config is not None:
        (home / "keras.json").write_text(config if isinstance(config, str) else json.dumps(config))
    guarded = "try:\n    {}\nexcept RuntimeError as error:\n    import sys\n    print(error, '| keras' in sys.modules)"
    guarded = guarded.format(code.replace("\n", "\n    "))
    out, err = run_child(guarded, env={"KERAS_HOME": str(home), "TF_CPP_MIN_LOG_LEVEL": "3", **environment})
    assert "Traceback" not in err
    return out.strip()


BUILD = "import dcgan_lib\nprint(dcgan_lib.build_generator().count_params())"
ASK = "The course needs another setting of Keras: "


@pytest.mark.parametrize("backend", ["jax", "torch", "numpy", "no such"])
def test_a_backend_that_the_environment_asks_for_is_named_before_keras_is_imported(run_child, tmp_path, backend):
    code = "import sys\nfrom dcgan_lib import DCGAN, train"
    assert in_new_python(run_child, tmp_path, code, KERAS_BACKEND=backend) == (
        f"The course needs Keras with TensorFlow, and KERAS_BACKEND asks for {backend}. Restart the kernel, and run this "
        f"first: import os; os.environ['KERAS_BACKEND'] = 'tensorflow' False"
    )


@pytest.mark.parametrize(
    ("setting", "found", "needed"),
    [
        ({"backend": "jax"}, '"backend": "jax"', '"backend": "tensorflow"'),
        ({"image_data_format": "channels_first"}, "channels_first", '"image_data_format": "channels_last"'),
        ({"floatx": "float16"}, '"floatx": "float16"', '"floatx": "float32"'),
        ({"floatx": "float64", "backend": "torch"}, '"backend": "torch", "floatx": "float64"', '"floatx": "float32"'),
    ],
    ids=str,
)
def test_what_stands_in_keras_json_is_named_with_the_file_and_what_to_write(
    run_child, tmp_path, setting, found, needed
):
    said = in_new_python(run_child, tmp_path, BUILD, setting)
    assert said.startswith(f"{ASK}{tmp_path / 'keras' / 'keras.json'} holds ") and "\n" not in said
    assert found in said and needed in said and said.endswith("save it, and restart the kernel. False")


@pytest.mark.slow
@pytest.mark.parametrize("config", ["", "{", '{"epsilon": 1e-7}', {"backend": "tensorflow", "floatx": "float32"}])
def test_a_keras_json_that_says_nothing_against_it_is_no_matter(run_child, tmp_path, config):
    assert in_new_python(run_child, tmp_path, BUILD, config) == "865281"


@pytest.mark.slow
def test_the_environment_counts_more_than_the_file_as_with_keras(run_child, tmp_path):
    assert in_new_python(run_child, tmp_path, BUILD, {"backend": "jax"}, KERAS_BACKEND="tensorflow") == "865281"
    assert "KERAS_BACKEND asks for torch" in in_new_python(
        run_child, tmp_path, BUILD, {"backend": "jax"}, KERAS_BACKEND="torch"
    )


def test_loading_images_needs_no_keras(run_child, tmp_path):
    code = "import dcgan_lib\nprint(dcgan_lib.draw_digits(3)[0].shape)"
    assert in_new_python(run_child, tmp_path, code, KERAS_BACKEND="jax") == "(3, 28, 28)"


def test_the_notebooks_first_import_shows_the_sentence_alone(run_child, tmp_path):
    notebook = json.loads((Path(__file__).parents[2] / "notebooks" / "01_mnist.ipynb").read_text("utf-8"))
    cell = next("".join(cell["source"]) for cell in notebook["cells"] if cell["id"] == "imports")
    code = (
        "from IPython.core.interactiveshell import InteractiveShell\n"
        "import sys\n"
        "shell = InteractiveShell.instance(colors='NoColor')\n"
        "print(shell.run_cell(sys.argv[1]).success)"
    )
    out, err = run_child(code, cell, env={"KERAS_BACKEND": "jax"})
    lines = [line for line in (out + err).splitlines() if line.strip()]
    assert lines[-1] == "False" and len(lines) == 2
    assert lines[0].startswith("The course needs Keras with TensorFlow, and KERAS_BACKEND asks for jax.")


# The session's Keras


@contextlib.contextmanager
def told_keras(setting, value):
    read, write = getattr(keras.config, setting), getattr(keras.config, f"set_{setting}")
    policy, before = keras.config.dtype_policy(), read()
    write(value)
    try:
        yield read
    finally:
        write(before)
        keras.config.set_dtype_policy(policy)


SETTINGS = [
    ("dtype_policy", "mixed_float16"),
    ("dtype_policy", "mixed_bfloat16"),
    ("dtype_policy", "float16"),
    ("dtype_policy", "float64"),
    ("floatx", "float16"),
    ("floatx", "float64"),
    ("image_data_format", "channels_first"),
]


@pytest.fixture(scope="module")
def lecture_images():
    return np.random.default_rng(0).integers(0, 256, (8, 12, 12, 1), dtype="uint8")


def lecture_run(folder, images, kind):
    keras.utils.set_random_seed(3)
    shape = images.shape[1:]
    dcgan = kind(dcgan_lib.build_generator(shape, 5), dcgan_lib.build_discriminator(shape))
    history = train(dcgan, images, steps=2, **OPTIONS, output_dir=folder)
    return history.values.tobytes(), dcgan.draw(2).tobytes()


@pytest.fixture(scope="module")
def lecture_reference(lecture_images, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lecture")
    kinds = (dcgan_lib.DCGAN, TunedDCGAN)
    return {kind: lecture_run(folder / kind.__name__, lecture_images, kind) for kind in kinds}


@pytest.mark.slow
@pytest.mark.parametrize(("setting", "value"), SETTINGS)
def test_a_setting_of_the_sessions_keras_changes_no_bit_and_stays(
    setting, value, lecture_images, lecture_reference, tmp_path
):
    with told_keras(setting, value) as read:
        set_to = read()
        kind = TunedDCGAN if value == "mixed_bfloat16" else dcgan_lib.DCGAN
        assert lecture_run(tmp_path / kind.__name__, lecture_images, kind) == lecture_reference[kind]
        assert read() == set_to
        with pytest.raises(ValueError):
            dcgan_lib.build_generator((3, 3, 1))
        assert read() == set_to


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["mixed_float16", "mixed_bfloat16"])
@pytest.mark.parametrize("kind", [dcgan_lib.DCGAN, TunedDCGAN])
def test_networks_that_were_built_under_a_mixed_policy_train_in_float32_and_keep_it(
    policy, kind, small_images, tmp_path
):
    expected = bits_of_a_run(tmp_path / "a" / "run", small_images, kind=kind)
    with told_keras("dtype_policy", policy):
        assert bits_of_a_run(tmp_path / "b" / "run", small_images, kind=kind) == expected
        dcgan = build_small_dcgan()
    train(dcgan, small_images, steps=1, **OPTIONS, output_dir=tmp_path / "c")
    assert {layer.dtype_policy.name for layer in dcgan.generator.layers} == {policy}


@pytest.mark.parametrize("policy", ["float16", "bfloat16", "float64"])
def test_networks_whose_weights_are_not_float32_are_refused_in_a_sentence(policy):
    with told_keras("dtype_policy", policy), pytest.raises(ValueError) as error:
        build_small_dcgan()
    assert str(error.value) == (
        f"DCGAN: the weights of the generator must be float32. Received: {policy}. Run "
        f"keras.config.set_dtype_policy('float32') and build it again."
    )


# The session's NumPy and matplotlib


@pytest.mark.slow
def test_numpys_error_state_changes_no_bit_and_stays(lecture_images, lecture_reference, tmp_path):
    with np.errstate(all="raise"):
        for kind in lecture_reference:
            assert lecture_run(tmp_path / kind.__name__, lecture_images, kind) == lecture_reference[kind]
        assert set(np.geterr().values()) == {"raise"}


def test_what_draws_and_measures_works_whatever_numpy_was_told(small_images, tmp_path):
    history = History(np.full((300, 4), 1e-39, "float32"))
    digits = dcgan_lib.draw_digits(300)[0][..., np.newaxis]
    start, end = np.full(5, 1e-30), np.full(5, 1e-25)
    fake = digits[::-1].astype("float32") / 127.5 - 1
    from dcgan_lib import quality

    with np.errstate(all="raise"):
        for figure in (plot_losses(history), dcgan_lib.plot_scores(history), plot_images(small_images[:2])):
            figure.savefig(tmp_path / "figure.png")
        dcgan_lib.unscale_images(np.array([np.nan, 1e30, 1e-40], "float32"))
        dcgan_lib.interpolate(lambda noise, training: np.zeros((len(noise), 4, 4, 1)), start, end)
        quality.frechet_distance(digits, fake, quality.digit_features)
        quality.class_coverage(digits, fake)


STYLES = {
    "LaTeX": {"text.usetex": True, "text.latex.preamble": r"\usepackage{nothing}"},
    "a Hangul font that is not there": {"font.family": "NanumGothic", "font.sans-serif": ["Malgun Gothic"]},
    "no font at all": {"font.family": ["No Such Font"], "mathtext.fontset": "custom", "mathtext.rm": "No Such Font"},
    "dark": {"axes.facecolor": "black", "savefig.facecolor": "black", "text.color": "white", "figure.dpi": 300},
    "another cut": {"savefig.bbox": "tight", "savefig.transparent": True, "figure.autolayout": True},
}


def picture_of(figure, path):
    figure.savefig(path, format="png", dpi=60)
    return path.read_bytes()


@pytest.mark.parametrize("style", STYLES)
def test_pictures_look_the_same_whatever_matplotlib_was_told(style, tmp_path, caplog):
    history = History(np.full((30, 4), 0.5))
    draw = {"losses": lambda: plot_losses(history), "images": lambda: plot_images(np.zeros((2, 4, 4, 1)), titles="ab")}
    expected = {name: picture_of(make(), tmp_path / "x.png") for name, make in draw.items()}
    with matplotlib.rc_context(STYLES[style]), caplog.at_level(logging.WARNING):
        before = dict(matplotlib.rcParams)
        assert {name: picture_of(make(), tmp_path / "x.png") for name, make in draw.items()} == expected
        assert plot_losses(history)._repr_png_()
        assert dict(matplotlib.rcParams) == before
    assert caplog.records == []


def test_a_figure_that_jupyters_own_printer_draws_later_keeps_the_librarys_fonts(tmp_path, caplog):
    figure = plot_losses(History(np.full((3, 4), 0.5)))
    with matplotlib.rc_context(STYLES["a Hangul font that is not there"]), caplog.at_level(logging.WARNING):
        figure.canvas.print_figure(tmp_path / "figure.png", bbox_inches="tight")
    assert caplog.records == [] and (tmp_path / "figure.png").is_file()


def test_a_run_writes_no_log_line_for_a_font_that_is_not_there(small_images, tmp_path, caplog):
    with matplotlib.rc_context({**STYLES["a Hangul font that is not there"], "text.usetex": True}):
        bits_of_a_run(tmp_path / "run", small_images)
    assert [record for record in caplog.records if record.name.startswith("matplotlib")] == []
    assert (tmp_path / "run" / "losses.png").is_file()


def test_pyplots_comic_style_is_left_to_the_student(tmp_path):
    expected = picture_of(plot_losses(History()), tmp_path / "x.png")
    with plt.xkcd():
        assert picture_of(plot_losses(History()), tmp_path / "x.png") == expected


# The current folder


def test_the_current_folder_may_change_while_it_trains(small_images, tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "INSTALLED_IN", tmp_path / "site-packages")
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    class Wanderer:
        def due(self, step):
            return step

        def see(self, step, session):
            os.chdir(tmp_path / "there")

    train(build_small_dcgan(), small_images, steps=3, **OPTIONS, output_dir="run", observers=[Wanderer()])
    assert (tmp_path / "here" / "run" / "losses.png").is_file() and list((tmp_path / "there").iterdir()) == []


def test_in_a_folder_that_was_deleted_an_absolute_name_works_and_a_relative_one_is_a_sentence(
    small_images, tmp_path, monkeypatch
):
    monkeypatch.setattr(paths, "INSTALLED_IN", tmp_path / "site-packages")
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert len(train(build_small_dcgan(), small_images, steps=1, **OPTIONS, output_dir=tmp_path / "run")) == 1
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros((2, 28, 28), "uint8"))
    assert len(dcgan_lib.load_mnist(tmp_path)) == 2
    with pytest.raises(FileNotFoundError) as error:
        train(build_small_dcgan(), small_images, steps=1, **OPTIONS, output_dir="run")
    assert str(error.value) == (
        "The current folder was deleted or cannot be reached. Go to another one with os.chdir, or restart the kernel."
    )
    monkeypatch.chdir(tmp_path)


# No home, no locks, no letters


@pytest.mark.slow
def test_without_a_home_and_a_user_it_trains_draws_and_loads(run_child, tmp_path):
    code = (
        "import os, pwd, sys\n"
        "def nobody(uid): raise KeyError('getpwuid(): uid not found')\n"
        "pwd.getpwuid = nobody\n"
        "os.environ.pop('HOME')\n"
        "from small_course import build_images, build_small_dcgan\n"
        "import dcgan_lib, dcgan_lib.data.mnist\n"
        "dcgan_lib.data.mnist.MNIST_URL = 'http://127.0.0.1:1/'\n"
        "dcgan_lib.load_mnist(), dcgan_lib.load_faces()\n"
        "dcgan_lib.train(build_small_dcgan(), build_images(), steps=1, output_dir=sys.argv[1])\n"
        "try:\n"
        "    dcgan_lib.train(build_small_dcgan(), build_images(), steps=1, output_dir='~/run')\n"
        "except FileNotFoundError as error:\n"
        "    print(error)"
    )
    out, err = run_child(code, tmp_path / "run", env={"DCGAN_DATA": ""})
    assert "'~/run' begins with ~, and this system knows no home folder. Name the folder from / on." in out
    assert "Traceback" not in err


LOCK_ERRORS = ("ENOSYS", "EOPNOTSUPP", "EIO", "EPERM", "ENOLCK", "EINVAL", "ENODEV", "EBADF", "EREMOTEIO")


@pytest.mark.parametrize("name", LOCK_ERRORS)
def test_on_a_drive_without_locks_it_trains_and_says_so(name, small_images, tmp_path, monkeypatch, capsys):
    def refuse(file, operation):
        raise OSError(getattr(errno, name), os.strerror(getattr(errno, name)))

    monkeypatch.setattr(fcntl, "flock", refuse)
    for steps in (1, 2):  # The second one is not kept out by what the first one left.
        options = {**OPTIONS, "output_dir": tmp_path / "run", "resume": True}
        assert len(train(build_small_dcgan(), small_images, steps=steps, **options)) == steps
    assert (
        capsys.readouterr().out.count(
            f"The drive of '{tmp_path / 'run'}' has no locks: take care that no second run writes into this folder."
        )
        == 2
    )


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": "POSIX", "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "0"},
    ],
    ids=str,
)
def test_without_utf8_a_hangul_folder_is_trained_in_or_refused_in_a_sentence(environment, start_child, tmp_path):
    code = (
        "from small_course import build_images, build_small_dcgan\n"
        "import dcgan_lib, sys\n"
        "images = dcgan_lib.Images(build_images(), 'photos of \\ud55c\\uae00')\n"
        "try:\n"
        "    folder = sys.argv[1] + '/\\ud55c\\uae00'\n"
        "    for seed in (0, 1):\n"
        "        options = dict(steps=1, output_dir=folder, seed=seed, resume=True)\n"
        "        dcgan_lib.train(build_small_dcgan(), images, name='\\uc5bc\\uad74', **options)\n"
        "        dcgan_lib.TimelinePage(folder)\n"
        "    print('trained')\n"
        "except ValueError as error:\n"
        "    print(error)"
    )
    child = start_child(code, tmp_path, env=environment)
    out, err = child.communicate(timeout=600)
    assert child.returncode == 0, err
    assert "trained" in out or "has no UTF-8, so that it cannot make the folder" in out


# A picture that fails


def fail(*arguments, **options):
    raise RuntimeError("Failed to process string with tex because latex could not be found")


def full(*arguments, **options):
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("failing", [fail, full])
@pytest.mark.parametrize(
    ("place", "picture"),
    [
        ("dcgan_lib.curves.plot_losses", "losses.png"),
        ("dcgan_lib.system.figures.Figure.savefig", "losses.png"),
        ("dcgan_lib.session.make_animation", "training.gif"),
        ("PIL.Image.open", "training.gif"),
    ],
)
def test_a_picture_that_fails_is_said_and_the_run_is_finished(
    place, picture, failing, small_images, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(place, failing)
    history = train(build_small_dcgan(), small_images, steps=3, **OPTIONS, output_dir=tmp_path / "run")
    assert history.run["finished"] is True and len(history) == 3
    assert History.load(tmp_path / "run").run["finished"] is True
    (said,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(picture)]
    assert said.startswith(f"{picture} could not be made (") and "the run is kept" in said
    assert len(Checkpoint.load_newest(tmp_path / "run")) == 3


def test_a_folder_in_the_place_of_losses_png_does_not_cost_the_run(small_images, tmp_path, capsys):
    (tmp_path / "run" / "losses.png").mkdir(parents=True)
    history = train(build_small_dcgan(), small_images, steps=1, **OPTIONS, output_dir=tmp_path / "run")
    assert history.run["finished"] is True and "losses.png could not be made" in capsys.readouterr().out


# Drive goes away


@pytest.fixture
def drive(tmp_path, monkeypatch):
    """A folder that can be cut off: then each call of the system for what lies in it fails, as FUSE's do."""

    class Drive:
        folder, away = tmp_path / "drive", None

        def fails(self, path):
            return self.away and isinstance(path, (str, os.PathLike)) and Path(path).is_relative_to(self.folder)

    Drive.folder.mkdir()
    here = Drive()

    def guard(function):
        def call(path, *arguments, **options):
            if here.fails(path):
                raise OSError(here.away, os.strerror(here.away), os.fspath(path))
            return function(path, *arguments, **options)

        return call

    names = "stat lstat open listdir scandir mkdir rename replace unlink remove rmdir".split()
    for name in names:
        monkeypatch.setattr(os, name, guard(getattr(os, name)))
    opened = guard(open)
    for module in ("builtins", "io"):
        monkeypatch.setattr(f"{module}.open", opened)
    return here


AWAY = pytest.mark.parametrize("number", [errno.ENOTCONN, errno.EIO, errno.ESTALE], ids=errno.errorcode.get)


@AWAY
def test_a_drive_that_goes_away_while_it_trains_ends_in_a_sentence_and_the_run_goes_on_later(
    number, drive, small_images, monkeypatch
):
    monkeypatch.setattr(observers, "CHECKPOINT_SECONDS", 0.0)

    class Cable:
        def due(self, step):
            return max(step, 5)

        def see(self, step, session):
            drive.away = number

    folder = drive.folder / "run"
    with pytest.raises(OSError) as error:
        train(build_small_dcgan(), small_images, steps=9, **OPTIONS, output_dir=folder, observers=[Cable()])
    assert "could not be written after 6 steps" in str(error.value) or "after 7 steps" in str(error.value)
    assert f"its drive has gone away ({os.strerror(number)}). Connect it again" in str(error.value)
    assert error.value.__suppress_context__
    drive.away = None
    history = train(build_small_dcgan(), small_images, steps=9, **OPTIONS, output_dir=folder, resume=True)
    assert [part["first_step"] for part in history.run["times"]["sessions"]] == [0, 5]


@AWAY
def test_a_drive_that_is_away_when_it_starts_ends_in_a_sentence_and_nothing_is_moved(number, drive, small_images):
    folder = drive.folder / "run"
    train(build_small_dcgan(), small_images, steps=2, **OPTIONS, output_dir=folder)
    for resume in (True, False):
        drive.away = number
        with pytest.raises(OSError) as error:
            train(build_small_dcgan(), small_images, steps=3, **OPTIONS, output_dir=folder, resume=resume)
        assert str(error.value).startswith("train: ") and os.strerror(number) in str(error.value)
        drive.away = None
        assert [path.name for path in drive.folder.iterdir() if path.is_dir()] == ["run"]


@AWAY
def test_a_drive_that_goes_away_between_the_lock_and_the_reading_starts_nothing_anew(
    number, drive, small_images, monkeypatch
):
    folder = drive.folder / "run"
    train(build_small_dcgan(), small_images, steps=2, **OPTIONS, output_dir=folder)
    identify = dcgan_lib.training.identify

    def cut(*arguments):
        drive.away = number
        return identify(*arguments)

    monkeypatch.setattr("dcgan_lib.training.identify", cut)
    with pytest.raises(OSError) as error:
        train(build_small_dcgan(), small_images, steps=3, **OPTIONS, output_dir=folder, resume=True)
    assert "could not be read: its drive has gone away" in str(error.value)
    drive.away = None
    assert len(Checkpoint.load_newest(folder)) == 2


def two_checkpoints(folder, images, monkeypatch):
    monkeypatch.setattr(observers, "CHECKPOINT_SECONDS", 0.0)
    train(build_small_dcgan(), images, steps=4, **OPTIONS, output_dir=folder)
    return sorted(folder.glob("checkpoint_*.npz"))


def test_a_checkpoint_that_cannot_be_read_is_said_and_the_older_one_is_used(
    small_images, tmp_path, monkeypatch, capsys
):
    older, newer = two_checkpoints(tmp_path / "run", small_images, monkeypatch)
    read_bytes = Path.read_bytes

    def read(path):
        if path == newer:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN), str(path))
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", read)
    history = train(build_small_dcgan(), small_images, steps=6, **OPTIONS, output_dir=tmp_path / "run", resume=True)
    said = f"The checkpoint {newer.name} cannot be read (Transport endpoint is not connected); it is passed over."
    assert said in capsys.readouterr().out
    assert [part["first_step"] for part in history.run["times"]["sessions"]] == [0, 3]


def test_where_no_checkpoint_can_be_read_nothing_is_moved_aside_and_the_sentence_says_so(
    small_images, tmp_path, monkeypatch
):
    two_checkpoints(tmp_path / "run", small_images, monkeypatch)

    def read(path):
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(Path, "read_bytes", read)
    with pytest.raises(OSError) as error:
        train(build_small_dcgan(), small_images, steps=6, **OPTIONS, output_dir=tmp_path / "run", resume=True)
    assert "could not be read (Input/output error). Nothing was changed" in str(error.value)
    assert not (tmp_path / "run.1").exists()


@pytest.mark.parametrize(
    ("damage", "content"),
    [("history.csv", b""), ("history.csv", b"step,d_loss\n0,x"), ("run.json", b"{\x00\xff"), ("run.json", b"[]")],
)
def test_a_damaged_history_is_said_and_the_checkpoint_goes_on(damage, content, small_images, tmp_path, capsys):
    folder = tmp_path / "run"
    train(build_small_dcgan(), small_images, steps=3, **OPTIONS, output_dir=folder)
    (folder / damage).write_bytes(content)
    for steps in (2, 5):
        history = train(build_small_dcgan(), small_images, steps=steps, **OPTIONS, output_dir=folder, resume=True)
        assert len(history) == steps
    assert "is damaged; the checkpoints say how far the run was." in capsys.readouterr().out
    assert not (tmp_path / "run.1").exists() and History.load(folder).run["finished"] is True


def test_old_checkpoints_that_cannot_be_cleared_away_do_not_end_the_run(small_images, tmp_path, monkeypatch):
    monkeypatch.setattr(observers, "CHECKPOINT_SECONDS", 0.0)

    def refuse(path, missing_ok=False):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM), str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    history = train(build_small_dcgan(), small_images, steps=9, **OPTIONS, output_dir=tmp_path / "run")
    assert history.run["finished"] is True
