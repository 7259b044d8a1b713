"""Students' code runs in bubblewrap, with Python, its packages and the checks, and nothing else."""

import functools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dcgan_course import PACKAGES
from dcgan_course.exercises.checks.expected import FILE as EXPECTED
from dcgan_course.instructor.grading.sandbox.calls import make_filter, open_filter
from dcgan_course.instructor.grading.sandbox.control_group import control_group, has_control_groups
from dcgan_course.instructor.grading.sandbox.room import SETTINGS
from dcgan_course.instructor.process.die_with_parent import die_with_us
from dcgan_course.refused import Refused
from dcgan_lib.system.paths import INSTALLED_IN

# Of the course, the sandbox has only what a check needs. Nothing in these files solves an exercise.
CHECKS = (
    "__init__.py",
    "exercises/__init__.py",
    "exercises/exercise.py",
    "exercises/table.py",
    "exercises/tasks.py",
    "exercises/checks",
)
SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib32",
    "/lib64",
    "/etc/alternatives",
    "/etc/ld.so.cache",
    "/etc/localtime",
)
READ_ONLY_SETTINGS = [part for path in SETTINGS if os.path.exists(path) for part in ("--ro-bind", path, path)]
NOBODY = 65_534
PROBE_SECONDS = 60
PYTHON, SITE = "/python", "/libraries"
TMP_BYTES = 256_000_000
SHARED_BYTES = 64_000_000
LIBRARY_GB = 0.5  # TensorFlow's code, which the system does not count as data.
ADVICE = (
    "Install it (apt-get install bubblewrap, dnf install bubblewrap, or pacman -S bubblewrap), or give "
    "--isolation none to do without."
)


@dataclass(frozen=True)
class Sandbox:
    """How a kernel is started."""

    library: str  # A folder that `build_library` has filled.
    isolation: str  # "bubblewrap", or "none": then students' code can do whatever this user can.
    memory: float  # GB that one submission may hold.
    threads: int  # Cores that it may use.
    rooms: str | None = None  # The socket of a `RoomServer` that has a room for each submission; None to start anew.

    def start(self, runtime, arguments, imports="", rooms=0, **streams):
        """Starts `inside.py` with arguments; returns its `subprocess.Popen`.

        `runtime` is the folder for sockets, the only one that both inside and outside can write to. `imports` is the
        source of what is imported once for all kernels. `rooms` says how many submissions at once will have rooms
        in it; with 0 it is one submission's own.
        """
        self.hand_over(runtime)
        # Less than `LimitMonitor` allows: a MemoryError says more than a kernel that was ended.
        limits = {"data": int((self.memory - LIBRARY_GB) * 1e9), "isolated": self.isolation == "bubblewrap"}
        limits |= {"imports": imports, "tmp": TMP_BYTES, "shared": SHARED_BYTES}
        arguments = [json.dumps(limits), *arguments]
        options = {"env": self.environment(), "cwd": runtime, "start_new_session": True, **streams}
        if self.isolation == "none":
            # The launcher ends the kernel with its parent, as bubblewrap's --die-with-parent does.
            inside = os.path.join(self.library, "inside.py")
            return subprocess.Popen(die_with_us([sys.executable, "-I", "-B", inside, *arguments]), **options)
        python = [_python_inside(), "-I", "-B", "/library/inside.py", *arguments]
        variables = [part for pair in self.environment().items() for part in ("--setenv", *pair)]
        command = [*_bubblewrap(rooms > 0), *self._binds(runtime, rooms > 0), *variables, "--chdir", "/tmp"]
        calls = open_filter()
        try:
            filtered = () if calls is None else ("--seccomp", str(calls))
            scope = control_group(self.memory, max(1, rooms))
            command = [*scope, *command, *filtered, *(_as_nobody(rooms > 0) if is_root() else ()), *python]
            return subprocess.Popen(command, pass_fds=() if calls is None else (calls,), **options)
        finally:
            if calls is not None:
                os.close(calls)

    def serve(self, runtime, arguments, imports, rooms=0):
        """Starts `inside.py` as `start` does, to serve a socket; returns a process for `end_server`."""
        # Its stdin ends with this process, whenever that is killed: bubblewrap may not have been ready to notice.
        streams = {"stdin": subprocess.PIPE, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return self.start(runtime, arguments, imports, rooms, **streams)

    def make_runtime(self):
        """Makes an empty folder for a submission's sockets; returns its name."""
        return tempfile.mkdtemp(dir=self.rooms and os.path.dirname(self.rooms))

    def hand_over(self, path):
        """Gives a file or folder to the user as whom students' code runs, where that is another one."""
        if self.isolation == "bubblewrap" and is_root():
            os.chown(path, NOBODY, NOBODY)

    def environment(self):
        """Returns the only environment variables that a kernel has: a dict."""
        counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
        return {
            "PATH": "/usr/bin:/bin",
            "HOME": "/tmp",
            "LANG": "C.UTF-8",
            "LD_LIBRARY_PATH": f"{PYTHON}/lib",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "CUDA_VISIBLE_DEVICES": "-1",  # A GPU rounds differently.
            "KERAS_BACKEND": "tensorflow",
            "MPLBACKEND": "agg",
            "PYTHONHASHSEED": "0",
            **dict.fromkeys(counts, str(self.threads)),
        }

    def weaknesses(self):
        """Returns what an instructor should know of the walls here: a list of sentences."""
        if self.isolation == "none":
            return ["Students' code was run without a sandbox: it could read and change whatever you can."]
        sentences = []
        if is_root():
            sentences.append("You are root, so students' code is run as the user 'nobody'.")
        if not has_control_groups():
            sentences.append(
                "There is no systemd with control groups (version 2) here: memory and processes are measured five "
                "times a second, and may pass their limit for so long."
            )
        if make_filter() is None:
            sentences.append("This processor is not known: memory in files without a name is not counted.")
        if len(_own_users()) < 2:
            sentences.append("bubblewrap is older than 0.8: students' code can make user namespaces of its own.")
        return sentences

    def probe(self):
        """Raises `Refused` with a sentence if no Python can be started inside."""
        if self.isolation != "bubblewrap":
            return
        if shutil.which("bwrap") is None:
            raise Refused(f"Students' code is run inside bubblewrap, which is not installed. {ADVICE}")
        with tempfile.TemporaryDirectory() as runtime:
            streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
            process = self.start(runtime, ["-c", "import ipykernel; print('inside')"], **streams)
            try:
                printed, problems = process.communicate(timeout=PROBE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                printed, problems = "", f"no answer within {PROBE_SECONDS} seconds"
        if printed.strip() != "inside":
            reason = (problems.strip().splitlines() or ["no word"])[-1]
            raise Refused(
                f"bubblewrap cannot make a sandbox here ({reason}). Allow user namespaces (docs/grading.md, 'macOS and "
                f"Windows', says what a container needs), or give --isolation none."
            )

    def _binds(self, runtime, has_rooms):
        # A room mounts its own /proc, and Linux lets it only where nothing covers a part of the one that is there.
        options = ["--bind", "/proc", "/proc"] if has_rooms else ["--proc", "/proc"]
        options += ["--dev", "/dev", "--remount-ro", "/dev"]
        if not (has_rooms or is_root()):
            options += READ_ONLY_SETTINGS
        for path, size in (("/dev/shm", SHARED_BYTES), ("/tmp", TMP_BYTES)):
            options += ["--perms", "1777", "--size", str(size), "--tmpfs", path]
        for path in SYSTEM:
            if os.path.islink(path):
                options += ["--symlink", os.readlink(path), path]
            elif os.path.exists(path):
                options += ["--ro-bind", path, path]
        if not _is_system_python():
            options += ["--ro-bind", sys.base_prefix, PYTHON]
        options += ["--perms", "0755", "--dir", SITE]
        # Folders with packages are seen only below SITE, where the course, with its solutions, is hidden.
        for path in filter(None, map(_seen_inside, _site_folders())):
            options += ["--tmpfs", path, "--remount-ro", path]
        for number, folder in enumerate(_site_folders()):
            inside = f"{SITE}/{number}"
            options += ["--ro-bind", folder, inside]
            for name in PACKAGES:
                if (Path(folder) / name).is_dir():
                    options += ["--tmpfs", f"{inside}/{name}", "--remount-ro", f"{inside}/{name}"]
        options += ["--ro-bind", self.library, "/library"]
        above = [str(folder) for folder in reversed(Path(runtime).parents) if str(folder) not in ("/", "/tmp")]
        parents = [part for folder in above for part in ("--perms", "0755", "--dir", folder)]
        return [*options, *parents, "--remount-ro", "/", "--bind", runtime, runtime]


def build_library(folder):
    """Fills an empty folder with the files for the sandbox: the checks, and the start script."""
    packages, course = folder / "packages", INSTALLED_IN / "dcgan_course"
    (packages / "dcgan_course").mkdir(parents=True)
    for name in CHECKS:
        copy = packages / "dcgan_course" / name
        if (course / name).is_dir():
            shutil.copytree(course / name, copy, ignore=shutil.ignore_patterns("__pycache__", EXPECTED.name))
        else:
            copy.parent.mkdir(exist_ok=True)
            shutil.copyfile(course / name, copy)
    here = Path(__file__).parent
    for name in ("inside.py", "room.py"):
        shutil.copyfile(here / name, folder / name)
    shutil.copyfile(here / "library_stand_in.py", packages / "dcgan_lib.py")
    # Lets matplotlib search for fonts once, and not again in each kernel.
    (fonts := folder / "matplotlib").mkdir()
    command = [sys.executable, "-I", "-c", "import matplotlib.font_manager"]
    subprocess.run(command, env={"MPLCONFIGDIR": str(fonts), "HOME": str(fonts)}, check=True)
    # Inside they are read by whoever runs there.
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def end_server(process):
    """Ends what `Sandbox.serve` has started, with all that runs in it."""
    process.kill()
    process.wait()
    process.stdin.close()


def is_root():
    """Says whether we are root. Students' code then runs as nobody: to root's files, root's rights are no wall."""
    return os.geteuid() == 0


@functools.cache
def _bubblewrap(has_rooms):
    """Returns bubblewrap and its options: nothing is shared, it ends with us, and no name of this machine is seen."""
    isolated = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try"]
    session = ["--die-with-parent", "--new-session", "--clearenv", "--hostname", "sandbox", "--cap-drop", "ALL"]
    if is_root():
        return ("bwrap", *isolated, *session, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")
    users = ("--unshare-user",) if has_rooms else _own_users()  # Each room has users of its own.
    return ("bwrap", *isolated, *session, "--uid", "1000", "--gid", "1000", *users)


def _as_nobody(has_rooms):
    """Returns the command that gives up root, inside of what root has set up."""
    user = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
    return user if has_rooms else (*user, "bwrap", *_own_users(), "--dev-bind", "/", "/", *READ_ONLY_SETTINGS)


@functools.cache
def _own_users():
    """Returns bubblewrap's options for a user namespace in which no other can be made, as far as it knows them."""
    known = subprocess.run(["bwrap", "--help"], capture_output=True).stdout
    return ("--unshare-user", "--disable-userns") if b"--disable-userns" in known else ("--unshare-user",)


def _is_system_python():
    return sys.base_prefix.startswith("/usr")


def _python_inside():
    """Returns where this Python is inside; its own path may lead through somebody's home."""
    executable = os.path.realpath(sys.executable)
    return executable if _is_system_python() else f"{PYTHON}/{os.path.relpath(executable, sys.base_prefix)}"


def _site_folders():
    """Returns the folders with Python's packages."""
    return [path for path in sys.path if path.endswith(("site-packages", "dist-packages")) and os.path.isdir(path)]


def _seen_inside(folder):
    """Returns where a folder would be seen besides SITE, as a part of Python or of the system; None if nowhere."""
    if not _is_system_python() and Path(folder).is_relative_to(sys.base_prefix):
        return f"{PYTHON}/{Path(folder).relative_to(sys.base_prefix)}"
    return folder if folder.startswith("/usr/") else None
