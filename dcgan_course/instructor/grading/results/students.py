"""A row for each student: which attempts count, what they give, and what a person should look at."""

from dcgan_course.instructor.grading.marks.flags import find_twins


def gather(ledger, roster, submissions, masters, keep):
    """Gathers what is known of each student.

    Args:
        ledger: The `Ledger`.
        roster: The `Roster`.
        submissions: What was found this time.
        masters: List of `Master`.
        keep: "best" or "last": which attempt of a notebook counts.

    Returns:
        A list of dicts, sorted by name: `student`, `id`, `lms_id`, `roster` (its row, or {}), `status`,
        `points` (None unless something was graded), `possible`, `notebooks` (dict from a master's name to
        `result`, `file` and `attempts`), `problems` (dicts of `file`, `status` and `reason`), `look` (why a
        person should look: sentences) and `flags`.
    """
    found = {submission.identity: submission for submission in submissions}
    people = {person["id"] or person["name"]: person for person in roster.people}
    rows = []
    for identity in sorted({*ledger.attempts, *found, *people}):
        attempts = ledger.attempts.get(identity, [])
        submission, person = found.get(identity), people.get(identity)
        name = person["name"] if person else (submission.student if submission else attempts[-1]["student"])
        row = {
            "student": name,
            "id": person["id"] if person else "",
            "lms_id": submission.lms_id if submission else "",
            "roster": person["row"] if person else {},
            **_marks(ledger, attempts, masters, keep),
        }
        if roster.people and person is None:
            row["look"].append("The class list has no student of this name or number.")
        rows.append(row)
    _add_twins(rows)
    return sorted(rows, key=lambda row: (row["student"].casefold(), row["id"]))


def _marks(ledger, attempts, masters, keep):
    notebooks, problems = {}, []
    for attempt in attempts:
        result = ledger.results.get(attempt["key"])
        if result is None:
            problems.append({"file": attempt["file"], "status": "not graded yet", "reason": "The grading was stopped."})
        elif result["status"] != "graded":
            problems.append({"file": attempt["file"], "status": result["status"], "reason": result["reason"]})
        else:
            notebooks.setdefault(result["notebook"], []).append({"file": attempt["file"], "result": result})
    chosen = {}
    for master in masters:
        graded = notebooks.get(master.name)
        if graded:
            # Of two that are worth the same the later one counts.
            ranked = range(len(graded))
            best = max(ranked, key=lambda at: (graded[at]["result"]["points"], at)) if keep == "best" else ranked[-1]
            chosen[master.name] = {**graded[best], "attempts": graded, "counts": best}
    results = [entry["result"] for entry in chosen.values()]
    if results:
        status = "graded"
    else:
        status = problems[-1]["status"] if problems else "no submission"
    return {
        "status": status,
        "points": round(sum(result["points"] for result in results), 2) if results else None,
        "possible": sum(result["possible"] for result in results) if results else None,
        "notebooks": chosen,
        "problems": problems,
        "look": [f"{problem['file']}: {problem['status']}. {problem['reason']}" for problem in problems],
        "flags": [sentence for name, entry in chosen.items() for sentence in _flags(name, entry["result"])],
    }


def _flags(name, result):
    """Yields what is unusual: in the answers, and in how they were found."""
    for warning in result["warnings"]:
        yield f"{name}: {warning}"
    for key, exercise in result["exercises"].items():
        for flag in exercise["flags"]:
            yield f"{key} {flag}"
        if exercise["found"] == "likeness" and exercise["status"] == "answered":
            yield f"{key} was found by likeness alone"


def _add_twins(rows):
    """Flags students whose answers are all the same."""
    results = [
        {
            "student": row["student"],
            "notebook": name,
            "digests": {key: exercise["digest"] for key, exercise in entry["result"]["exercises"].items()},
        }
        for row in rows
        for name, entry in row["notebooks"].items()
    ]
    for students in find_twins(results):
        for row in rows:
            if row["student"] in students:
                others = ", ".join(name for name in students if name != row["student"])
                row["flags"].append(f"all answers of one notebook are the same as those of {others}")
