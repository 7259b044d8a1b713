"""Grades one submission: reads the file, assembles a notebook, runs it, and gives points."""

import pickle
import subprocess
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from dcgan_course.instructor.grading.cluster.cluster import Cluster
from dcgan_course.instructor.grading.cluster.journey import split_kernels
from dcgan_course.instructor.grading.marks import scoring
from dcgan_course.instructor.grading.marks.assembly import assemble, setup_id
from dcgan_course.instructor.grading.marks.reference import References
from dcgan_course.instructor.grading.marks.run_settings import NOTEBOOK, RESULT, SETTINGS, START_SECONDS, RunSettings
from dcgan_course.instructor.grading.marks.submission_result import SubmissionResult
from dcgan_course.instructor.grading.sandbox.leftovers import remove_tree
from dcgan_course.instructor.grading.sandbox.room_server import RoomServer
from dcgan_course.instructor.grading.submissions.reading import Reading
from dcgan_course.instructor.process.fork_server import ForkServer, NoAnswer
from dcgan_course.instructor.process.turns import Turns
from dcgan_lib.system.files import atomic_write

NBVAL = "dcgan_course.instructor.grading.marks.nbval_process"
READER = "dcgan_course.instructor.grading.submissions.reader"
READ_SECONDS = 120.0


@dataclass
class Grader:
    """What is the same for all submissions of a batch."""

    masters: dict  # From a notebook's name to its `Master`.
    checks: References  # Of the exercises that are graded: all of the masters', or some.
    server: RoomServer  # Where answers run.
    forks: ForkServer  # Where our own processes come from.
    timeout: float  # Seconds for one cell.
    batch: str  # The batch's name, which is written beside each result.
    junit: Path  # The folder for the XML files.
    turns: Turns  # A process of ours runs in one of them.
    stopped: bool = False  # Set it to True to end all that is running; it then raises `Stopped`.
    cluster: Cluster | None = None  # Where answers are run; None for this machine.

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop()
        self.forks.stop()

    @property
    def refusal(self):
        """The `Refused` for which nothing more can be graded, or None."""
        return self.checks.refusal or (self.cluster and self.cluster.refusal)

    def only(self, keys):
        """Returns a grader of some exercises; its XML files stand in a folder of their own."""
        return replace(self, checks=self.checks.only(keys), junit=self.junit / f"again {' '.join(sorted(keys))}")

    def read(self, submission):
        """Reads a submission in a process with limits; returns the `Reading`."""
        if submission.problem:
            return Reading(submission.problem)
        try:
            with self.turns:
                return Reading.from_json(self._call(READER, (submission.path, self.masters), READ_SECONDS))
        except subprocess.TimeoutExpired:
            return Reading(f"The file could not be read within {READ_SECONDS:.0f} seconds.")
        except NoAnswer:
            return Reading("The file cannot be read as a notebook: it ended the process that read it.")

    def grade(self, submission, reading, begin=lambda: None):
        """Grades a submission after its `Reading`; returns a `SubmissionResult`, or raises `Stopped`.

        On a cluster, `begin` is called when a worker begins with it.
        """
        began = time.monotonic()
        result = replace(self.ungraded(submission), notebook=reading.notebook, warnings=reading.warnings)
        if reading.problem:
            return replace(result, status="could not be graded", reason=reading.problem)
        master = self.checks.masters[reading.notebook]
        try:
            cells, waited = self._run_answers(submission, master, reading.answers, begin)
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
            seconds=round(time.monotonic() - began - waited, 2),
        )

    def ungraded(self, submission, reason=None):
        """Returns the `SubmissionResult` of a submission that we could not grade."""
        isolation = self.server.plain.isolation
        return SubmissionResult(submission.key, self.batch, reason=reason, status="grader error", isolation=isolation)

    def _run_answers(self, submission, master, answers, begin):
        """Runs the answers that there are, each in a kernel of its own. What others may have ended is run again, alone.

        Returns their `Cell`s by id, and the seconds for which they waited until a worker was free.
        """
        sources = {key: answer.code for key, answer in answers.items() if answer.status == "answered"}
        if not sources:
            return {}, 0.0
        name = submission.key[:16]
        cells, waited = self._run_once(master, sources, f"{name}.xml", self.turns, begin)
        doubtful = [each for each in master.exercises if scoring.how_ended(each, cells) in scoring.DOUBTFUL]
        if doubtful:
            again = {each.key: sources[each.key] for each in doubtful}
            turn = self.turns if self.cluster else self.turns.alone()
            more, waited_again = self._run_once(replace(master, exercises=doubtful), again, f"{name} again.xml", turn)
            cells, waited = cells | more, waited + waited_again
        return cells, waited

    def _run_once(self, master, sources, xml, turn, begin=lambda: None):
        notebook = assemble(master, sources, self.checks[master.name])
        recording, waited = None, 0.0
        if self.cluster is not None:
            recording, waited = self._run_away(notebook, master, begin)
        with tempfile.TemporaryDirectory() as folder, turn:
            cells = self._run_nbval(notebook, master, Path(folder), xml, recording)
        scoring.check_complete(cells, notebook, master.exercises)
        return cells, waited

    def _run_away(self, notebook, master, begin):
        """Runs the cells on the cluster; returns what came as a text, and the seconds until a worker was free."""
        began = time.monotonic()
        kernels = split_kernels(notebook, set(map(setup_id, master.exercises)), self.timeout)
        report = self.cluster.record(master.imports, kernels, lambda: self.stopped, begin)
        return report.recording, time.monotonic() - began - report.seconds

    def _run_nbval(self, notebook, master, folder, xml, recording):
        """Runs nbval, reads its XML and keeps it; where there is a recording, nothing of the notebook is run."""
        import nbformat

        nbformat.write(notebook, folder / NOTEBOOK)
        sandbox = self.server.sandbox()
        runtime = sandbox.make_runtime()
        answers = [exercise.answer_id for exercise in master.exercises]
        checks = {exercise.check_id: exercise.key for exercise in master.exercises}
        setups = [cell.id for cell in notebook.cells if cell.id.startswith("setup-")]
        run = RunSettings(sandbox, runtime, master.imports, self.timeout, setups, answers, checks, recording)
        (folder / SETTINGS).write_bytes(pickle.dumps(run))
        seconds = START_SECONDS + 2 * len(master.exercises) * (self.timeout + 10)
        try:
            self._call(NBVAL, (str(folder),), seconds)
        except subprocess.TimeoutExpired:
            raise scoring.BrokenRun(f"it was not done after {seconds:.0f} seconds") from None
        except NoAnswer:
            raise scoring.BrokenRun("nbval's process has ended") from None
        finally:
            remove_tree(runtime)
        written = folder / RESULT
        cells = scoring.read_xml(written)
        self.junit.mkdir(parents=True, exist_ok=True)
        with atomic_write(self.junit / xml, "wb") as file:
            file.write(written.read_bytes())
        return cells

    def _call(self, module, arguments, seconds):
        """Calls the `main` of a module of ours in a process of its own; returns its text."""
        return self.forks.call(module, arguments, seconds, lambda: self.stopped)
