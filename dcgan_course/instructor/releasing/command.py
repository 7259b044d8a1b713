"""`python -m dcgan_course release`: makes the students' copy of the course from the masters.

Solutions become stubs, and all outputs are removed. The output folder has

  dcgan-course/       what students get: notebooks, the library, README; publish it as it is. With --language ko
                      README.md is Korean, and the English is README.en.md
  dcgan-course.zip    the same for a Drive or a learning platform
  release.json        which files were written, so that the next release replaces only these

  python -m dcgan_course release
  python -m dcgan_course release --repository https://github.com/OWNER/NAME --language ko

With --repository the notebooks have "Open in Colab" badges, which open notebooks/ on the branch main of that
repository: push the content of dcgan-course/ there.

In these notebooks Colab's AI assistance is off, so that the student thinks and not the notebook; --ai leaves it on.
"""

import re
from pathlib import Path

from dcgan_course.instructor.process.made_folder import make_folder
from dcgan_course.instructor.releasing.bundle import copy_course, read_release_date, write_zip
from dcgan_course.instructor.releasing.student_copy import badge, make_student_copy
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root

COURSE = "dcgan-course"
# GitHub's own rules for names.
REPOSITORY = re.compile(
    r"https://github\.com/([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)/([\w.-]+?)(?:\.git)?/?", re.ASCII
)


def add_arguments(parser):
    """Adds the options of `release`."""
    parser.add_argument("--output", default="release", metavar="DIR", help="where it goes (default: release)")
    parser.add_argument("--repository", metavar="URL", help="https://github.com/OWNER/NAME that students will open")
    parser.add_argument(
        "--language", choices=("en", "ko"), default="en", help="in which texts stand open and checks answer (en)"
    )
    parser.add_argument("--ai", action="store_true", help="leave Colab's AI assistance on in the notebooks")


def main(arguments):
    """Writes the release; returns the exit status."""
    output = Path(arguments.output).expanduser().absolute()
    repository = None if arguments.repository is None else read_repository(arguments.repository)
    with make_folder(output, "release", repository=repository, language=arguments.language, ai=arguments.ai) as folder:
        names = write_release(course_root(), folder, repository, arguments.language, arguments.ai)
    print(f"{', '.join(names)}: released to {arguments.output}/{COURSE}, and the same as {COURSE}.zip beside it.")
    return 0


def read_repository(address):
    """Returns a repository's address as `https://github.com/OWNER/NAME`; raises `Refused` for anything else."""
    match = REPOSITORY.fullmatch(address.strip())
    if match is None or match[2] in (".", ".."):
        raise Refused(f"--repository must be https://github.com/OWNER/NAME. Received: {address!r}.")
    return f"https://github.com/{match[1]}/{match[2]}"


def write_release(course, output, repository=None, language="en", ai=False):
    """Writes a release of the course's masters into an empty folder; returns the notebooks' names.

    `repository` is the address for badges and for the Colab cell, or None. `language` is the one in which texts stand
    open and checks answer, "en" or "ko". `ai` leaves Colab's AI assistance on. Raises `Refused` if a master is not
    well-formed, or there is none.
    """
    masters = sorted((course / "notebooks").glob("[0-9]*.ipynb"))
    if not masters:
        raise Refused(f"There is no notebook in '{course / 'notebooks'}' to release.")
    folder = output / COURSE
    (folder / "notebooks").mkdir(parents=True)
    rows = []
    for master in masters:
        text = make_student_copy(master, repository, language, ai)
        (folder / "notebooks" / master.name).write_text(text, "utf-8", newline="\n")
        link = f"- [notebooks/{master.name}](notebooks/{master.name})"
        rows.append(link if repository is None else f"{link} {badge(repository, master.name)}")
    copy_course(course, folder, rows, language)
    write_zip(folder, output / f"{COURSE}.zip", read_release_date(course))
    return [master.stem for master in masters]
