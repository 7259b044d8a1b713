"""A control group of Linux for one sandbox: the system itself counts memory and processes of all in it together."""

import functools
import os
import subprocess

MOST_TASKS = 600  # Of one submission. Threads count.
PROBE_SECONDS = 10


def control_group(memory, submissions=1):
    """Returns the command that starts another one in a group that holds at most `memory` GB for each submission.

    It is empty where systemd cannot make such a group.
    """
    return (*_command(memory, submissions), "--") if has_control_groups() else ()


@functools.cache
def has_control_groups():
    """Says whether systemd can make such a group here."""
    try:
        return subprocess.run([*_command(1, 1), "true"], capture_output=True, timeout=PROBE_SECONDS).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _command(memory, submissions):
    most = f"MemoryMax={submissions * memory * 1e9:.0f}"
    limits = [most, "MemorySwapMax=0", f"TasksMax={submissions * MOST_TASKS}"]
    options = [part for limit in limits for part in ("-p", limit)]
    return ("systemd-run", *(() if os.geteuid() == 0 else ("--user",)), "--scope", "--quiet", "--collect", *options)
