"""Permissions of files, for tests that root runs."""

import ctypes
import os


def obey_permissions():
    """Lets a child process of root obey the permissions of files, as everybody else's does; it stays their owner."""
    if os.geteuid() == 0:
        header, none = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
        assert ctypes.CDLL(None).capset(header, none) == 0  # Root writes everywhere by its capabilities alone.
