"""Starts a command that dies with its parent. This file is run as a script, which then becomes the command.

A Jupyter kernel notices a second later that its parent is gone; one that is busy in C code may never notice. Linux
can be asked to end a process together with its parent, and this stays so after `exec`.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with_us(command):
    """Returns a command line that starts the command and ends it with this process; on Windows the command itself."""
    if os.name != "posix":
        return command
    return [sys.executable, "-I", "-S", os.path.abspath(__file__), str(os.getpid()), *command]


def end_with(parent):
    """Lets Linux end this process when its parent ends, whose number is `parent`; what it forks must ask for itself."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # The parent ended before Linux was asked.
            sys.exit(1)


def main():
    """Called as `die_with_parent.py PARENT_PID COMMAND...`: asks Linux, then becomes the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    end_with(parent)
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
