"""A room: the walls of one submission in a sandbox that several share, because it has imported TensorFlow for them.

bubblewrap has built what is the same for all: no network, no home, files that cannot be written to. Here a process
that was forked leaves what it shares with other rooms: their processes, their files, their sockets. This file is
copied into the sandbox by itself, beside `inside.py`. The numbers are Linux's.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct

# Namespaces: files, System V memory, users, processes, network.
NAMESPACES = 0x00020000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
READ_ONLY, NO_SUID, NO_DEVICES, NO_PROGRAMS, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
PLAIN = NO_SUID | NO_DEVICES
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 1, 24, 38
CAPABILITIES_VERSION = 0x20080522
MOST_CAPABILITIES = 64
SET_FLAGS, UP = 0x8914, 1  # Of a network device.
# Settings of the machine, some of which root, or anybody, could change.
SETTINGS = tuple(f"/proc/{name}" for name in "sys pressure irq bus fs acpi scsi mtrr sysrq-trigger".split())
libc = ctypes.CDLL(None, use_errno=True)


def enter(folder, tmp_bytes, shared_bytes):
    """Moves into a room: returns in a new process, the first of the room; the calling one waits for its end and ends.

    The calling process must have one thread. Of what is in `/tmp` only `folder`, which lies there, is taken along.

    Raises:
        OSError: If the system allows no such walls.
    """
    user, group = os.getuid(), os.getgid()
    _call(libc.unshare, NAMESPACES)
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:
            file.write(text)
    first = os.fork()
    if first:
        os._exit(os.waitpid(first, 0)[1] != 0)
    _set(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()  # Linux shares the processor among sessions: busy answers of one room leave the others their part.
    _build_walls(folder, tmp_bytes, shared_bytes)
    _give_up_rights()


def _build_walls(folder, tmp_bytes, shared_bytes):
    taken = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    _mount(None, "/", None, PRIVATE | RECURSIVE)
    _mount("proc", "/proc", "proc", PLAIN | NO_PROGRAMS)
    _mount("devpts", "/dev/pts", "devpts", NO_SUID | NO_PROGRAMS, "newinstance,ptmxmode=0666,mode=620")
    _mount("tmpfs", "/dev/shm", "tmpfs", PLAIN, f"size={shared_bytes},mode=1777")
    _mount("tmpfs", "/tmp", "tmpfs", PLAIN, f"size={tmp_bytes},mode=1777")
    os.chdir("/tmp")
    os.makedirs(folder, exist_ok=True)
    _mount(f"/proc/self/fd/{taken}", folder, None, BIND)
    os.close(taken)
    with open("/proc/sys/user/max_user_namespaces", "w") as file:
        file.write("0")  # No namespace of a student's own, in which they would have rights again.
    for path in filter(os.path.exists, SETTINGS):
        _mount(path, path, None, BIND | RECURSIVE)
        _mount(None, path, None, BIND | REMOUNT | READ_ONLY | PLAIN | NO_PROGRAMS)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:  # As bubblewrap does: the room's own 127.0.0.1.
        fcntl.ioctl(device, SET_FLAGS, struct.pack("16sH14x", b"lo", UP))


def _give_up_rights():
    """Gives up all that the new namespace of users has given."""
    for capability in range(MOST_CAPABILITIES):
        with contextlib.suppress(OSError):  # There are fewer.
            _set(PR_CAPBSET_DROP, capability)
    header, nothing = struct.pack("Ii", CAPABILITIES_VERSION, 0), bytes(24)
    _call(libc.capset, header, nothing)
    _set(PR_SET_NO_NEW_PRIVS, 1)


def _set(what, value):
    _call(libc.prctl, what, *map(ctypes.c_ulong, (value, 0, 0, 0)))


def _mount(source, target, kind, flags, options=None):
    encoded = (None if text is None else text.encode() for text in (source, target, kind))
    _call(libc.mount, *encoded, ctypes.c_ulong(flags), None if options is None else options.encode())


def _call(function, *arguments):
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function.__name__}: {os.strerror(number)}")
