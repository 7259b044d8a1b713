"""Writes the pages of the site, and the files that they share."""

import functools
import shutil
from pathlib import Path

from dcgan_course.instructor.releasing.student_copy import colab_address
from dcgan_course.instructor.site.lesson import make_lesson
from dcgan_course.instructor.site.master import read_master
from dcgan_course.instructor.site.search_index import write_search_index
from dcgan_course.instructor.site.words import LANGUAGES, WORDS, words_of

HERE = Path(__file__).parent


def write_site(masters, folder, solutions=False, repository=None):
    """Writes the site.

    Args:
        masters: The paths of the masters, in the lessons' order.
        folder: An empty folder.
        solutions: Whether it shows the solutions of exercises, folded.
        repository: `https://github.com/OWNER/NAME`, whose notebooks Colab opens; None for no such links.

    Raises:
        Refused: If a master cannot be shown.
    """
    notebooks = {path.stem: read_master(path) for path in masters}
    shutil.copytree(HERE / "assets", folder / "assets")
    _write(folder / ".nojekyll", "")  # GitHub Pages takes the files as they are.
    _write(folder / "index.html", _templates().get_template("languages.html").render(words=WORDS))
    for language in LANGUAGES:
        lessons = [make_lesson(notebook, name, language, solutions, notebooks) for name, notebook in notebooks.items()]
        _write(folder / language / "search_index.js", write_search_index(lessons))
        _write_pages(lessons, folder / language, language, repository)
        for lesson in lessons:
            for name, picture in lesson.pictures.items():
                _write(folder / "pictures" / name, picture)
            for name, text in lesson.frames.items():
                _write(folder / "frames" / name, text)


def _write_pages(lessons, folder, language, repository):
    values = {"language": language, "words": words_of(language), "lessons": lessons, "repository": repository}
    values["other"] = next(other for other in LANGUAGES if other != language)
    index, page = (_templates().get_template(name) for name in ("index.html", "lesson.html"))
    _write(folder / "index.html", index.render(values, name="index"))
    for before, lesson, after in zip([None, *lessons], lessons, [*lessons[1:], None], strict=False):
        colab = repository and colab_address(repository, f"{lesson.name}.ipynb")
        text = page.render(values, name=lesson.name, lesson=lesson, before=before, after=after, colab=colab)
        _write(folder / f"{lesson.name}.html", text)


def _write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8", "replace"))


@functools.cache
def _templates():
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["words_in"] = WORDS
    return environment
