"""Grades one submission: reads the file, assembles a notebook, runs it, and gives points."""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from dcgan_course.instructor.grading.marks import scoring
from dcgan_course.instructor.grading.marks.assembly import assemble
from dcgan_course.instructor.grading.marks.reference import References
from dcgan_course.instructor.grading.marks.run_settings import RunSettings
from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.sandbox.leftovers import remove_tree
from dcgan_course.instructor.grading.sandbox.sandbox import Sandbox
from dcgan_course.instructor.grading.submissions.reading import Reading
from dcgan_course.instructor.process.die_with_parent import die_with_us
from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.paths import INSTALLED_IN

PLUGIN = "dcgan_course.instructor.grading.marks.plugin"
READER = "dcgan_course.instructor.grading.submissions.reader"
READ_SECONDS = 120.0
OUR_SECONDS = 420.0
LOOK_SECONDS = 0.1


class Stopped(Exception):
    """Somebody has pressed Ctrl-C."""


@dataclass
class Grader:
    """What is the same for all submissions of a batch."""

    masters: dict  # From a notebook's name to its `Master`.
    checks: References  # Of the exercises that are graded: all of the masters', or some.
    sandbox: Sandbox
    timeout: float  # Seconds for one cell.
    batch: str  # The batch's name, which is written beside each result.
    junit: Path  # The folder for the XML files.
    stopped: bool = False  # Set it to True to end all that is running; it then raises `Stopped`.

    def only(self, keys):
        """Returns a grader of some exercises; its XML files stand in a folder of their own."""
        return replace(self, checks=self.checks.only(keys), junit=self.junit / f"again {' '.join(sorted(keys))}")

    def read(self, submission):
        """Reads a submission in a process with limits; returns the `Reading`."""
        if submission.problem:
            return Reading(submission.problem)
        try:
            command = [sys.executable, "-m", READER, str(submission.path)]
            printed, code = self._run(command, READ_SECONDS, given=pickle.dumps(self.masters))
        except subprocess.TimeoutExpired:
            return Reading(f"The file could not be read within {READ_SECONDS:.0f} seconds.")
        try:
            return Reading.from_json(printed)
        except ValueError:
            return Reading(f"The file cannot be read as a notebook (reading it ended with code {code}).")

    def grade(self, submission, reading):
        """Grades a submission after its `Reading`; returns a `SubmissionResult`, or raises `Stopped`."""
        began = time.monotonic()
        result = replace(self.ungraded(submission), notebook=reading.notebook, warnings=reading.warnings)
        if reading.problem:
            return replace(result, status="could not be graded", reason=reading.problem)
        master = self.checks.masters[reading.notebook]
        try:
            cells = self._run_answers(submission, master, reading.answers)
        except scoring.BrokenRun as error:
            return replace(result, reason=f"{error}.", seconds=round(time.monotonic() - began, 2))
        checks = self.checks[master.name]
        exercises = {
            exercise.key: scoring.score(exercise, checks[exercise.key], cells, reading.answers[exercise.key])
            for exercise in master.exercises
        }
        return replace(
            result,
            status="graded",
            points=round(sum(marks.points for marks in exercises.values()), 2),
            possible=master.points,
            exercises=exercises,
            seconds=round(time.monotonic() - began, 2),
        )

    def ungraded(self, submission, reason=None):
        """Returns the `SubmissionResult` of a submission that we could not grade."""
        isolation = self.sandbox.isolation
        return SubmissionResult(submission.key, self.batch, reason=reason, status="grader error", isolation=isolation)

    def _run_answers(self, submission, master, answers):
        """Runs the answers that there are, each in a kernel of its own; returns their `Cell`s by id."""
        sources = {key: answer.code for key, answer in answers.items() if answer.status == "answered"}
        if not sources:
            return {}
        notebook = assemble(master, sources, self.checks[master.name])
        with tempfile.TemporaryDirectory() as folder:
            cells = self._run_nbval(notebook, master, Path(folder), submission.key)
        scoring.check_complete(cells, notebook, master.exercises)
        return cells

    def _run_nbval(self, notebook, master, folder, key):
        """Runs nbval, and reads its XML."""
        import nbformat

        path, settings, written = folder / "graded.ipynb", folder / "settings.pickle", folder / "result.xml"
        nbformat.write(notebook, path)
        runtime = tempfile.mkdtemp()
        answers = [exercise.answer_id for exercise in master.exercises]
        checks = {exercise.check_id: exercise.key for exercise in master.exercises}
        setups = [cell.id for cell in notebook.cells if cell.id.startswith("setup-")]
        run = RunSettings(self.sandbox, runtime, master.imports, self.timeout, setups, answers, checks)
        settings.write_bytes(pickle.dumps(run))
        # Our plugin comes first, because it imports nbval in a quicker way.
        plugins = ["-p", PLUGIN, "-p", "nbval.plugin", "-p", "no:cacheprovider"]
        options = ["-q", "--noconftest", "-c", os.devnull, "--rootdir", str(folder), "--nbval-lax", "--color=no"]
        files = ["--grading-settings", str(settings), f"--junitxml={written}", str(path)]
        seconds = OUR_SECONDS + 2 * len(master.exercises) * (self.timeout + 10)
        try:
            self._run([sys.executable, "-m", "pytest", *plugins, *options, *files], seconds, cwd=folder)
        except subprocess.TimeoutExpired:
            raise scoring.BrokenRun(f"it was not done after {seconds:.0f} seconds") from None
        finally:
            remove_tree(runtime)
        cells = scoring.read_xml(written)
        self.junit.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.junit / f"{key[:16]}.xml", "wb") as file:
            file.write(written.read_bytes())
        return cells

    def _run(self, command, seconds, given=b"", cwd=None):
        """Runs a command of ours, and returns what it printed to stdout, and its exit status.

        It ends with us, after `seconds` with `subprocess.TimeoutExpired`, or with `Stopped` when `stopped` is set.
        """
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTEST_ADDOPTS", None)
        environment["PYTHONPATH"] = str(INSTALLED_IN)
        environment["TMPDIR"] = tempfile.gettempdir()
        with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout:
            stdin.write(given)
            stdin.seek(0)
            process = subprocess.Popen(
                die_with_us(command),
                stdin=stdin,
                stdout=stdout,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=cwd,
                start_new_session=True,
            )
            try:
                until = time.monotonic() + seconds
                while process.poll() is None:
                    if self.stopped:
                        raise Stopped
                    if time.monotonic() > until:
                        raise subprocess.TimeoutExpired(command, seconds)
                    time.sleep(LOOK_SECONDS)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            stdout.seek(0)
            return stdout.read().decode("utf-8", "replace"), process.returncode
