"""What students get besides the notebooks: packages, README and other files; and all of it as a zip."""

import re
import shutil
import zipfile
from pathlib import Path

from dcgan_course import PACKAGES
from dcgan_course.instructor.process.made_folder import files_of
from dcgan_course.refused import Refused

NOT_RELEASED = "instructor"  # The folder of dcgan_course that a student must not see.
FILES = (
    "pyproject.toml",
    "LICENSE",  # Whoever gets the course must get it with its terms.
    "LICENSE-texts",
    "data/README.md",
    "generated_images/README.md",
    "docs/quality.md",  # Notebooks 1 and 2 send students there.
)
# What is written for students.
REQUIREMENTS = "student_requirements.txt"
READMES = {"en": "student_readme.md", "ko": "student_readme.ko.md"}
# Which English a Korean section was translated from: for who translates, not for students.
TRANSLATED_FROM = re.compile(r"^<!-- english \w+ -->\n", re.MULTILINE)
RELEASE_DATE = re.compile(r"^date-released: (\d{4})-(\d\d)-(\d\d)$", re.MULTILINE)


def copy_course(course, folder, notebooks, language="en"):
    """Copies from the course's root into the students' folder what the released notebooks need.

    `notebooks` are lines of Markdown for the README, one for each notebook. README.md is in `language`, "en" or "ko".
    Raises `Refused` if a file is missing.
    """
    missing = [name for name in FILES if not (course / name).is_file()]
    if missing:
        raise Refused(f"The course in '{course}' is not whole: {', '.join(missing)} is missing. Download it again.")
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", ".*", NOT_RELEASED)
        shutil.copytree(course / package, folder / package, ignore=ignored)
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(course / name, folder / name)
    shutil.copyfile(Path(__file__).with_name(REQUIREMENTS), folder / "requirements.txt")
    _write_readmes(folder, notebooks, language)


def _write_readmes(folder, notebooks, opened):
    """Writes README.md in the language that is opened, and the other one beside it; each leads to the other."""
    names = {language: "README.md" if language == opened else f"README.{language}.md" for language in READMES}
    for language, source in READMES.items():
        (other,) = (name for each, name in names.items() if each != language)
        text = TRANSLATED_FROM.sub("", Path(__file__).with_name(source).read_text("utf-8"))
        text = text.replace("OTHER_LANGUAGE", other).replace("NOTEBOOKS", "\n".join(notebooks))
        (folder / names[language]).write_text(text, "utf-8", newline="\n")


def read_release_date(course):
    """Returns year, month and day of the course's version, which its CITATION.cff says; raises `Refused` without."""
    file = course / "CITATION.cff"
    match = RELEASE_DATE.search(file.read_text("utf-8")) if file.is_file() else None
    if match is None:
        raise Refused(f"'{file}' must say when this version was released, as date-released: 2026-11-28. Add that line.")
    return tuple(map(int, match.groups()))


def write_zip(folder, path, date):
    """Packs a folder under its own name; the same content and the same date give the same bytes.

    `date` is year, month and day, which a student sees beside the unpacked files.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files_of(folder):
            entry = zipfile.ZipInfo(file.relative_to(folder.parent).as_posix(), (*date, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)
