"""The first program in a sandbox: it sets limits, and becomes a kernel.

It is copied into the sandbox by itself, so it can import nothing of the course.
"""

import contextlib
import json
import os
import resource
import shutil
import sys

SITE = "/libraries"  # Where the sandbox has Python's packages.
LARGEST_FILE = 64_000_000
MOST_FILES = 1_024
MOST_PROCESSES = 512  # Threads count as processes; TensorFlow starts some dozens.


def main():
    """Reads the limits from the first argument; the others are for the kernel."""
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
    if limits["processes"]:
        set_limit(resource.RLIMIT_NPROC, MOST_PROCESSES)
    # Matplotlib gets a folder of its own to write to, with the list of fonts in it.
    home = os.path.join(os.environ.get("HOME", "/tmp"), f"matplotlib-{os.getpid()}")
    with contextlib.suppress(OSError):
        shutil.copytree(os.path.join(here, "matplotlib"), home)
        os.environ["MPLCONFIGDIR"] = home
    if sys.argv[1:2] == ["-c"]:
        exec(sys.argv[2])
        return
    from ipykernel import kernelapp

    kernelapp.launch_new_instance()


def set_limit(kind, value):
    """Sets a limit that cannot be raised again; a limit that is already lower stays."""
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        value = min(value, most)
    resource.setrlimit(kind, (value, value))


if __name__ == "__main__":
    main()
