"""`drive.mount`, as Colab has it."""

import os


def mount(mountpoint, force_remount=False, timeout_ms=120000, readonly=False):
    """Makes the student's Drive appear as `MyDrive` in a folder."""
    if os.path.islink(os.path.join(mountpoint, "MyDrive")) and not force_remount:
        print(
            f"Drive already mounted at {mountpoint}; to attempt to forcibly remount, call "
            f'drive.mount("{mountpoint}", force_remount=True).'
        )
        return
    if os.path.isdir(mountpoint) and os.listdir(mountpoint):
        raise ValueError("Mountpoint must not already contain files")
    if " " in mountpoint:
        raise ValueError("Mountpoint must not contain a space.")
    if "STAND_IN_DRIVE" not in os.environ:
        raise ValueError("mount failed")
    os.makedirs(mountpoint, exist_ok=True)
    os.symlink(os.environ["STAND_IN_DRIVE"], os.path.join(mountpoint, "MyDrive"))
    print(f"Mounted at {mountpoint}")
