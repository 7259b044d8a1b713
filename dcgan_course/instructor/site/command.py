"""`python -m dcgan_course site`: makes a static site of the notebooks, in English and Korean.

It needs no kernel, no server and no network: open index.html, or publish the folder as it is, for example with
GitHub Pages. The output folder has

  index.html               the choice of the language
  en/  ko/                 a page for each lesson, their index, and what the search looks through
  assets/                  style and scripts
  pictures/  frames/       the outputs
  site.json                which files were written, so that the next site replaces only these

  python -m dcgan_course site
  python -m dcgan_course site --repository https://github.com/OWNER/NAME --solutions

Without --solutions exercises stand there as stubs, as in a release. With --repository each lesson has a link
"Open in Colab", which opens notebooks/ on the branch main of that repository.
"""

from pathlib import Path

from dcgan_course.instructor.process.made_folder import make_folder
from dcgan_course.instructor.releasing.command import read_repository
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root


def add_arguments(parser):
    """Adds the options of `site`."""
    parser.add_argument("--output", default="site", metavar="DIR", help="where it goes (default: site)")
    parser.add_argument("--solutions", action="store_true", help="show the exercises' solutions, folded")
    parser.add_argument("--repository", metavar="URL", help="https://github.com/OWNER/NAME that Colab will open")


def main(arguments):
    """Writes the site; returns the exit status."""
    output = Path(arguments.output).expanduser().absolute()
    repository = None if arguments.repository is None else read_repository(arguments.repository)
    masters = sorted((course_root() / "notebooks").glob("[0-9]*.ipynb"))
    if not masters:
        raise Refused(f"There is no notebook in '{course_root() / 'notebooks'}' to make a site of.")
    with make_folder(output, "site", repository=repository, solutions=arguments.solutions) as folder:
        from dcgan_course.instructor.site.writing import write_site

        write_site(masters, folder, arguments.solutions, repository)
    print(f"{', '.join(master.stem for master in masters)}: open {Path(arguments.output) / 'index.html'}.")
    return 0
