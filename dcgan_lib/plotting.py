"""Pictures of pictures, and of a run's grids. What draws returns the figure; what writes closes it."""

import math

import numpy as np
from PIL import Image

from dcgan_lib.run.folder import saved_grids
from dcgan_lib.scaling import to_pixels
from dcgan_lib.system.figures import Figure, own_style
from dcgan_lib.system.paths import course_path

LECTURE_STEPS = (0, 200, 400, 600, 800, 1000, 2000, 4000, 6000, 8000, 10000, 20000, 30000, 40000)


@own_style()
def plot_images(images, columns=5, titles=None):
    """Draws images in a grid.

    Args:
        images: uint8 `(n, height, width, channels)`, 0 to 255, or float in [-1, 1].
        columns: Images in a row.
        titles: One short text for each image, or None.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        ValueError: If `images` has not that shape, or `titles` not that length.
    """
    pixels = to_pixels("plot_images", images)
    if titles is not None and len(titles) != len(pixels):
        raise ValueError(f"plot_images: one title for each image. Received: {len(titles)} for {len(pixels)} images.")
    return _plot_panels(pixels, columns, titles, size=1.0)


@own_style()
def plot_nearest_neighbours(fake, real, neighbours, count=8):
    """Draws generated images below the real ones that are nearest to them: new, or learned by heart?

    Args:
        fake, real: uint8 `(n, height, width, channels)` or float in [-1, 1].
        neighbours: What `metrics.nearest_neighbours(fake, real)` returned.
        count: How many; the nearest come first.

    Returns:
        A `matplotlib.figure.Figure`; the titles are distances, 1 for the usual one between two real neighbours.
    """
    chosen = np.argsort(neighbours.distances)[:count]
    usual = np.median(neighbours.floor)
    panels = [*to_pixels("plot_nearest_neighbours", real)[neighbours.indices[chosen]]]
    panels += [*to_pixels("plot_nearest_neighbours", fake)[chosen]]
    titles = ["real"] * len(chosen) + [f"{neighbours.distances[index] / usual:.2f}" for index in chosen]
    return _plot_panels(panels, len(chosen), titles, size=1.0)


@own_style()
def plot_timeline(output_dir, steps=LECTURE_STEPS):
    """Draws the saved grids of a run side by side: the slides "최초 이미지" to "epoch 40000 이미지".

    Args:
        output_dir: The folder that `train` wrote its grids to, a relative one in the course's folder.
        steps: The steps to show; those without a saved grid are left out.

    Returns:
        A `matplotlib.figure.Figure`.

    Raises:
        FileNotFoundError: If there is none of these grids in `output_dir`.
    """
    output_dir = course_path(output_dir)
    grids = saved_grids(output_dir)
    shown = [step for step in steps if step in grids]
    if not shown:
        raise FileNotFoundError(
            f"plot_timeline: no gan_<name>_<step>.png of the steps {', '.join(map(str, steps))} in '{output_dir}' "
            f"(it has {len(grids)} grids). Train into it first, or name other steps."
        )
    panels = [np.asarray(Image.open(grids[step])) for step in shown]
    titles = ["after 1 step" if step == 0 else f"step {step:,}" for step in shown]
    return _plot_panels(panels, min(5, len(shown)), titles, size=2.0)


def _plot_panels(panels, columns, titles, size):
    columns = min(columns, len(panels))
    rows = math.ceil(len(panels) / columns)
    figure = Figure(figsize=(size * columns, (size + (0.25 if titles else 0)) * rows), layout="constrained")
    for index, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
        if index < len(panels):
            draw_panel(axes, panels[index], titles[index] if titles else "")
        else:
            axes.axis("off")
    return figure


def draw_panel(axes, panel, title):
    """Draws an image, uint8 `(height, width)` or `(height, width, channels)`, into a figure's axes."""
    gray = panel.ndim == 2 or panel.shape[-1] == 1
    axes.imshow(panel, cmap="gray" if gray else None, vmin=0, vmax=255, interpolation="nearest")
    axes.set_title(title, fontsize=9)
    axes.axis("off")
