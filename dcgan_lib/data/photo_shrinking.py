"""Shrinks photos to small squares, in this process or in helper processes."""

import contextlib
import os
import pickle
import signal
import subprocess
import sys

import numpy as np

from dcgan_lib.data.photo_decoding import describe_error, open_photo, quiet_pillow
from dcgan_lib.system.paths import INSTALLED_IN


def shrink_chunk(contents, image_size, color_mode, channel, crop):
    """Shrinks photos, a list of what `open_photo` takes, to small squares. The options are those of `load_faces`.

    Returns uint8 `(n, image_size, image_size, channels)`, 0 to 255, and a dict of the bad photos, index to reason.
    """
    images, bad = np.zeros((len(contents), image_size, image_size, 3 if color_mode == "rgb" else 1), "uint8"), {}
    for index, content in enumerate(contents):
        try:
            photo = open_photo(content, draft_size=2 * image_size)
            if color_mode == "rgb":
                photo = photo.convert("RGB") if photo.mode == "L" else photo
            elif photo.mode == "RGB":
                photo = photo.convert("L") if color_mode == "luminance" else photo.getchannel(channel)
            if crop == "square":
                side = min(photo.size)
                left, top = (photo.width - side) // 2, (photo.height - side) // 2
                photo = photo.crop((left, top, left + side, top + side))
            images[index] = np.asarray(photo.resize((image_size, image_size))).reshape(images.shape[1:])
        except Exception as error:  # A decoder may raise anything; one bad file must not end the run.
            bad[index] = describe_error(error)
    return images, bad


@contextlib.contextmanager
def start_helpers(count):
    """Starts processes that run `help_out`; yields the list of those that did start, and ends them.

    Threads alone are slow here: for each photo they wait several times for Python's lock. And `multiprocessing`
    would repeat the notebook's imports, TensorFlow among them, in each process.
    """
    path = os.pathsep.join([str(INSTALLED_IN), os.environ.get("PYTHONPATH", "")])
    helpers = []
    with contextlib.suppress(OSError):
        for _ in range(count):
            command = [sys.executable, "-c", "from dcgan_lib.data.photo_shrinking import help_out; help_out()"]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
            helpers.append(subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}, **pipes))
    try:
        yield list(helpers)
    finally:
        for helper in helpers:
            helper.kill()
            with contextlib.suppress(OSError):
                helper.communicate()


def shrink_in_helper(idle, contents, options):
    """Lets one of the idle helpers do `shrink_chunk(contents, **options)`.

    Returns its result, or `None` if there is no idle helper or if it died: it is then no longer in the list.
    """
    with contextlib.suppress(IndexError, OSError, EOFError, pickle.UnpicklingError):
        helper = idle.pop()
        pickle.dump((contents, options), helper.stdin)
        helper.stdin.flush()
        result = pickle.load(helper.stdout)
        idle.append(helper)
        return result


def help_out():
    """Runs in a helper process: reads chunks from stdin and writes small squares to stdout, until stdin ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C and the stop button are for the notebook, which ends this.
    with quiet_pillow(), contextlib.suppress(EOFError):
        while True:
            contents, options = pickle.load(sys.stdin.buffer)
            pickle.dump(shrink_chunk(contents, **options), sys.stdout.buffer)
            sys.stdout.buffer.flush()
