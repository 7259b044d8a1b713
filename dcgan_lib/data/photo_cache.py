"""A file that keeps shrunk photos, so that they are not read again. It is never out of date, and safe to delete."""

import hashlib
import json
import os

import numpy as np
from PIL import __version__ as pillow_version

from dcgan_lib.data.photo_parts import parts_of
from dcgan_lib.system.files import atomic_write

FORMAT = 2  # Another number makes all caches anew: what is read, and how, has changed.
ZIP_LIST_BYTES = 32 * 2**20  # A zip ends with the list of its members and their checksums; CelebA's takes 20 MB.


class PhotoCache:
    """The cache of one folder or zip with one set of options: an uncompressed `.npz` of the images and a key.

    The key is a hash of the options and of the source: name, size and times of each file, or a zip's list of
    members. So after any change the cache no longer matches. A damaged cache fails NumPy's checksum. If the source's
    own folder is read-only, the cache is written into `spare_folder`; if that fails too, there is no cache.
    """

    def __init__(self, source, spare_folder, **options):
        self.source = os.path.realpath(source)
        folder, name = os.path.split(self.source)
        name = "_".join([name, *(str(value) for value in options.values() if value is not None)]) + ".cache.npz"
        self.paths = [os.path.join(parent, name) for parent in (folder, spare_folder)]
        # Computed before the photos are read: if they change meanwhile, the cache will not match them.
        self.key = hashlib.sha256(f"{FORMAT} {pillow_version} {options}".encode() + self._describe_source()).hexdigest()
        self.was_damaged = False

    def read(self):
        """Returns `(images, skipped, remark)`, or `None` if there is no cache, or it does not match or is damaged."""
        for path in filter(os.path.isfile, self.paths):
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    about = json.loads(str(arrays["about"]))
                    if about["key"] == self.key:
                        return arrays["images"], [tuple(pair) for pair in about["skipped"]], about["remark"]
            except Exception:
                self.was_damaged = True

    def write(self, images, skipped, remark):
        """Writes the cache; does nothing where neither folder can be written to."""
        about = json.dumps({"key": self.key, "skipped": skipped, "remark": remark})
        for path in self.paths:
            try:
                with atomic_write(path, "wb") as file:
                    return np.savez(file, images=images, about=about)
            except OSError:
                continue

    def _describe_source(self):
        if not os.path.isdir(self.source):
            return b"".join(map(_describe_file, parts_of(self.source)))
        digest = hashlib.sha256()
        for folder, folders, names in os.walk(self.source):
            folders.sort()
            for path in (os.path.join(folder, name) for name in sorted(names)):
                stat = os.lstat(path)
                line = f"{path} {stat.st_size} {stat.st_mtime_ns} {stat.st_ctime_ns} {stat.st_ino}\n"
                digest.update(os.fsencode(line))
        return digest.digest()


def _describe_file(path):
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        if file.read(2) != b"PK":  # Only a zip ends with checksums.
            return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns} {status.st_ino}".encode()
        file.seek(max(0, status.st_size - ZIP_LIST_BYTES))
        return b"%d " % status.st_size + file.read()
