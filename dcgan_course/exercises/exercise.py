"""An exercise as its master has it: the task, the solution, the stub and the check."""

import ast
import re
from dataclasses import dataclass

MARKER = re.compile(r"^[ \t]*#+[ \t]*EXERCISE[ \t]+(\d+\.\d+)\b(.*)$", re.MULTILINE)
CHECK = re.compile(r"^[ \t]*#+[ \t]*CHECK[ \t]+(\d+\.\d+)\b(?:[ \t]*\((\d+) points?\))?", re.MULTILINE)
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


class BadMaster(Exception):
    """An error in a master's exercises. The text is a sentence that names the cell."""


@dataclass(frozen=True)
class Task:
    """What a student has to write. It can be known without the solution."""

    key: str  # Its number, such as "2.1".
    title: str  # What its marker line says: the names that the answer defines, joined by " and ".
    answer_id: str  # The id of its answer cell.

    @property
    def names(self):
        """The names that the answer must define: a tuple."""
        return tuple(self.title.split(" and "))


@dataclass(frozen=True)
class Exercise(Task):
    """An exercise with its solution and its check."""

    solution: str  # The source of the answer cell as the master has it, marks included.
    stub: str  # The source that a student starts from.
    check_id: str
    check: str  # The source of the check cell.
    points: int  # The most that the check gives.


def read_exercises(master):
    """Reads the exercises of a master, a `NotebookNode` of format 4; returns them in the notebook's order.

    Raises:
        BadMaster: If a solution region is unclosed or nested, if an answer has no check, if a key is used
            twice, if a check does not say its points, or if the first line does not name what the stub defines.
    """
    answers, checks = {}, {}
    for cell in master.cells:
        if cell.cell_type != "code":
            continue
        for found, pattern in ((answers, MARKER), (checks, CHECK)):
            match = pattern.match(cell.source)
            if match and match[1] in found:
                raise BadMaster(f"Cell '{cell.id}': {match[0]!r} stands in cell '{found[match[1]].id}' too.")
            if match:
                found[match[1]] = cell
    for key in checks.keys() - answers.keys():
        raise BadMaster(f"Cell '{checks[key].id}' checks exercise {key}, and no cell begins with '# EXERCISE {key}'.")
    return [_exercise(key, cell, checks.get(key)) for key, cell in answers.items()]


def _exercise(key, answer, check):
    if check is None:
        raise BadMaster(f"Cell '{answer.id}': exercise {key} has no cell that begins with '# CHECK {key} (2 points)'.")
    points = CHECK.match(check.source)[2]
    if points is None:
        raise BadMaster(f"Cell '{check.id}': its first line must give the points: '# CHECK {key} (2 points)'.")
    stub = make_stub(answer.source, answer.id)
    title = MARKER.match(answer.source)[2].strip()
    exercise = Exercise(key, title, answer.id, answer.source, stub, check.id, check.source, int(points))
    defined = {node.name for node in ast.parse(stub).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    if not defined or set(exercise.names) != defined:
        raise BadMaster(
            f"Cell '{answer.id}': its first line must name what the stub defines, "
            f"'# EXERCISE {key} {' and '.join(sorted(defined))}'. It names: {title or 'nothing'}."
        )
    return exercise


def make_stub(source, cell_id="?"):
    """Replaces each solution region of an answer cell by a `NotImplementedError` that names the exercise.

    Raises:
        BadMaster: If there is no region, or one is unclosed, unopened or nested, or the stub is not Python.
    """
    lines, begun, regions = [], None, 0
    key = MARKER.match(source)[1]
    for number, line in enumerate(source.splitlines(), start=1):
        mark = line.strip()
        if mark == BEGIN:
            if begun is not None:
                raise BadMaster(
                    f"Cell '{cell_id}', line {number}: '{BEGIN}' stands inside the region that began in line {begun}."
                )
            begun, regions = number, regions + 1
            indent = line[: len(line) - len(line.lstrip())]
            lines.append(f"{indent}# your code here")
            lines.append(f'{indent}raise NotImplementedError("Exercise {key} is not done yet")')
        elif mark == END:
            if begun is None:
                raise BadMaster(f"Cell '{cell_id}', line {number}: '{END}' closes no region.")
            begun = None
        elif mark.startswith("###") and "SOLUTION" in mark.upper():
            raise BadMaster(f"Cell '{cell_id}', line {number}: {mark!r} is neither '{BEGIN}' nor '{END}'.")
        elif begun is None:
            lines.append(line)
    if begun is not None:
        raise BadMaster(f"Cell '{cell_id}': the region that begins in line {begun} is not closed by '{END}'.")
    if not regions:
        raise BadMaster(f"Cell '{cell_id}': exercise {key} has no region from '{BEGIN}' to '{END}'.")
    stub = "\n".join(lines)
    try:
        ast.parse(stub)
    except SyntaxError as error:
        raise BadMaster(f"Cell '{cell_id}': its stub is not Python ({error.msg}, line {error.lineno}).") from None
    return stub
