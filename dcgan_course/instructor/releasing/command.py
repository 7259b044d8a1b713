"""`python -m dcgan_course release`: makes the students' copy of the course from the masters.

Solutions become stubs, and all outputs are removed. The output folder has

  dcgan-course/       what students get: notebooks, the library, README; publish it as it is
  dcgan-course.zip    the same for a Drive or a learning platform
  release.json        which files were written, so that the next release replaces only these

  python -m dcgan_course release
  python -m dcgan_course release --repository https://github.com/OWNER/NAME --language ko

With --repository the notebooks have "Open in Colab" badges, which open notebooks/ on the branch main of that
repository: push the content of dcgan-course/ there.
"""

import json
import os
import re
import tempfile
from pathlib import Path

from dcgan_course.instructor.releasing.bundle import copy_course, hash_files, write_zip
from dcgan_course.instructor.releasing.student_copy import badge, make_student_copy
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import course_root

COURSE = "dcgan-course"
RECORD = "release.json"
# GitHub's own rules for names.
REPOSITORY = re.compile(
    r"https://github\.com/([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)/([\w.-]+?)(?:\.git)?/?", re.ASCII
)
# Folders that Python and Jupyter make when somebody opens the release; they can be deleted.
TRACES = {"__pycache__", ".ipynb_checkpoints"}


def add_arguments(parser):
    """Adds the options of `release`."""
    parser.add_argument("--output", default="release", metavar="DIR", help="where it goes (default: release)")
    parser.add_argument("--repository", metavar="URL", help="https://github.com/OWNER/NAME that students will open")
    parser.add_argument(
        "--language", choices=("en", "ko"), default="en", help="in which texts stand open and checks answer (en)"
    )


def main(arguments):
    """Writes the release; returns the exit status."""
    output = Path(arguments.output).expanduser().absolute()
    repository = None if arguments.repository is None else read_repository(arguments.repository)
    refuse_foreign(output)
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{output.name}.part-", dir=output.parent) as folder:
            made = Path(folder) / output.name
            names = write_release(course_root(), made, repository, arguments.language)
            if output.exists():  # A folder can be renamed only to where there is none.
                os.replace(output, Path(folder) / "earlier")
            os.replace(made, output)
    except OSError as error:
        raise Refused(f"--output: '{output}' cannot be written ({error.strerror}). Name another folder.") from None
    print(f"{', '.join(names)}: released to {arguments.output}/{COURSE}, and the same as {COURSE}.zip beside it.")
    return 0


def read_repository(address):
    """Returns a repository's address as `https://github.com/OWNER/NAME`; raises `Refused` for anything else."""
    match = REPOSITORY.fullmatch(address.strip())
    if match is None or match[2] in (".", ".."):
        raise Refused(f"--repository must be https://github.com/OWNER/NAME. Received: {address!r}.")
    return f"https://github.com/{match[1]}/{match[2]}"


def refuse_foreign(output):
    """Raises `Refused` if the output folder holds anything but an earlier release as it was written."""
    if output.is_symlink() or output.exists() and not output.is_dir():
        raise Refused(f"'{output}' is not a folder. Name another --output.")
    found = {name: digest for name, digest in hash_files(output).items() if not set(name.split("/")) & TRACES}
    if not found:
        return
    try:
        released = json.loads((output / RECORD).read_text("utf-8"))["files"]
        del found[RECORD]
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused(
            f"'{output}' has files and is no earlier release, so it is left alone. Name another --output."
        ) from None
    foreign = sorted(name for name in found if released.get(name) != found[name])
    if foreign:
        raise Refused(
            f"In '{output}' there is what the release did not write: {', '.join(foreign[:3])}"
            f"{', ...' if len(foreign) > 3 else ''}. Move it away, or name another --output."
        )


def write_release(course, output, repository=None, language="en"):
    """Writes a release of the course's masters into a new folder; returns the notebooks' names.

    `repository` is the address for badges and for the Colab cell, or None. `language` is the one in which texts stand
    open and checks answer, "en" or "ko". Raises `Refused` if a master is not well-formed, or there is none.
    """
    masters = sorted((course / "notebooks").glob("[0-9]*.ipynb"))
    if not masters:
        raise Refused(f"There is no notebook in '{course / 'notebooks'}' to release.")
    folder = output / COURSE
    (folder / "notebooks").mkdir(parents=True)
    rows = []
    for master in masters:
        text = make_student_copy(master, repository, language)
        (folder / "notebooks" / master.name).write_text(text, "utf-8", newline="\n")
        link = f"- [notebooks/{master.name}](notebooks/{master.name})"
        rows.append(link if repository is None else f"{link} {badge(repository, master.name)}")
    copy_course(course, folder, rows)
    write_zip(folder, output / f"{COURSE}.zip")
    record = {"repository": repository, "language": language, "files": hash_files(output)}
    (output / RECORD).write_text(json.dumps(record, indent=2) + "\n", "utf-8", newline="\n")
    return [master.stem for master in masters]
