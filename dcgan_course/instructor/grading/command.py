"""`python -m dcgan_course grade`: grades a class, and runs students' code in a sandbox.

SUBMISSIONS is a folder with a folder or a file for each student, or the zip that Canvas or Moodle gives. Each
student may hand in any of the three notebooks. Only the answers are taken from a notebook. They are run with the
masters' checks on numbers that nobody has seen, and nbval compares what is printed with what our solutions print.

Before anything is run, a table shows who handed in what. If something about it is a surprise, such as a file that
belongs to nobody, the command stops there unless you say --yes.

Run the same command again to grade what is new; nothing is graded twice. After a kill it continues where it was.
Exit status: 0 if all was graded, 1 if something needs a person, 2 if the command was refused, 130 after Ctrl-C.

  python -m dcgan_course grade submissions.zip --roster class.csv
  python -m dcgan_course grade ~/handed-in --output grades/ --workers 2 --format canvas
  python -m dcgan_course grade submissions.zip --roster class.csv --explain 2026001 2.3
"""

import contextlib
import sys
from pathlib import Path

from dcgan_course.refused import Refused

LEAST_MEMORY = 1.5  # GB: TensorFlow alone holds 0.7.
WITHOUT_BUBBLEWRAP = {"win32": ("Windows", "in WSL 2 or in Docker"), "darwin": ("macOS", "in Docker")}


def add_arguments(parser):
    """Adds the options of `grade` to an `argparse` parser."""
    parser.add_argument("submissions", metavar="SUBMISSIONS", help="a folder, or the zip of Canvas or Moodle")
    parser.add_argument("--output", metavar="DIR", default="grades", help="where the grades go (default: grades/)")
    parser.add_argument(
        "--roster", metavar="CSV", help="the class list; its header names the columns: name, id, email, ..."
    )
    parser.add_argument("--workers", type=int, metavar="N", help="submissions at once (default: one for each core)")
    parser.add_argument(
        "--scheduler", metavar="ADDRESS", help="run answers on the Dask cluster at tcp://HOST:PORT, and compare here"
    )
    parser.add_argument("--timeout", type=float, default=60.0, metavar="S", help="seconds for one cell (default: 60)")
    parser.add_argument("--memory", type=float, default=3.0, metavar="GB", help="for one submission (default: 3)")
    parser.add_argument(
        "--isolation",
        choices=("bubblewrap", "none"),
        default="bubblewrap",
        help="none: students' code can read and change whatever you can",
    )
    parser.add_argument("--keep", choices=("best", "last"), default="best", help="which attempt counts (default: best)")
    parser.add_argument("--dry-run", action="store_true", help="show who handed in what, and run nothing")
    parser.add_argument("--yes", action="store_true", help="grade although something about the class is a surprise")
    parser.add_argument(
        "--regrade",
        metavar="EXERCISE",
        action="append",
        default=[],
        help="grade this exercise again for everybody, after its check was corrected; both marks are kept",
    )
    parser.add_argument(
        "--explain",
        nargs=2,
        metavar=("STUDENT", "EXERCISE"),
        help="run one exercise of one student again, show what happened, and record nothing",
    )
    parser.add_argument(
        "--language", choices=("en", "ko"), default="en", help="of the pages for students (default: en)"
    )
    parser.add_argument(
        "--show-expected",
        action="store_true",
        help="students' pages and grades.json show what came and what was expected",
    )
    parser.add_argument("--due", metavar="TIME", help='"2026-12-01 23:59 Asia/Seoul": what came later is marked late')
    parser.add_argument("--grace", metavar="TIME", help='how much later is still in time, such as "15 min"')
    parser.add_argument("--extensions", metavar="CSV", help="who may hand in later: a student, and 'due' or 'hours'")
    parser.add_argument(
        "--late-penalty", metavar="RULE", help='"10%% per day, at most 50%%" of a notebook\'s points is taken off'
    )
    parser.add_argument(
        "--adjust", metavar="CSV", help="points by hand: a student, 'exercise', 'points' and 'comment'; it is kept"
    )
    parser.add_argument("--format", choices=("canvas", "moodle"), help="write grades.csv as the system imports it")


def main(arguments):
    """Grades what the command line names; returns the exit status."""
    _check_system(arguments)
    from dcgan_course.instructor.grading.batch import run_batch
    from dcgan_course.instructor.grading.explain import explain
    from dcgan_course.instructor.grading.sandbox.leftovers import scratch_folder
    from dcgan_course.instructor.process.result_folder import hold_folder
    from dcgan_course.instructor.process.signals import terminable
    from dcgan_course.instructor.process.wording import visible

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")  # A terminal that cannot show a name ends nothing.
    for name in ("workers", "timeout", "memory"):
        value = getattr(arguments, name)
        if value is not None and not value > 0:
            raise Refused(f"--{name} must be more than 0. Received: {value}.")
    if arguments.memory < LEAST_MEMORY:
        raise Refused(
            f"--memory must be at least {LEAST_MEMORY} GB: TensorFlow needs it. Received: {arguments.memory}."
        )
    output = Path(arguments.output).expanduser().resolve()
    source = Path(arguments.submissions).expanduser().resolve()
    if source == output or output in source.parents or source in output.parents:
        raise Refused("--output and SUBMISSIONS must be two folders, neither inside the other.")
    if arguments.explain and (arguments.regrade or arguments.dry_run):
        raise Refused("--explain records nothing and grades nobody: give it without --regrade and --dry-run.")
    if arguments.scheduler and arguments.workers:
        raise Refused("--workers is for this machine; with --scheduler the cluster's own workers count.")
    if arguments.explain and arguments.scheduler:
        raise Refused("--explain runs the exercise on this machine: give it without --scheduler.")
    try:
        with contextlib.ExitStack() as stack:
            if not arguments.explain:
                stack.enter_context(hold_folder(output))
            stack.enter_context(terminable())
            scratch = stack.enter_context(scratch_folder())
            if arguments.explain:
                return explain(arguments, source, output, scratch)
            return run_batch(arguments, source, output, scratch, _enter_cluster(stack, arguments))
    except OSError as error:  # A full disk, most often.
        where = f": '{visible(str(error.filename))}'" if error.filename else ""
        raise Refused(
            f"A file could not be read or written ({error.strerror or error}{where}). What is graded is kept; when "
            f"that is mended, the same command goes on."
        ) from None


def _check_system(arguments):
    """Raises `Refused` on a system that has no bubblewrap, and says where the command can be run instead."""
    if sys.platform not in WITHOUT_BUBBLEWRAP:
        return
    system, instead = WITHOUT_BUBBLEWRAP[sys.platform]
    if system == "Windows" or not (arguments.dry_run or arguments.isolation == "none"):
        raise Refused(
            f"Students' code is shut in with bubblewrap, which {system} does not have. Run the command {instead}: "
            f"docs/grading.md, 'macOS and Windows', says how."
        )


def _enter_cluster(stack, arguments):
    """Returns the `Cluster` that the command line names; None for this machine, or if nothing is to be run."""
    if not arguments.scheduler or arguments.dry_run:
        return None
    from dcgan_course.instructor.grading.cluster.cluster import open_cluster

    return stack.enter_context(open_cluster(arguments.scheduler, arguments.isolation, arguments.memory))
