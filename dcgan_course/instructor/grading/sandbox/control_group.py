"""A control group of Linux for one sandbox: the system itself counts memory and processes of all in it together."""

import functools
import os
import subprocess

MOST_TASKS = 600  # Threads count.
PROBE_SECONDS = 10


@functools.cache
def control_group(memory):
    """Returns the command that starts another one in a group that holds at most `memory` bytes (a text).

    It is empty where systemd cannot make such a group.
    """
    limits = [f"MemoryMax={memory}", "MemorySwapMax=0", f"TasksMax={MOST_TASKS}"]
    options = [part for limit in limits for part in ("-p", limit)]
    command = ("systemd-run", *(() if os.geteuid() == 0 else ("--user",)), "--scope", "--quiet", "--collect", *options)
    try:
        tried = subprocess.run([*command, "true"], capture_output=True, timeout=PROBE_SECONDS)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return (*command, "--") if tried.returncode == 0 else ()
