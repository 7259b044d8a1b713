"""How a class's files lie: folders around the class, zips around it, Gradescope's list, and what is nobody's."""

import contextlib
import re
import zipfile
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timezone

from dcgan_course.instructor.grading.submissions.archive import METADATA, TIMESTAMP, read_zip
from dcgan_course.instructor.grading.submissions.arrival import arrived
from dcgan_course.instructor.grading.submissions.senders import (
    ASSIGNMENT,
    COURSE_NAMES,
    SAKAI,
    TITLE,
    Sender,
    bare_name,
    match_sender,
    read_sender,
)

# Lists, pages and texts that lie beside the students' files: an LMS's own, or the instructor's.
NOBODYS = re.compile(
    r"\.(csv|tsv|xlsx?|ods|numbers|html?|txt|md|json|ya?ml|xml|log|ini|url)$"
    r"|^(metadata|manifest|index|grades|gradebook|readme|onlinetext|timestamp)$",
    re.IGNORECASE,
)
# What Sakai puts into a student's folder.
OWN_INSIDE = re.compile(r"^(timestamp\.txt|comments\.txt|(.*_)?feedbackText\.html)$", re.IGNORECASE)
SAKAI_TIME = re.compile(r"[0-9]{14,17}|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z")
FEEDBACK = re.compile(r"^feedback attachment\(s\)$", re.IGNORECASE)
HANDED_IN = ("notebook", "zip")
# Teams and nbgrader keep what was handed in beside students' drafts, and beside the course's own copies.
CLASS = re.compile(r"submitted( files)?|제출된 파일", re.IGNORECASE)
BESIDE_CLASS = re.compile(r"working files|작업 파일|source|release|autograded|feedback", re.IGNORECASE)
PERSON = re.compile(r"^[가-힣]{2,4}$|[0-9]{6,}|^[A-Z][a-z]+,? [A-Z][a-z-]+( [A-Z][a-z-]+)?$")


def is_nobodys(file):
    """Says whether a file is an LMS's own, or the instructor's: it lies beside the students', and is no notebook."""
    return (
        len(file.parts) == 1
        and not file.is_folder
        and bool(NOBODYS.search(file.parts[0]))
        and not (file.kind in HANDED_IN or read_sender(file.parts).system)
    )


def is_systems_own(file):
    """Says whether a file in a student's folder was put there by the LMS, or is the instructor's feedback."""
    return OWN_INSIDE.match(file.parts[-1]) is not None or any(FEEDBACK.match(part) for part in file.parts[:-1])


def unwrap(found, roster, scratch, passed_over):
    """Takes away what lies around the whole class: folders, and a zip. Loose files may lie beside it.

    Folders beside the class that hold other copies of it are added to `passed_over`, as pairs with the reason.
    """
    while True:
        inside = _in_only_zip(found, roster, scratch, passed_over) or _without_wrappers(found, roster, passed_over)
        if inside is None:
            return found
        found, scratch = inside, scratch / "inside"


def _in_only_zip(found, roster, scratch, passed_over):
    """Returns the files of a zip that is all that was found, if it holds a class; else None."""
    zips = [file for file in found if file.kind == "zip" and file.path is not None]
    others = [file for file in found if file not in zips and not file.hidden and not is_nobodys(file)]
    if len(zips) != 1 or others or len(zips[0].parts) > 1 or _is_known(zips[0].parts, roster):
        return None
    with contextlib.suppress(zipfile.BadZipFile, OSError):
        top = bare_name(zips[0].parts[0])
        inside = [
            replace(file, parts=(top, *file.parts), spellings=("", *file.spellings))
            for file in read_zip(zips[0].path, scratch / "class in a zip")
        ]
        return _without_wrappers([*(file for file in found if file is not zips[0]), *inside], roster, passed_over)
    return None


def _without_wrappers(found, roster, passed_over):
    """Returns the files without the folders around the class; None if there are none."""
    files = [file for file in found if not file.hidden and not is_nobodys(file)]
    inside = defaultdict(list)
    for file in files:
        if len(file.parts) > 1 or file.is_folder:
            inside[file.parts[0]] += [replace(file, parts=file.parts[1:])] if len(file.parts) > 1 else []
    loose = [file for file in files if len(file.parts) == 1 and not file.is_folder]
    wrappers = {top for top in inside if CLASS.fullmatch(top)}
    copies = {top for top in inside if BESIDE_CLASS.fullmatch(top)}
    if wrappers and copies and len(inside) == len(wrappers) + len(copies):
        where = f"What was handed in lies in '{', '.join(sorted(wrappers))}'."
        passed_over += [(f"{top}/", f"These are drafts, or the course's own copies. {where}") for top in sorted(copies)]
        found = [file for file in found if file.parts[0] not in copies]
    else:
        wrappers = {top for top in inside if _holds_a_class(top, inside[top], len(inside) == 1, loose, roster)}
    if not wrappers:
        return None
    return [
        replace(file, parts=file.parts[1:], spellings=file.spellings[1:]) if file.parts[0] in wrappers else file
        for file in found
        if not (len(file.parts) == 1 and file.parts[0] in wrappers)
    ]


def _holds_a_class(top, inside, is_only, loose, roster):
    """Says whether a folder is around a class, or is one student's.

    One file in it that bears the name of another student is not enough, unless there is no other folder.
    """
    inside = [file for file in inside if not is_nobodys(file)]
    if not inside or _is_known((top, ""), roster):
        return False
    names = {read_sender(file.parts, is_folder=file.is_folder): file.parts for file in inside}
    known = sum(_is_known(parts, roster) for parts in names.values())
    folders = {file.parts[0] for file in inside if len(file.parts) > 1}
    if known > 1:
        return True
    if not is_only or len(loose) >= len(names):
        return False
    if known or len(folders) > 1 or (folders and len(names) == 1 and not loose):
        return True
    stems = [bare_name(parts[0]) for parts in names.values()]
    if len(names) < 2 or any(COURSE_NAMES.fullmatch(stem) for stem in stems):
        return False
    people = [PERSON.search(COURSE_NAMES.sub("", stem.split(TITLE)[0]).strip(" _-.")) for stem in stems]
    return bool(ASSIGNMENT.search(top) or (all(people) and not PERSON.search(top)))


def _is_known(parts, roster):
    sender = read_sender(parts)
    return bool(sender.system) or match_sender(roster, sender).person is not None


def read_metadata(found):
    """Reads Gradescope's list and Sakai's times; returns a dict from the name of a hand-in's folder to its `Sender`
    objects, and one from that name to its `Arrival`."""
    lists = [file for file in found if file.parts[-1] == METADATA and file.path is not None and len(file.parts) == 1]
    senders, times = {}, _read_timestamps(found)
    for file in lists:
        for name, entry in _load_yaml(file.path).items():
            people = entry.get(":submitters") if isinstance(entry, dict) else None
            for person in people if isinstance(people, list) else ():
                if isinstance(person, dict) and person.get(":name"):
                    number = person.get(":sid") or person.get(":email") or ""
                    senders.setdefault(str(name), []).append(Sender(str(person[":name"]), str(number), "Gradescope"))
            came = entry.get(":created_at") if isinstance(entry, dict) else None
            if isinstance(came, datetime):
                times[str(name)] = arrived("Gradescope", came)
    return senders, times


def _read_timestamps(found):
    """Reads what Sakai writes beside a student's files, in UTC: 20261201145900000, or 2026-12-01T14:59:00Z."""
    times = {}
    for file in found:
        if len(file.parts) == 2 and file.parts[1] == TIMESTAMP and file.path and SAKAI.match(file.parts[0]):
            with contextlib.suppress(OSError, ValueError), open(file.path, "rb") as content:
                text = content.read(40).decode("ascii").strip()
                if SAKAI_TIME.fullmatch(text):
                    time = datetime.strptime(re.sub("[^0-9]", "", text)[:14], "%Y%m%d%H%M%S")
                    times[file.parts[0]] = arrived("Sakai", time.replace(tzinfo=timezone.utc))
    return times


def _load_yaml(path):
    """Reads a YAML file of Ruby's; returns {} if it cannot be read."""
    import yaml  # papermill needs it too.

    class Loader(yaml.SafeLoader):
        """Passes over objects of Ruby."""

    Loader.add_multi_constructor("!", lambda loader, suffix, node: None)
    try:
        content = yaml.load(path.read_bytes(), Loader)
    except (yaml.YAMLError, OSError, ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
