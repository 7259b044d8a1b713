"""One submission from file to marks: it is read, put together, run as often as it must be, and scored."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dcgan_course.instructor.grading.marks import scoring
from dcgan_course.instructor.grading.marks.assembly import assemble
from dcgan_course.instructor.process.die_with_parent import die_with_us
from dcgan_lib.system.paths import INSTALLED_IN

PLUGIN = "dcgan_course.instructor.grading.marks.plugin"
READER = "dcgan_course.instructor.grading.submissions.reader"
READ_SECONDS = 120.0
OUR_SECONDS = 420.0
LOOK_SECONDS = 0.1


class Stopped(Exception):
    """Somebody has pressed Ctrl-C."""


class Grader:
    """What is the same for all submissions of a batch.

    Args:
        masters: List of `Master`.
        checks: Dict from a master's name to its checks, as `make_reference` gives them; filled before use.
        sandbox: Dict of what `Sandbox` takes.
        timeout: Seconds for one cell.
        batch: The batch's name, which is written beside each result.
        junit: The folder for the XML files.
    """

    def __init__(self, masters, checks, sandbox, timeout, batch, junit):
        self.masters = {master.name: master for master in masters}
        self.checks, self.sandbox, self.timeout = checks, sandbox, timeout
        self.batch, self.junit = batch, Path(junit)
        self.course = {
            master.name: {
                "tasks": [(task.key, task.title, task.answer_id) for task in master.exercises],
                "given": sorted(master.given),
            }
            for master in masters
        }
        self.stopped = False

    def read(self, submission):
        """Reads a submission in a process with limits; returns what `reader.read` gives."""
        if submission.problem:
            return {"problem": submission.problem}
        try:
            said, code = self._run(
                [sys.executable, "-m", READER, str(submission.path)],
                READ_SECONDS,
                given=json.dumps(self.course),
            )
        except subprocess.TimeoutExpired:
            return {"problem": f"The file could not be read within {READ_SECONDS:.0f} seconds."}
        try:
            return json.loads(said)
        except ValueError:
            return {"problem": f"The file cannot be read as a notebook (reading it ended with code {code})."}

    def grade(self, submission, reading):
        """Grades a submission.

        Args:
            submission: The `Submission`.
            reading: What `read` says of it.

        Returns:
            A dict that JSON can hold: `key`, `status` ("graded", "could not be graded" or "grader error"),
            `reason`, `notebook`, `points`, `possible`, `exercises` (dict from key to what `score` gives,
            with `status`, `found`, `warnings` and `flags` of the answer), `warnings`, `runs`, `seconds`, `batch`.
        """
        began = time.monotonic()
        result = {"key": submission.key, "batch": self.batch, "notebook": reading.get("notebook"), "reason": None}
        result["warnings"] = reading.get("warnings", [])
        if reading["problem"]:
            return {**result, "status": "could not be graded", "reason": reading["problem"], "seconds": 0.0}
        master = self.masters[reading["notebook"]]
        try:
            cells, culprits, runs = self._run_until_it_lives(submission, master, reading["answers"])
        except scoring.BrokenRun as error:
            seconds = round(time.monotonic() - began, 2)
            return {**result, "status": "grader error", "reason": f"{error}.", "seconds": seconds}
        exercises = {}
        for exercise in master.exercises:
            answer = reading["answers"][exercise.key]
            check = self.checks[master.name][exercise.key]
            marks = scoring.score(exercise, check, cells[exercise.check_id], answer, culprits.get(exercise.key))
            kept = {name: answer[name] for name in ("status", "found", "warnings", "flags", "digest")}
            exercises[exercise.key] = {**kept, **marks}
        return {
            **result,
            "status": "graded",
            "points": round(sum(marks["points"] for marks in exercises.values()), 2),
            "possible": master.points,
            "exercises": exercises,
            "runs": runs,
            "seconds": round(time.monotonic() - began, 2),
        }

    def _run_until_it_lives(self, submission, master, answers):
        """Runs it; whoever ends the kernel is replaced by the stub, so that it costs that exercise alone."""
        culprits = {}
        if not any(answer["status"] == "answered" for answer in answers.values()):
            return {exercise.check_id: scoring.Cell(False, 0.0) for exercise in master.exercises}, culprits, 0
        for runs in range(1, len(master.exercises) + 2):
            sources = {}
            for exercise in master.exercises:
                answer = answers[exercise.key]
                done = answer["status"] == "answered" and exercise.key not in culprits
                sources[exercise.key] = answer["code"] if done else exercise.stub
            notebook = assemble(master, sources, self.checks[master.name])
            with tempfile.TemporaryDirectory(prefix="nbval-") as folder:
                cells = self._run_nbval(notebook, master, Path(folder), submission.key)
            culprit = scoring.find_culprit(cells, master.exercises)
            if culprit is None:
                scoring.check_complete(cells, notebook)
                return cells, culprits, runs
            key, ended = culprit
            if key in culprits or answers[key]["status"] != "answered":
                raise scoring.BrokenRun(f"the kernel ended in exercise {key} although it was the stub's turn ({ended})")
            culprits[key] = ended
        raise scoring.BrokenRun("the kernel ended in each run")

    def _run_nbval(self, notebook, master, folder, key):
        """Runs nbval once, and reads its XML."""
        import nbformat

        path, written = folder / "graded.ipynb", folder / "result.xml"
        nbformat.write(notebook, path)
        # A socket's path has at most 107 characters.
        runtime = tempfile.mkdtemp(prefix="grade-", dir="/tmp")
        job = {
            "sandbox": self.sandbox,
            "runtime": runtime,
            "timeout": self.timeout,
            "answers": {exercise.answer_id: exercise.key for exercise in master.exercises},
            "checks": {exercise.check_id: exercise.key for exercise in master.exercises},
        }
        (folder / "job.json").write_text(json.dumps(job), "utf-8")
        pytest = ["pytest", "-p", "nbval.plugin", "-p", PLUGIN, "-p", "no:cacheprovider", "-q"]
        options = ["--noconftest", "-c", os.devnull, "--rootdir", str(folder), "--nbval-lax", "--color=no"]
        command = [*pytest, *options, "--grading-job", str(folder / "job.json"), f"--junitxml={written}", str(path)]
        seconds = OUR_SECONDS + 2 * len(master.exercises) * (self.timeout + 10)
        try:
            self._run([sys.executable, "-m", *command], seconds, cwd=folder)
        except subprocess.TimeoutExpired:
            raise scoring.BrokenRun(f"it was not done after {seconds:.0f} seconds") from None
        finally:
            shutil.rmtree(runtime, ignore_errors=True)
        cells = scoring.read_xml(written)
        self.junit.mkdir(parents=True, exist_ok=True)
        os.replace(shutil.copyfile(written, self.junit / f".{key}.part"), self.junit / f"{key[:16]}.xml")
        return cells

    def _run(self, command, seconds, given=None, cwd=None):
        """Runs a command of ours; it dies with us, by time-out, or when somebody stops us."""
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTEST_ADDOPTS", None)
        environment["PYTHONPATH"] = str(INSTALLED_IN)
        with tempfile.TemporaryFile() as printed:
            process = subprocess.Popen(
                die_with_us(command),
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd=cwd,
                start_new_session=True,
            )
            try:
                process.stdin.write((given or "").encode())
                process.stdin.close()
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
            printed.seek(0)
            return printed.read().decode("utf-8", "replace"), process.returncode
