"""The first program in a sandbox: it sets limits, imports what exercises need, and forks a kernel for each of them.

A kernel that was forked has TensorFlow at once, and nothing of what an earlier answer did. This file is copied into the
sandbox by itself, so it can import nothing of the course.
"""

import contextlib
import gc
import json
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys

SITE = "/libraries"  # Where the sandbox has Python's packages.
LARGEST_FILE = 64_000_000
MOST_FILES = 1_024
MOST_PROCESSES = 512  # Threads count as processes; TensorFlow starts some dozens.
WRITABLE = ("/tmp", "/dev/shm")
LOOK_SECONDS = 0.05
MOST_ROUNDS = 100
ALIVE = b"alive\n"


def main():
    """Reads the limits from the first argument; the second names the socket for those who ask for kernels."""
    limits = json.loads(sys.argv.pop(1))
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, os.path.join(here, "packages"))
    if os.path.isdir(SITE):
        own = [folder for folder in sys.path if not folder.endswith(("site-packages", "dist-packages"))]
        sys.path[:] = own + [os.path.join(SITE, number) for number in sorted(os.listdir(SITE))]
    # Without isolation, an editable installation would find the files of the course that students must not see.
    sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in getattr(finder, "__module__", "")]
    set_limit(resource.RLIMIT_CORE, 0)
    set_limit(resource.RLIMIT_DATA, limits["data"])
    set_limit(resource.RLIMIT_FSIZE, LARGEST_FILE)
    set_limit(resource.RLIMIT_NOFILE, MOST_FILES)
    if limits["isolated"]:
        set_limit(resource.RLIMIT_NPROC, MOST_PROCESSES)
    if sys.argv[1:2] == ["-c"]:
        exec(sys.argv[2])
        return
    connection_file = Forks(os.path.join(here, "matplotlib"), limits["isolated"]).serve(sys.argv[1], limits["imports"])
    from ipykernel import kernelapp

    kernelapp.launch_new_instance(argv=["-f", connection_file, "--HistoryManager.enabled=False"])
    os._exit(0)


def set_limit(kind, value):
    """Sets a limit that cannot be raised again; a limit that is already lower stays."""
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        value = min(value, most)
    resource.setrlimit(kind, (value, value))


def end_others():
    """Ends all processes but this one and those that it comes from."""
    kept, process = {os.getpid()}, os.getppid()
    while process > 0:
        kept.add(process)
        with open(f"/proc/{process}/stat") as file:
            process = int(file.read().rpartition(")")[2].split()[1])
    for _ in range(MOST_ROUNDS):  # Some may start others meanwhile.
        others = [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) not in kept]
        if not others:
            return
        for other in others:
            with contextlib.suppress(OSError):
                os.kill(other, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)


class Forks:
    """The kernels that this process has forked; at most one of them is alive.

    `fonts` is a folder for matplotlib, with its list of fonts. Only where a sandbox isolates processes may all others
    be ended: elsewhere they are the user's.
    """

    def __init__(self, fonts, isolated):
        self.fonts, self.isolated = fonts, isolated
        self.connections = {}  # From a kernel's process id to the socket of whoever asked for it.

    def serve(self, path, imports):
        """Waits for requests at a Unix socket, each a line with the name of a connection file.

        Returns that name, in the forked process only. The socket of a request is closed when its kernel has ended. A
        line without a name asks whether this process is alive. It ends when its stdin does: whoever started it is gone.
        """
        gc.disable()  # Looking for garbage takes a tenth of an import's seconds, and finds next to none.
        with contextlib.suppress(Exception):  # What is missing here, the first cell says.
            exec(imports, {})
        import ipykernel.kernelapp  # noqa: F401

        gc.freeze()  # Nor does a kernel look through what was imported: that would copy its memory.
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        while True:
            ready = select.select([listener, sys.stdin], [], [], LOOK_SECONDS)[0]
            if sys.stdin in ready:
                os._exit(0)
            if listener in ready:
                connection, _ = listener.accept()
                connection_file = connection.makefile().readline().strip()
                if not connection_file:
                    connection.sendall(ALIVE)
                    connection.close()
                    continue
                self.end_all(keep={path, connection_file})
                process = os.fork()
                if process == 0:
                    gc.enable()
                    os.setpgid(0, 0)
                    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                    listener.close()
                    connection.close()
                    return connection_file
                self.connections[process] = connection
            self.close_ended()

    def close_ended(self):
        """Closes the socket of each kernel that has ended."""
        with contextlib.suppress(ChildProcessError):
            while (process := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                if process in self.connections:
                    self.connections.pop(process).close()

    def end_all(self, keep):
        """Ends all that earlier answers have started, and deletes what they have written but for the files `keep`."""
        for process in self.connections:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
        if self.isolated:
            end_others()
        while self.connections:
            process, _ = os.waitpid(-1, 0)
            self.connections.pop(process, socket.socket()).close()
        if self.isolated:
            folder = os.path.dirname(min(keep))  # The one that the outside sees lies in /tmp.
            left = [os.path.join(parent, name) for parent in (*WRITABLE, folder) for name in os.listdir(parent)]
            left = [path for path in left if path not in keep and not f"{folder}/".startswith(f"{path}/")]
            if left:
                subprocess.run(["rm", "-rf", "--", *left], stderr=subprocess.DEVNULL)
        # Matplotlib gets a folder of its own to write to.
        home = os.path.join(os.environ.get("HOME", "/tmp"), f"matplotlib-{os.getpid()}")
        with contextlib.suppress(OSError):
            shutil.copytree(self.fonts, home, dirs_exist_ok=True)
            os.environ["MPLCONFIGDIR"] = home


if __name__ == "__main__":
    main()
