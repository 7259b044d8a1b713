"""A run's grids from the first to the last, as a page with a slider."""

from dcgan_lib.play.page import Page
from dcgan_lib.run.timeline import read_frames
from dcgan_lib.system.paths import course_path


class TimelinePage(Page):
    """A run's grids behind a slider, as an HTML file; a notebook shows it as the last value of a cell.

    Args:
        output_dir: The folder that `train` wrote its grids to, a relative one in the course's folder.
        path: The file, a relative one in the course's folder; `timeline.html` in `output_dir` where it is None.
        most_frames: More grids than this are thinned out evenly; the first and the last stay.
        language: Of the page's texts, "en" or "ko".

    Raises:
        FileNotFoundError: If there is no grid in `output_dir`.
        ValueError: If there is no such language.
        OSError: If the file cannot be written.
    """

    def __init__(self, output_dir, path=None, most_frames=60, language="en"):
        output_dir = course_path(output_dir)
        frames = read_frames(output_dir, most_frames)
        if not frames:
            raise FileNotFoundError(f"TimelinePage: no gan_<name>_<step>.png in '{output_dir}'. Train into it first.")
        path = output_dir / "timeline.html" if path is None else course_path(path)
        super().__init__("timeline_page", path, language, 440, {"frames": frames}, title=output_dir.name)
