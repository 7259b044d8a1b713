"""Folders on Google Drive: reading thousands of single files from there takes hours."""

import os

from dcgan_lib.system.paths import shown_path

DRIVES = {"MyDrive", "My Drive", "Shareddrives", "Shared drives"}
MANY_ON_DRIVE = 5_000  # That takes ten minutes.


def is_on_drive(path):
    """Says whether a path is on a Google Drive that is mounted, or leads there."""
    return bool(DRIVES.intersection(os.path.realpath(path).split(os.sep)))


def warn_of_drive(folder, limit):
    """Prints what to do where a folder on Google Drive holds so many single files that reading them takes hours.

    Raises:
        OSError: If Drive does not even list them.
    """
    if not is_on_drive(folder) or (limit and limit <= MANY_ON_DRIVE):
        return
    try:
        found = 0
        for _, _, names in os.walk(folder, onerror=_raise):
            found += len(names)
            if found > MANY_ON_DRIVE:
                break
    except OSError as error:
        raise OSError(
            f"load_faces: Drive does not list '{shown_path(folder)}' ({error.strerror or error}): it may hold too many "
            f"single files. Pack the folder into one img_align_celeba.zip, put that on your Drive, and run this cell "
            f"again."
        ) from None
    if found > MANY_ON_DRIVE:
        print(
            f"load_faces: '{shown_path(folder)}' holds {found:,} single files on Drive, which takes hours to read "
            f"(about 10 files a second). Better stop this cell, pack the folder into one img_align_celeba.zip, put "
            f"that on your Drive, and run the cell again: a zip is read in minutes. Or read a few: limit=1000."
        )


def _raise(error):
    raise error
