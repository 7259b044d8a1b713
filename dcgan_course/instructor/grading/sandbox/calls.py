"""A filter for Linux: students' code cannot ask for memory that no process holds.

A file in memory that nobody has mapped, a System V segment or a key is seen by no measurement of processes; and keys
are the session's, so one student could leave some for another.
"""

import os
import platform
import struct

# Numbers of memfd_create, memfd_secret, shmget, shmat, msgget, add_key, request_key and keyctl, from Linux's tables of
# system calls.
REFUSED = {"x86_64": (319, 447, 29, 30, 68, 248, 249, 250), "aarch64": (279, 447, 194, 196, 186, 217, 218, 219)}
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
LOAD, JUMP_IF_EQUAL, JUMP_IF_LARGER, RETURN = 0x20, 0x15, 0x25, 0x06  # Instructions of the Berkeley packet filter.
ALLOW, NOT_IMPLEMENTED = 0x7FFF0000, 0x00050000 | 38
NUMBER, ARCHITECTURE = 0, 4  # Where a call's number and architecture stand.
LAST_NUMBER = 0x3FFFFFFF  # Larger ones are of x86-64's second table, which nothing here uses.


def make_filter():
    """Returns a program for seccomp as bytes; None on a machine whose numbers are not known."""
    machine = platform.machine()
    if machine not in REFUSED:
        return None
    numbers = REFUSED[machine]
    refuse = len(numbers) + 1  # How far from the first comparison of a number to the last instruction.
    program = [
        (LOAD, 0, 0, ARCHITECTURE),
        (JUMP_IF_EQUAL, 0, refuse + 2, ARCHITECTURES[machine]),
        (LOAD, 0, 0, NUMBER),
        (JUMP_IF_LARGER, refuse, 0, LAST_NUMBER),
        *((JUMP_IF_EQUAL, refuse - 1 - index, 0, number) for index, number in enumerate(numbers)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, NOT_IMPLEMENTED),
    ]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in program)


def open_filter():
    """Returns a file descriptor from which bubblewrap can read the filter; None if there is none."""
    program = make_filter()
    if program is None:
        return None
    reading, writing = os.pipe()
    os.write(writing, program)
    os.close(writing)
    os.set_inheritable(reading, True)
    return reading
