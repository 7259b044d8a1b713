"""Reads one stranger's file in a process of its own, with limits: run as a module, with the FILE as its argument.

The course's exercises come as JSON on stdin, the answers go as JSON to stdout.
"""

import json
import resource
import sys
from pathlib import Path

MEMORY_BYTES = 2_000_000_000
CPU_SECONDS = 60


def main():
    """Reads the file that the command line names."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    course = json.load(sys.stdin)
    json.dump(read(Path(sys.argv[1]), course), sys.stdout)


def read(path, course):
    """Reads a notebook's answers.

    Args:
        path: The file.
        course: Dict from a notebook's name to a dict of `tasks`, lists of key, title and answer id, and
            `given`, the names that are there when an answer runs.

    Returns:
        A dict of `problem` (a sentence or None), `notebook`, `warnings`, and `answers`: a dict from each
        key to a dict of `status`, `code`, `error`, `found`, `warnings`, `flags` and `digest`.
    """
    from dcgan_course.exercises.answers import find_answers, which_notebook
    from dcgan_course.exercises.exercise import Task
    from dcgan_course.exercises.student_notebook import NotGradable, read_notebook
    from dcgan_course.instructor.grading.marks.flags import digest, suspicious

    try:
        notebook, warnings = read_notebook(path.read_bytes())
    except NotGradable as error:
        return {"problem": str(error)}
    except MemoryError:
        return {"problem": "The file is too large to be read. Clear its outputs and hand it in again."}
    tasks = {name: [Task(*task) for task in entry["tasks"]] for name, entry in course.items()}
    name = which_notebook(notebook, tasks)
    if name is None:
        return {
            "problem": "None of the course's exercises was found in it. Was another notebook handed in? "
            "An answer's cell begins with a line such as '# EXERCISE 2.1'."
        }
    answers = find_answers(notebook, tasks[name], frozenset(course[name]["given"]))
    return {
        "problem": None,
        "notebook": name,
        "warnings": list(warnings),
        "answers": {
            key: {
                "status": answer.status,
                "code": answer.code,
                "error": answer.error,
                "found": answer.found_by,
                "warnings": list(answer.warnings),
                "flags": suspicious(answer.code),
                "digest": digest(answer.code),
            }
            for key, answer in answers.items()
        },
    }


if __name__ == "__main__":
    main()
