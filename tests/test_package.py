"""Importing the package costs nothing and leaves no trace; its names are there."""

import gc
import importlib
import json
import pkgutil

import pytest

import dcgan_lib
from dcgan_lib import quality
from dcgan_lib.system.lazy import lazy_names

LOOK = """
import json, os, sys, time
began = time.perf_counter()
import dcgan_lib
seconds = time.perf_counter() - began
heavy = [name for name in ("tensorflow", "keras", "matplotlib", "PIL", "numpy") if name in sys.modules]
print(json.dumps({"seconds": seconds, "heavy": heavy, "files": os.listdir("."), "names": dir(dcgan_lib)}))
"""

# TensorFlow refuses to set threads once a device was started.
LOAD_ALL = """
import os
import dcgan_lib
for name in dcgan_lib.__all__:
    getattr(dcgan_lib, name)
import dcgan_lib.run.checkpoints, dcgan_lib.run.folder, dcgan_lib.run.provenance, dcgan_lib.speed.upsampling
import tensorflow as tf
tf.config.threading.set_intra_op_parallelism_threads(1)
from tensorflow.python.eager import context
assert not context.context()._initialized
assert os.listdir(".") == [], os.listdir(".")
"""


@pytest.fixture
def empty(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_importing_the_package_is_quick_and_loads_nothing_heavy(run_child, empty):
    out, err = run_child(LOOK, cwd=empty)
    seen = json.loads(out)
    assert err == ""
    assert seen["heavy"] == [] and seen["files"] == []
    assert seen["seconds"] < 0.5
    assert seen["names"] == dcgan_lib.__all__


def test_loading_every_name_prints_nothing_makes_no_file_starts_no_device_and_needs_no_display(run_child, empty):
    nothing_set = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "MPLBACKEND": "", "TF_CPP_MIN_LOG_LEVEL": ""}
    out, err = run_child("import os\nos.environ.pop('TF_CPP_MIN_LOG_LEVEL')\n" + LOAD_ALL, cwd=empty, env=nothing_set)
    assert (out, err) == ("", "")


def test_an_import_that_fails_shows_the_lines_that_were_kept_back(run_child):
    out, _ = run_child(
        "import os, sys\n"
        "from dcgan_lib.system import lazy\n"
        "read, write = os.pipe()\n"
        "os.dup2(write, 2)\n"
        "try:\n"
        "    with lazy._without_log_lines():\n"
        "        os.write(2, b'what TensorFlow said')\n"
        "        raise ImportError\n"
        "except ImportError:\n"
        "    print(os.read(read, 100).decode())\n"
    )
    assert out == "what TensorFlow said\n"


@pytest.mark.parametrize("collects", [True, False])
def test_names_are_loaded_without_looking_for_garbage_and_python_then_goes_on_as_before(
    tmp_path, monkeypatch, collects
):
    package = tmp_path / f"shelf_{collects}"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "good.py").write_text("import gc\nbook = gc.isenabled()\n")
    (package / "broken.py").write_text("raise ValueError('torn')\n")
    monkeypatch.syspath_prepend(tmp_path)
    get, _ = lazy_names(package.name, {"book": "good", "page": "broken"})
    (gc.enable if collects else gc.disable)()
    try:
        assert get("book") is False
        assert gc.isenabled() is collects
        with pytest.raises(ValueError, match="torn"):
            get("page")
        assert gc.isenabled() is collects
    finally:
        gc.enable()


def test_every_public_name_is_there_and_has_a_docstring():
    for name in dcgan_lib.__all__:
        assert getattr(dcgan_lib, name).__doc__, name
        home = importlib.import_module(f"dcgan_lib.{dcgan_lib._HOMES[name]}")
        assert getattr(home, name) is getattr(dcgan_lib, name)
    assert sorted(dcgan_lib.__all__) == dcgan_lib.__all__ == dir(dcgan_lib)


@pytest.mark.parametrize("package", [dcgan_lib, quality], ids=lambda package: package.__name__)
def test_no_module_hides_a_name_that_its_package_gives(package):
    """Importing a module sets its name in the package: it must not be that of a function."""
    modules = {module.name for module in pkgutil.iter_modules(package.__path__)}
    assert not modules & set(package.__all__)


def test_a_name_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(AttributeError) as error:
        dcgan_lib.build_generater  # noqa: B018
    assert str(error.value) == (
        f"module 'dcgan_lib' has no attribute 'build_generater'. It has: {', '.join(dcgan_lib.__all__)}."
    )
    with pytest.raises(ImportError):
        from dcgan_lib import trian  # noqa: F401
