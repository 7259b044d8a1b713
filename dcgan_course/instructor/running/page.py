"""The page to look at in the morning: all runs, their pictures and curves, in one file that needs no network."""

import functools
import os
from pathlib import Path

import numpy as np

from dcgan_course.instructor.process.wording import clock
from dcgan_course.instructor.running.summary import read_history
from dcgan_lib.run.timeline import read_frames

MOST_FRAMES = 15  # Of a timeline: forty runs of 201 grids would be a page of 100 MB.
FRAME_PIXELS = 180
CURVE_POINTS = 240


def write_page(rows, runs, folder):
    """Writes `index.html`, and each executed notebook as HTML beside it.

    Args:
        rows: List of dicts, as `summarize` makes them.
        runs: The same runs, as `plan_runs` makes them.
        folder: The result's folder.

    Returns:
        The page's path.
    """
    import jinja2

    histories = {index: read_history(run.pictures) for index, run in enumerate(runs) if rows[index]["losses"]}
    hues = {index: round(250 + 360 * at / len(histories)) % 360 for at, index in enumerate(histories)}
    views = [_view(index, row, hues.get(index, 0), folder) for index, row in enumerate(rows)]
    charts = [_draw_chart(histories, hues, 0, "Discriminator loss"), _draw_chart(histories, hues, 1, "Generator loss")]
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(Path(__file__).with_name("page.html").read_text("utf-8"))
    counts = {
        status: sum(row["status"] == status for row in rows) for status in dict.fromkeys(r["status"] for r in rows)
    }
    frames = {view["index"]: view.pop("frames") for view in views}
    text = template.render(
        title=folder.name,
        counts=counts,
        views=views,
        measures=list(dict.fromkeys(name for row in rows for name in row["measures"])),
        charts=[chart for chart in charts if chart],
        frames=frames,
    )
    page = folder / "index.html"
    written = page.with_name(".index.html.part")
    written.write_text(text, "utf-8")
    os.replace(written, page)
    return page


def write_notebook_page(executed):
    """Converts an executed notebook to HTML beside it; scripts in its outputs are taken out.

    Returns:
        The page's path, or None if there is no notebook that could be converted.
    """
    if not Path(executed).is_file():
        return None
    page = Path(executed).with_suffix(".html")
    try:
        page.write_text(_exporter().from_filename(str(executed))[0], "utf-8")
    except Exception as error:  # A half-made notebook can be anything; the page goes without it.
        print(f"{executed}: not shown as HTML ({type(error).__name__}: {error})")
        return None
    return page


@functools.cache  # It reads and compiles its templates when it is first used.
def _exporter():
    from nbconvert import HTMLExporter

    return HTMLExporter(sanitize_html=True, mathjax_url="", require_js_url="", jquery_url="", mermaid_js_url="")


def _view(index, row, hue, folder):
    """Turns a run's numbers into what the template shows."""
    losses = row["losses"]
    notebook_page = Path(row["executed"]).with_suffix(".html") if row["executed"] else None
    return {
        "index": index,
        "hue": hue,
        "name": row["name"],
        "notebook": row["notebook"],
        "settings": [(name, str(value)) for name, value in (row["varied"] or _shown_settings(row)).items()],
        "status": row["status"],
        "time": "-" if row["seconds"] is None else clock(row["seconds"]),
        "steps": "-" if row["steps"] is None else f"{row['steps']:,}",
        "speed": "-" if row["steps_per_second"] is None else f"{row['steps_per_second']:.1f}",
        "losses": [
            f"{losses[name]:.3f}" if name in losses else "-" for name in ("d_loss", "g_loss", "d_real", "d_fake")
        ],
        "measures": {name: f"{value:.4g}" for name, value in row["measures"].items()},
        "error": row["error"] if row["status"] != "finished" else None,
        "cell": row["cell"],
        "last_lines": "\n".join(row["last_lines"]),
        "source": row["source"],
        "notebook_page": _link(notebook_page, folder),
        "executed": _link(row["executed"], folder),
        "log": _link(row["log"], folder),
        "frames": read_frames(row["pictures"], MOST_FRAMES, FRAME_PIXELS) if row["last_grid"] else [],
    }


def _shown_settings(row):
    return {name: value for name, value in row["settings"].items() if name != "data_dir"}


def _link(path, folder):
    """Writes a path as a relative link, with what a URL cannot hold quoted; None where there is no file."""
    from urllib.parse import quote

    if path is None or not Path(path).is_file():
        return None
    return quote(Path(os.path.relpath(path, folder)).as_posix())


def _draw_chart(histories, hues, column, title):
    """Draws one column of all histories on one pair of axes, as lines in a square of 1,000 by 1,000."""
    if not histories:
        return None
    curves = {index: _thin(history[:, column]) for index, history in histories.items()}
    longest = max(len(history) for history in histories.values())
    highest = max(1.0, 1.05 * max(np.percentile(values, 99) for _, values in curves.values()))
    lines = [
        {
            "index": index,
            "hue": hues[index],
            "points": " ".join(
                f"{1000 * x / longest:.0f},{1000 - 1000 * min(y, highest) / highest:.0f}"
                for x, y in zip(*curves[index], strict=True)
            ),
        }
        for index in curves
    ]
    return {
        "title": title,
        "lines": lines,
        "log2": round(1000 - 1000 * np.log(2) / highest),
        "x_ticks": [(f"{100 * x / longest:.2f}", f"{x:,}") for x in _ticks(longest)],
        "y_ticks": [(f"{100 - 100 * y / highest:.2f}", f"{y:g}") for y in _ticks(highest)],
    }


def _thin(values):
    """Returns the middles and the means of at most `CURVE_POINTS` stretches of a curve."""
    stretches = np.array_split(np.nan_to_num(values, nan=0.0, posinf=1e6), min(CURVE_POINTS, len(values)))
    lengths = np.array([len(stretch) for stretch in stretches])
    return np.cumsum(lengths) - lengths / 2, np.array([stretch.mean() for stretch in stretches])


def _ticks(highest):
    """Returns three to six round numbers from 0 to `highest`."""
    exponent = np.floor(np.log10(highest / 3))
    step = next(s for s in 10.0**exponent * np.array([1, 2, 5, 10]) if highest / s <= 5)
    ticks = [round(float(step * index), 6) for index in range(int(highest / step) + 1)]
    return [int(tick) if tick == int(tick) else tick for tick in ticks]
