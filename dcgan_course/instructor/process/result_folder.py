"""The folder that a command writes its results to."""

import contextlib

from dcgan_course.refused import Refused


@contextlib.contextmanager
def hold_folder(folder):
    """Makes a result folder and locks it for this process; raises `Refused` if another command is writing to it."""
    from dcgan_lib.system.locks import Locked, NoLocks, hold_lock

    with contextlib.ExitStack() as held:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held.enter_context(hold_lock(folder / ".lock"))
        except Locked:
            raise Refused(
                f"Another run is writing to '{folder}'. Wait until it ends, or name another --output."
            ) from None
        except NoLocks:
            pass  # A drive without locks is written to all the same.
        except OSError as error:
            raise Refused(
                f"--output: '{folder}' cannot be written to ({error.strerror}). Name another folder."
            ) from None
        yield
