"""The first program in a sandbox: it sets limits, imports what exercises need, and forks a kernel for each of them.

A kernel that was forked has TensorFlow at once, and nothing of what an earlier answer did. Where several submissions
share the sandbox, each gets a process in a room of its own (`room.py`), which forks its kernels. This file is copied
into the sandbox by itself, so it can import nothing of the course.
"""

import contextlib
import gc
import importlib.util
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
MOST_WAITING = 1_024
ALIVE = b"alive\n"


def main():
    """Reads the limits from the first argument; then comes "-c" and code, or "kernels" or "rooms" and a socket."""
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
    what, argument = sys.argv[1:3]
    if what == "rooms":
        enter_room = load_rooms(here, os.path.dirname(argument), limits)
        folder, leash = serve_rooms(argument, enter_room, limits["imports"])
        argument = os.path.join(folder, "server")
    if limits["isolated"]:
        set_limit(resource.RLIMIT_NPROC, MOST_PROCESSES)  # Of a room: those of the others count in theirs.
    if what == "-c":
        exec(argument)
        return
    if what == "kernels":
        leash = os.fdopen(os.dup(0))
        import_once(limits["imports"])
    forks = Forks(os.path.join(here, "matplotlib"), limits["isolated"])
    connection_file = forks.serve(argument, leash)
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


def import_once(source):
    """Runs the source of what each kernel needs, and leaves it as it is in all processes that are forked."""
    gc.disable()  # Looking for garbage takes a tenth of an import's seconds, and finds next to none.
    with contextlib.suppress(Exception):  # What is missing here, the first cell says.
        exec(source, {})
    sys.modules["debugpy"] = None  # Nobody debugs here, and each kernel would import it: half of its start.
    import ipykernel.debugger  # noqa: F401
    import ipykernel.kernelapp  # noqa: F401

    del sys.modules["debugpy"]
    gc.freeze()  # Nor does a kernel look through what was imported: that would copy its memory.


def load_rooms(here, folder, limits):
    """Returns a function that moves into a room with a folder in `folder`; ends the program if there can be none."""
    spec = importlib.util.spec_from_file_location("room", os.path.join(here, "room.py"))
    room = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(room)

    def enter(own):
        room.enter(own, limits["tmp"], limits["shared"])

    if (process := os.fork()) == 0:
        enter(folder)
        os._exit(0)
    if os.waitpid(process, 0)[1] != 0:
        sys.exit("This system allows no rooms in a sandbox.")
    return enter


def listen(path):
    """Returns a Unix socket that listens."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(MOST_WAITING)
    return listener


def close_ended(connections):
    """Closes the socket of each process that has ended: a dict by process id, from which they are taken."""
    with contextlib.suppress(ChildProcessError):
        while (process := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            if process in connections:
                connections.pop(process).close()


def serve_rooms(path, enter, imports):
    """Waits for requests at a Unix socket, each a line with the name of a folder for a room's sockets.

    Returns that folder, and the socket of the request, in the first process of the room only. The socket of a request
    is closed when its room has ended. It ends, with all rooms, when its stdin does.
    """
    listener, rooms = listen(path), {}
    import_once(imports)
    while True:
        ready = select.select([listener, sys.stdin], [], [], LOOK_SECONDS)[0]
        if sys.stdin in ready:
            os._exit(0)
        if listener in ready:
            connection, _ = listener.accept()
            folder = connection.makefile().readline().strip()
            process = os.fork()
            if process == 0:
                for other in (listener, *rooms.values()):
                    other.close()
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                enter(folder)
                return folder, connection
            rooms[process] = connection
        close_ended(rooms)


class Forks:
    """The kernels that this process has forked; at most one of them is alive.

    `fonts` is a folder for matplotlib, with its list of fonts. Only where a sandbox isolates processes may all others
    be ended: elsewhere they are the user's.
    """

    def __init__(self, fonts, isolated):
        self.fonts, self.isolated = fonts, isolated
        self.connections = {}  # From a kernel's process id to the socket of whoever asked for it.

    def serve(self, path, leash):
        """Waits for requests at a Unix socket, each a line with the name of a connection file.

        Returns that name, in the forked process only. The socket of a request is closed when its kernel has ended. A
        line without a name asks whether this process is alive. It ends when the file or socket `leash` does: whoever
        started it is gone.
        """
        listener = listen(path)
        while True:
            ready = select.select([listener, leash], [], [], LOOK_SECONDS)[0]
            if leash in ready:
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
                    for other in (listener, leash, connection):
                        other.close()
                    return connection_file
                self.connections[process] = connection
            close_ended(self.connections)

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
