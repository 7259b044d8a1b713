"""What came of many photos, kept in a file beside them: never stale, and safe to delete."""

import hashlib
import json
import os

import numpy as np
from PIL import __version__ as pillow_version

from dcgan_lib.system.files import atomic_write

ZIP_LIST_BYTES = 32 * 2**20  # A zip ends with the list of its members and their checksums; CelebA's takes 20 MB.


class PhotoCache:
    """The cache of one folder or zip with one set of options: an uncompressed `.npz` of the images and a key.

    The key holds the source's content (name, size and times of each file; a zip's list of members) and the
    options: after any change the cache no longer fits. NumPy refuses a damaged one by its checksum. Where the
    source's own folder cannot be written to, it is in `spare_folder`, and nowhere if that fails too.
    """

    def __init__(self, source, spare_folder, **options):
        self.source = os.path.realpath(source)
        folder, name = os.path.split(self.source)
        name = "_".join([name, *(str(value) for value in options.values() if value is not None)]) + ".cache.npz"
        self.paths = [os.path.join(at, name) for at in (folder, spare_folder)]
        # Taken before the photos are read: should they change meanwhile, the cache will not fit them.
        self.key = hashlib.sha256(f"{pillow_version} {options}".encode() + self._content()).hexdigest()
        self.was_damaged = False

    def read(self):
        """Returns `(images, skipped)`, or `None` if there is no cache, it does not fit or it is damaged."""
        for path in filter(os.path.isfile, self.paths):
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    about = json.loads(str(arrays["about"]))
                    if about["key"] == self.key:
                        return arrays["images"], [tuple(pair) for pair in about["skipped"]]
            except Exception:
                self.was_damaged = True

    def write(self, images, skipped):
        """Writes the cache, for `read` in this process or another."""
        about = json.dumps({"key": self.key, "skipped": skipped})
        for path in self.paths:
            try:
                with atomic_write(path, "wb") as file:
                    return np.savez(file, images=images, about=about)
            except OSError:
                continue

    def _content(self):
        if not os.path.isdir(self.source):
            with open(self.source, "rb") as file:
                size = file.seek(0, os.SEEK_END)
                file.seek(max(0, size - ZIP_LIST_BYTES))
                return b"%d " % size + file.read()
        digest = hashlib.sha256()
        for folder, folders, names in os.walk(self.source):
            folders.sort()
            for path in (os.path.join(folder, name) for name in sorted(names)):
                at = os.lstat(path)
                digest.update(os.fsencode(f"{path} {at.st_size} {at.st_mtime_ns} {at.st_ctime_ns} {at.st_ino}\n"))
        return digest.digest()
