"""The page of all runs: their numbers, pictures and curves, in one file that needs no network."""

import collections
import os
from pathlib import Path
from urllib.parse import quote

import numpy as np

from dcgan_course.instructor.process.wording import clock
from dcgan_lib.run.timeline import read_frames
from dcgan_lib.system.files import atomic_write

MOST_FRAMES = 15  # Of each timeline: with 201 grids a run, a page of forty runs would have 100 MB.
FRAME_PIXELS = 180
CURVE_POINTS = 240


def write_page(summaries, folder):
    """Writes `index.html` of a list of `RunSummary`; returns its path."""
    import jinja2

    trained = {index: run.history for index, run in enumerate(summaries) if run.losses}
    hues = {index: round(250 + 360 * position / len(trained)) % 360 for position, index in enumerate(trained)}
    gridded = {index: run.pictures for index, run in enumerate(summaries) if run.last_grid}
    frames = {index: read_frames(pictures, MOST_FRAMES, FRAME_PIXELS) for index, pictures in gridded.items()}
    charts = []
    if trained:
        d_losses, g_losses = ({i: getattr(h, name) for i, h in trained.items()} for name in ("d_loss", "g_loss"))
        charts = [_draw_chart("Discriminator loss", d_losses, hues), _draw_chart("Generator loss", g_losses, hues)]
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(Path(__file__).with_name("page.html").read_text("utf-8"))
    text = template.render(
        title=folder.name,
        counts=collections.Counter(run.status for run in summaries),
        views=[_view(index, run, hues.get(index, 0), folder) for index, run in enumerate(summaries)],
        measures=list(dict.fromkeys(name for run in summaries for name in run.measures)),
        charts=charts,
        frames=frames,
        clock=clock,
    )
    page = folder / "index.html"
    with atomic_write(page) as file:
        file.write(text)
    return page


def _view(index, run, hue, folder):
    """Adds to a run's numbers what only the page needs."""
    notebook_page = Path(run.executed).with_suffix(".html") if run.executed else None
    files = {"notebook": notebook_page, ".ipynb": run.executed, "log": run.log}
    links = {text: os.path.relpath(path, folder) for text, path in files.items() if path and Path(path).is_file()}
    return {
        **vars(run),
        "index": index,
        "hue": hue,
        "settings": run.varied or {name: value for name, value in run.settings.items() if name != "data_dir"},
        "links": {text: quote(Path(path).as_posix()) for text, path in links.items()},
    }


def _draw_chart(title, losses, hues):
    """Draws the losses of all runs into one chart, as lines in a square of 1,000 by 1,000.

    `losses` has the float32 `(steps,)` of each run by its index, `hues` the hue of its colour.
    """
    curves = {index: _average_stretches(values) for index, values in losses.items()}
    longest = max(map(len, losses.values()))
    highest = max(1.0, 1.05 * max(np.percentile(values, 99) for _, values in curves.values()))
    lines = []
    for index, (steps, values) in curves.items():
        x, y = 1000 * steps / longest, 1000 - 1000 * np.minimum(values, highest) / highest
        points = " ".join(f"{left:.0f},{top:.0f}" for left, top in zip(x, y, strict=True))
        lines.append({"index": index, "hue": hues[index], "points": points})
    return {
        "title": title,
        "lines": lines,
        "log2": round(1000 - 1000 * np.log(2) / highest),
        "x_ticks": [(f"{100 * x / longest:.2f}", f"{x:,}") for x in _ticks(longest)],
        "y_ticks": [(f"{100 - 100 * y / highest:.2f}", f"{y:g}") for y in _ticks(highest)],
    }


def _average_stretches(values):
    """Cuts a curve into at most `CURVE_POINTS` stretches; returns the middle and the mean of each."""
    stretches = np.array_split(np.nan_to_num(values, nan=0.0, posinf=1e6), min(CURVE_POINTS, len(values)))
    lengths = np.array([len(stretch) for stretch in stretches])
    return np.cumsum(lengths) - lengths / 2, np.array([stretch.mean() for stretch in stretches])


def _ticks(highest):
    """Returns three to six round numbers from 0 to `highest`."""
    exponent = np.floor(np.log10(highest / 3))
    step = next(s for s in 10.0**exponent * np.array([1, 2, 5, 10]) if highest / s <= 5)
    ticks = [round(float(step * index), 6) for index in range(int(highest / step) + 1)]
    return [int(tick) if tick == int(tick) else tick for tick in ticks]
