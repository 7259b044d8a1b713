"""What code does that goes wrong: it must cost its own exercise, and no other.

Where a case looks for something forbidden, its answer is right only if nothing is found: full marks are the proof.
"""

from pathlib import Path

from submissions.case import NOTEBOOKS, SECRET, notebook_case, short, short_points

# What the grader's user has at home, but for what any kernel makes for itself; and the masters with their solutions.
MADE = (".ipython", ".cache", ".config", ".keras", ".local")
FOREIGN = [str(path) for path in Path.home().iterdir() if path.name not in MADE] + [str(NOTEBOOKS)]
HEAD = "# EXERCISE 2.2 scale_images\n"
RIGHT = "(images.astype('float32') - 127.5) / 127.5"


def answer(body, before=""):
    """An answer to 2.2 with lines before the right result."""
    lines = "".join(f"    {line}\n" for line in body.strip("\n").split("\n"))
    return f"{HEAD}{before}def scale_images(images):\n{lines}    return {RIGHT}"


def costs_its_own(name, intent, body, before=""):
    return notebook_case(name, intent, short(answer(body, before)), short_points(ex22=0))


def costs_nothing(name, intent, body, before=""):
    return notebook_case(name, intent, short(answer(body, before)), short_points())


def finds_nothing(name, intent, body):
    """The body sets `found`; a wrong result follows if it is true."""
    return costs_nothing(name, intent, f"found = False\n{body}\nif found:\n    return images")


SWALLOW = """
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""
CHILD = """
import subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
"""
CROWD = """
import os
for _ in range(60):
    if os.fork() == 0:
        os.setsid()
        while True:
            pass
while True:
    pass
"""
LATER = """
import threading
threading.Timer(1.0, print, ["2.2 scaled: shape [1, 2]"]).start()
"""
DISK = """
import tempfile
with tempfile.TemporaryFile() as file:
    while True:
        file.write(bytes(10_000_000))
"""
MEMORY = """
hoard = []
while True:
    hoard.append(np.ones(10_000_000))
"""
CONNECT = """
import socket
for address in (("1.1.1.1", 53), ("8.8.8.8", 443), ("127.0.0.1", 22)):
    try:
        socket.create_connection(address, 2).close()
        found = True
    except OSError:
        pass
"""
HOME = f"""
import os
found = any(os.path.exists(path) for path in {FOREIGN!r})
"""
ENVIRONMENT = f"""
import os
found = {SECRET!r} in os.environ
"""
KILL = """
import os
try:
    os.kill(-1, 9)
except ProcessLookupError:
    pass
"""
OTHERS = """
import os, sys
for place in ("/", "/tmp"):
    for folder, folders, files in os.walk(place):
        ours = ("/proc", "/sys", "/dev", "/usr", "/lib", sys.prefix, sys.base_prefix)
        folders[:] = [name for name in folders if not os.path.join(folder, name).startswith(ours)]
        found = found or any(name.endswith((".ipynb", ".xml")) for name in files)
"""
PROCESSES = """
import os
for number in filter(str.isdigit, os.listdir("/proc")):
    try:
        with open(f"/proc/{number}/cmdline", "rb") as file:
            found = found or b"nbval.plugin" in file.read()
    except OSError:
        pass
"""
WRITING = """
import keras, os
for folder in (os.path.dirname(keras.__file__), "/usr", "/usr/lib"):
    try:
        with open(os.path.join(folder, "left_behind.txt"), "w"):
            found = True
    except OSError:
        pass
"""

CASES = [
    costs_its_own("endless", "a loop that never ends", "while True:\n    pass"),
    costs_its_own("endless, swallowing", "a loop that also swallows the interrupt", SWALLOW),
    costs_its_own("endless at the top", "a loop outside any function", "pass", before="while True:\n    pass\n"),
    costs_its_own("sleeps", "waits for an hour", "import time\ntime.sleep(3600)"),
    costs_its_own("recursion", "calls itself for ever", "return scale_images(images)"),
    costs_its_own("asks", "waits for somebody to type", "input('scale? ')"),
    costs_its_own("sys.exit", "leaves with status 0", "import sys\nsys.exit(0)"),
    costs_its_own("os._exit", "ends the kernel at once", "import os\nos._exit(0)"),
    costs_its_own("segfault", "reads address 0", "import ctypes\nctypes.string_at(0)"),
    costs_its_own("abort", "ends the process by a signal", "import os\nos.abort()"),
    costs_its_own("memory hog", "takes all the memory that there is", MEMORY),
    costs_its_own("fork bomb", "starts processes without end", "import os\nwhile True:\n    os.fork()"),
    costs_its_own("busy crowd", "sixty processes, each in a session of its own, that take the processor from others", CROWD),
    costs_its_own("disk filler", "writes without end", DISK),
    costs_its_own("error", "an exception", "raise RuntimeError('no')"),
    costs_its_own("huge result", "a text of 200 MB is raised", "raise RuntimeError('x' * 200_000_000)"),
    costs_nothing("kills all", "in its room no process but its own can be ended", KILL),
    costs_nothing("child left behind", "a process that outlives the answer", CHILD),
    costs_nothing("prints later", "a thread that prints into later cells", LATER),
    costs_nothing("prints", "a few prints, for oneself", "print(images.shape)\nprint('2.2', images.max(), end='')"),
    costs_nothing("warns", "writes to stderr and the log", "import sys, warnings\nwarnings.warn('old')\nprint(1, file=sys.stderr)"),
    costs_its_own("300,000 prints", "prints without measure, and is wrong", "for i in range(300_000):\n    print(i)\nreturn images"),
    costs_its_own("20,000 displays", "shows without measure, and is wrong", "for i in range(20_000):\n    display(i)\nreturn images"),
    finds_nothing("network", "there is no network", CONNECT),
    finds_nothing("home", "neither a home nor the masters are there", HOME),
    finds_nothing("environment", "the grader's environment is not there", ENVIRONMENT),
    finds_nothing("other submissions", "no other notebook, and no result", OTHERS),
    finds_nothing("other processes", "only one's own", PROCESSES),
    finds_nothing("writes elsewhere", "nothing can be written but one's own scratch", WRITING),
]  # fmt: skip
