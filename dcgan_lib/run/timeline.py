"""A run's grids from the first to the last: as a GIF, and as the frames of a page."""

import base64
import contextlib
import io

import numpy as np
from PIL import Image

from dcgan_lib.run.folder import saved_grids
from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.paths import course_path


def read_frames(output_dir, most, pixels=360):
    """Reads a run's grids, made small: at most so many, the first and the last among them.

    Returns a list of `[step, data URL]`, each of at most `pixels` in height and width, without what cannot be read.
    """
    frames = []
    for step, path in _thin_out(saved_grids(output_dir), most):
        try:
            with Image.open(path) as grid:
                # One pixel of the page for one of the network where that is possible: sharp and small.
                small = grid.resize([side // 3 for side in grid.size], Image.Resampling.NEAREST)
        except OSError:
            continue
        small.thumbnail((pixels, pixels))
        frames.append([step, webp_url(small, quality=80)])
    return frames


def webp_url(picture, **options):
    """Returns a `PIL.Image` as a data URL, which a page holds in itself; the options are Pillow's for WebP."""
    written = io.BytesIO()
    picture.save(written, "WEBP", **options)
    return "data:image/webp;base64," + base64.b64encode(written.getvalue()).decode()


def make_animation(output_dir, path=None, seconds=8.0, most_frames=60):
    """Writes the saved grids of a run as one GIF that loops.

    Args:
        output_dir: The folder that `train` wrote its grids to, a relative one in the course's folder.
        path: The file to write, a relative one in the course's folder; `training.gif` in `output_dir` where it is None.
        seconds: How long it runs; the last grid stays for another two.
        most_frames: More grids than this are thinned out evenly; the first and the last stay.

    Returns:
        The path, a `pathlib.Path`.

    Raises:
        FileNotFoundError: If there is no grid in `output_dir`.
    """
    output_dir = course_path(output_dir)
    grids = _thin_out(saved_grids(output_dir), most_frames)
    if not grids:
        raise FileNotFoundError(f"make_animation: no gan_<name>_<step>.png in '{output_dir}'. Train into it first.")
    milliseconds = [max(20, round(1000 * seconds / len(grids)))] * len(grids)
    milliseconds[-1] += 2000
    path = output_dir / "training.gif" if path is None else course_path(path)
    with contextlib.ExitStack() as stack:
        frames = [stack.enter_context(Image.open(grid)) for _, grid in grids]
        file = stack.enter_context(atomic_write(path, "wb"))
        frames[0].save(file, format="GIF", save_all=True, append_images=frames[1:], duration=milliseconds, loop=0)
    return path


def _thin_out(grids, most):
    """Returns at most so many `(step, path)` of a dict of grids, evenly, the first and the last among them."""
    grids = list(grids.items())
    return [grids[index] for index in sorted({round(x) for x in np.linspace(0, len(grids) - 1, min(most, len(grids)))})]
