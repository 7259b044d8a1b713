"""A lesson: one master in one language, as HTML without the page around it."""

import copy
import functools
from dataclasses import dataclass

from dcgan_course.instructor.process.quick_imports import skip_address_grammars
from dcgan_course.instructor.site.frames import put_frames
from dcgan_course.instructor.site.links import mend_links
from dcgan_course.instructor.site.master import fold_code, put_into_language, put_one_form, put_stubs
from dcgan_course.instructor.site.pictures import take_pictures
from dcgan_course.instructor.site.sections import list_sections
from dcgan_course.instructor.site.words import words_of
from dcgan_course.refused import Refused


@dataclass(frozen=True)
class Lesson:
    """One page of the site, and the files that it shows.

    Attributes:
        name: The master's name, such as "01_mnist".
        language: "en" or "ko".
        html: Its cells.
        sections: A list of `Section`; the first is named after the lesson.
        pictures: A dict from a file's name to its bytes.
        frames: A dict from a file's name to its text.
        cover: The name and the alternative text of the picture for the index, a pair; None if there is none.
    """

    name: str
    language: str
    html: str
    sections: list
    pictures: dict
    frames: dict
    cover: tuple | None

    @property
    def title(self):
        """What its first heading says."""
        return self.sections[0].title


def make_lesson(master, name, language, solutions, names):
    """Makes a lesson of a master.

    Args:
        master: A `NotebookNode`; it stays as it is.
        name: The master's name.
        language: "en" or "ko".
        solutions: Whether it shows the solutions of exercises, folded.
        names: The names of all lessons, which a text may link to.

    Raises:
        Refused: If the master is not well-formed, or a text or an output of it cannot be shown.
    """
    with skip_address_grammars():
        from bs4 import BeautifulSoup

    notebook = copy.deepcopy(master)
    put_into_language(notebook, language)
    put_stubs(notebook, name, solutions)
    fold_code(notebook)
    put_one_form(notebook)
    frames = put_frames(notebook, name, language)
    try:
        html, _ = _exporter(language).from_notebook_node(notebook)
    except Refused as problem:
        raise Refused(f"{name}: {problem}") from None
    soup = BeautifulSoup(html, "html.parser")
    mend_links(soup, name, names)
    pictures = take_pictures(soup, name)
    sections = list_sections(soup)
    if not sections:
        raise Refused(f"{name}: it has no heading, which its page would be named after. Begin it with '# Title'.")
    return Lesson(name, language, str(soup), sections, pictures, frames, _cover(soup))


@functools.cache  # It reads and compiles its templates when it is first used.
def _exporter(language):
    with skip_address_grammars():
        from dcgan_course.instructor.site.exporter import CellsExporter

    return CellsExporter(language, words_of(language))


def _cover(soup):
    """Returns the picture of the pictures along the training, which shows best what a lesson is about."""
    picture = soup.select_one("#timeline img") or soup.select_one(".output img")
    return picture and (picture["src"], picture["alt"])
