"""The student's Google Drive: the lecture's data is looked for there, and results are kept there.

`generated_images/` and the entries of `data/` become symbolic links to Drive, so that a notebook names the same
folders on Colab and on a laptop.
"""

import itertools
import shutil

# The folder that the slides use, for the data and the results.
LECTURE = "pytest_img"
RESULTS = "_generated_images"
DATA = ("img_align_celeba_small", "*celeba*.zip", "mnist.npz")
# All photos as single files, the second as on the slides. Drive takes hours to read them, so a zip comes first.
SINGLE_FILES = ("img_align_celeba", "original_jpg_backup/img_align_celeba")
PHOTOS = (".jpg", ".jpeg", ".png")
SLOW = " (single files: thousands of them take hours to read from Drive, one zip of the folder takes minutes)"


class SetupError(Exception):
    """A problem that the student can solve. A notebook shows only the sentence, without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


def link_results(course, my_drive):
    """Makes `generated_images` a link to Drive, and moves the results that are already in it there.

    Returns a sentence that says where results go. Raises `SetupError` if Drive is not there or cannot be written to.
    """
    results, folder = my_drive / LECTURE / RESULTS, course / "generated_images"
    try:
        if not my_drive.is_dir():
            raise OSError("it is not mounted")
        results.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"Your Drive cannot be written to ({error.strerror or error}). Make room there or allow access when this "
            f"cell is run again; or set keep_results = False, and download your pictures before you leave."
        ) from None
    if not folder.is_symlink():
        folder.mkdir(exist_ok=True)
        for entry in folder.iterdir():
            if entry.name != "README.md" and not (results / entry.name).exists():
                shutil.move(entry, results / entry.name)
        if any(entry.is_dir() for entry in folder.iterdir()):  # Drive has a run of the same name: keep both.
            names = (folder.with_name(f"{folder.name}.{number}") for number in itertools.count(1))
            folder.rename(next(name for name in names if not name.exists()))
        else:
            shutil.rmtree(folder)
        folder.symlink_to(results, target_is_directory=True)
    return f"Pictures and checkpoints are kept on your Drive, in {LECTURE}/{RESULTS}; a run that was cut off goes on."


def unlink_results(course):
    """Makes `generated_images` a folder on the runtime's disk again; returns a sentence that says so."""
    folder = course / "generated_images"
    if folder.is_symlink():
        folder.unlink()
    folder.mkdir(exist_ok=True)
    return "Pictures and checkpoints are gone when the runtime ends; keep_results = True keeps them on your Drive."


def link_data(course, my_drive, drive_data):
    """Links the photos and digits on Drive into `data`: the lecture's folders, zips of photos, `mnist.npz`.

    `drive_data`, the `data` folder of a course on Drive, is searched first, and all that it holds is linked. Returns
    the paths that were found, relative to Drive.
    """
    data, found = course / "data", {}
    data.mkdir(exist_ok=True)
    for folder, patterns in ((drive_data, ("*",)), (my_drive / LECTURE, (*DATA, "*.zip")), (my_drive, DATA)):
        for pattern in patterns if folder != data and folder.is_dir() else ():
            for path in sorted(folder.glob(pattern)):
                if path.suffix.lower() in PHOTOS:  # A link to a folder is followed, one to a photo is not.
                    found.setdefault(folder.name, folder)
                elif not path.name.startswith((".", "README", "dcgan-course")):
                    found.setdefault(path.name, path)
    single = [folder / name for folder in (my_drive / LECTURE, my_drive) for name in SINGLE_FILES]
    single = [path for path in single if path.is_dir()]
    if single and not any(name.endswith(".zip") for name in found):
        found.setdefault(single[0].name, single[0])
    for name, path in found.items():
        if (data / name).is_symlink():
            (data / name).unlink()
        if not (data / name).exists():
            (data / name).symlink_to(path)
    return [path.relative_to(my_drive).as_posix() + (SLOW if path in single else "") for path in found.values()]
