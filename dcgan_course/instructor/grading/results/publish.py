"""What a batch leaves behind: tables, one page for each student, and one for the instructor."""

import hashlib
import json
import os
import re
from collections import Counter
from pathlib import Path
from urllib.parse import quote

from dcgan_course.instructor.grading.results.feedback import explain
from dcgan_course.instructor.grading.results.tables import write_csv
from dcgan_course.instructor.process.wording import clock, shown

MOST_SLOW = 10
HERE = Path(__file__).parent


def publish(rows, ledger, masters, output, form):
    """Writes `grades.csv`, `grades.json`, `feedback/` and `index.html`.

    Args:
        rows: List of dicts, as `gather` gives them.
        ledger: The `Ledger`.
        masters: List of `Master`.
        output: The folder of the grades.
        form: None, "canvas" or "moodle": how `grades.csv` is laid out.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = _number
    names = file_names(rows)
    (output / "feedback").mkdir(exist_ok=True)
    template = environment.get_template("feedback.html")
    for row, name in zip(rows, names, strict=True):
        _write(output / "feedback" / name, template.render(row=row, views=_views(row)))
    write_csv(output / "grades.csv", rows, masters, form)
    _write(output / "grades.json", json.dumps([_plain(row) for row in rows], indent=2, ensure_ascii=False) + "\n")
    unsafe = any(result.get("isolation") == "none" for result in ledger.results.values())
    page = environment.get_template("index.html").render(
        rows=rows,
        links=[f"feedback/{quote(name)}" for name in names],
        masters=masters,
        counts=Counter(row["status"] for row in rows),
        unsafe=unsafe,
        checks=_checks(rows, masters),
        troubles=_troubles(rows),
        slow=_slow(rows),
    )
    _write(output / "index.html", page)


def file_names(rows):
    """Names each student's page: what a file's name cannot hold is replaced, and no two are the same."""
    names = []
    for row in rows:
        safe = re.sub(r"[^\w.+@ -]+", "_", row["student"]).strip(" .")[:60] or "student"
        if safe != row["student"] or f"{safe.casefold()}.html" in map(str.casefold, names):
            safe += "-" + hashlib.sha256(f"{row['student']}\0{row['id']}".encode()).hexdigest()[:8]
        names.append(f"{safe}.html")
    return names


def print_summary(rows, output, known, new, seconds):
    """Prints in some lines what came out, and what needs a person."""
    counts = Counter(row["status"] for row in rows)
    print(", ".join(f"{count} {status}" for status, count in counts.most_common()) + ".")
    print(f"{new} graded now ({clock(seconds)}), {known} before.")
    look = [row for row in rows if row["look"]]
    for row in look[:10]:
        print(f"  {row['student']}: {row['look'][0]}")
    if len(look) > 10:
        print(f"  and {len(look) - 10} more who need a person; the page has them all.")
    print(f"{shown(output / 'index.html')} shows all; {shown(output / 'grades.csv')} has the marks.")


def _write(path, text):
    written = path.with_name(".written.part")
    written.write_text(text, "utf-8", errors="replace")
    os.replace(written, path)


def _number(value):
    """Writes points without a needless .0, and nothing where there are none."""
    return "" if value is None else f"{value:g}"


def _plain(row):
    """Leaves of a row what belongs into `grades.json`."""
    notebooks = {}
    for name, entry in row["notebooks"].items():
        result = {key: value for key, value in entry["result"].items() if key != "kind"}
        attempts = [
            {"file": attempt["file"], "points": attempt["result"]["points"], "key": attempt["result"]["key"]}
            for attempt in entry["attempts"]
        ]
        junit = f"junit/{result['key'][:16]}.xml"
        notebooks[name] = {**result, "file": entry["file"], "junit": junit, "attempts": attempts}
    kept = ("student", "id", "status", "points", "possible", "problems", "look", "flags")
    return {**{name: row[name] for name in kept}, "notebooks": notebooks}


def _views(row):
    """Turns a student's results into what the template shows."""
    views = []
    for name, entry in row["notebooks"].items():
        exercises = []
        for key, exercise in entry["result"]["exercises"].items():
            sentence, hint = explain(key, exercise)
            exercises.append({"key": key, "sentence": sentence, "hint": hint, **exercise})
        views.append({"name": name, "exercises": exercises, **entry})
    return views


def _checks(rows, masters):
    """Says of each check how many have it right, and what went wrong most."""
    checks = []
    for master in masters:
        for exercise in master.exercises:
            results = [
                row["notebooks"][master.name]["result"]["exercises"][exercise.key]
                for row in rows
                if master.name in row["notebooks"]
            ]
            if not results:
                continue
            wrong = Counter(_trouble(result) for result in results if result["outcome"] != "right")
            checks.append(
                {
                    "key": exercise.key,
                    "title": exercise.title,
                    "right": sum(result["outcome"] == "right" for result in results),
                    "all": len(results),
                    "mean": sum(result["points"] for result in results) / len(results),
                    "possible": exercise.points,
                    "wrong": ", ".join(f"{reason} ({count})" for reason, count in wrong.most_common(3)),
                }
            )
    return checks


def _trouble(exercise):
    outcome = exercise["outcome"]
    if outcome == "error":
        return exercise["error"] or "error"
    if outcome == "partly right":
        return "partly right: not " + ", ".join(part for part in exercise["parts"] if part not in exercise["right"])
    return outcome


def _troubles(rows):
    """Counts what went wrong over all exercises: pairs of a reason and how often."""
    exercises = (
        exercise
        for row in rows
        for entry in row["notebooks"].values()
        for exercise in entry["result"]["exercises"].values()
    )
    return Counter(_trouble(exercise) for exercise in exercises if exercise["outcome"] != "right").most_common(8)


def _slow(rows):
    """Returns the submissions that took longest: dicts of student, notebook, seconds and runs."""
    all_of_them = [
        {
            "student": row["student"],
            "notebook": name,
            "seconds": entry["result"]["seconds"],
            "runs": entry["result"]["runs"],
        }
        for row in rows
        for name, entry in row["notebooks"].items()
    ]
    return sorted(all_of_them, key=lambda one: -one["seconds"])[:MOST_SLOW]
