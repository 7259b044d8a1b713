"""Starts a command that dies with its parent: run as a file, before a notebook's kernel.

Jupyter's kernels notice a second later that their parent is gone; one that is busy in C code may never
notice. Linux can be asked to end a process together with its parent, and the wish outlives `exec`.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main():
    """Asks Linux for it, then becomes the command: `kernel.py PARENT_PID COMMAND...`."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It was gone before Linux was asked.
            sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
