"""Starts a command that dies with its parent. This file is run by itself, in front of the command.

Jupyter's kernels notice a second later that their parent is gone; one that is busy in C code may never
notice. Linux can be asked to end a process together with its parent, and the wish outlives `exec`.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_us(command):
    """Returns the command line that starts a command and ends it with this process; on Windows the command as it is."""
    if os.name != "posix":
        return command
    return [sys.executable, "-I", "-S", os.path.abspath(__file__), str(os.getpid()), *command]


def main():
    """Asks Linux for it, then becomes the command: `die_with_parent.py PARENT_PID COMMAND...`."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # It was gone before Linux was asked.
            sys.exit(1)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
