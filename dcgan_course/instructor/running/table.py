"""The table at the end of a command."""

from dcgan_course.instructor.process.wording import clock, shown


def print_table(rows):
    """Prints notebook, status, time, steps a second and last grid of each run, and what went wrong.

    Args:
        rows: List of dicts, as `summarize` makes them.
    """
    lines = [("notebook", "status", "time", "steps/s", "last grid")]
    for row in rows:
        speed = "-" if row["steps_per_second"] is None else f"{row['steps_per_second']:.1f}"
        seconds = "-" if row["seconds"] is None else clock(row["seconds"])
        lines.append((row["name"], row["status"], seconds, speed, shown(row["last_grid"]) if row["last_grid"] else "-"))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    for row in rows:
        if row["status"] == "failed":
            print(explain(row))


def explain(row):
    """Says in a few lines where and why a run failed."""
    lines = [f"\n{row['name']} failed: {row['error']}"]
    if row["cell"]:
        lines.append(f"  in {row['cell']}")
    lines += [f"  | {line}" for line in row["last_lines"]]
    if row["executed"]:
        lines.append(f"  The half-made notebook is kept: {shown(row['executed'])}")
    return "\n".join(lines)
