"""What a folder, an archive or an array holds: the photos in it, and what else was seen there."""

import re
from dataclasses import dataclass, field
from functools import partial

from PIL import Image

from dcgan_lib.data.file_kinds import describe_kind, is_container
from dcgan_lib.data.photo_decoding import known_formats, open_header

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp", ".webp")  # So called, a file is taken for a photo and not looked into.
# An archive may be damaged, or the last part of a split one: then its beginning does not tell.
CONTAINER_SUFFIXES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.bz2", ".tar.xz")
# Such a beginning is a photo's and nothing else's.
PHOTOS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
# When a Mac packs a folder it adds "__MACOSX/._000001.jpg" and the like for every file; the last two are Windows's.
# "." and ".." are no hidden folders: a tar that was made from within a folder has "./000001.jpg".
HIDDEN = re.compile(r"(^|/)(\.(?!\.?/)|__MACOSX(/|$)|(thumbs\.db|desktop\.ini)$)", re.IGNORECASE)
FOR_OTHERS = ("readme.md", "mnist", "ubyte")  # What `data/` holds besides photos is no news.


class BadSource(ValueError):
    """An archive or an array that is damaged, or of which nothing can be read."""


@dataclass
class Listing:
    """What was seen in one source.

    Args:
        photos: List of `(name, read)`. `read()` returns the bytes of the file, or an array; it raises an error if the
            entry cannot be a photo, for example a directory.
        unused: List of `(name, reason)`: files that are known and cannot be read, and the way out.
        containers: List of `(name, open)`: archives and arrays in it; `open()` returns a path or an open file.
        others: Names of all other files, and of empty folders.
        looked_at: How many files there are.
        remark: Which of several arrays was taken, or `""`.
    """

    photos: list = field(default_factory=list)
    unused: list = field(default_factory=list)
    containers: list = field(default_factory=list)
    others: list = field(default_factory=list)
    looked_at: int = 0
    remark: str = ""

    def add_photo(self, name, read, problem=None):
        """Adds a file that is called as a photo; `problem` says why it cannot be read.

        It is not looked into here: that would open each one twice.
        """
        self.looked_at += 1
        self.photos.append((name, partial(refuse, problem) if problem else read))

    def add(self, name, read, read_head, open_file):
        """Adds any other file, by its content; `read_head()` returns its first bytes."""
        self.looked_at += 1
        try:
            head = read_head()
            if is_container(head) or name.lower().endswith(CONTAINER_SUFFIXES):
                self.containers.append((name, open_file))
            elif _is_photo(name, head, read):
                self.photos.append((name, read))
            elif describe_kind(head):
                self.unused.append((name, describe_kind(head)))
            else:
                self.others.append(name)
        except Exception:  # It cannot be opened, and nothing says that it is a photo.
            self.others.append(name)

    def sort(self):
        """Puts everything in name order; returns itself."""
        for entries in (self.photos, self.unused, self.containers):
            entries.sort(key=lambda entry: entry[0])
        self.others.sort()
        return self


def is_called_photo(name):
    """Says whether a name ends as a photo's."""
    return name.lower().endswith(SUFFIXES)


def is_hidden(name):
    """Says whether a file, or a folder on the way to it, is hidden, or is one that a system adds for itself."""
    return bool(HIDDEN.search(name))


def is_for_others(name):
    """Says whether a file in `data/` is no news: its README, and what `load_mnist` reads."""
    return any(word in name.lower() for word in FOR_OTHERS)


def refuse(problem):
    """Raises the problem, in place of reading a file."""
    raise ValueError(problem)


def _is_photo(name, head, read):
    if head.startswith(PHOTOS) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return True
    # Two letters may begin a text too ("BM", "P5"), and a few formats are known by their name alone.
    formats = known_formats()
    suffix = name[name.rfind(".") :].lower()
    is_called = Image.registered_extensions().get(suffix) in formats
    if not is_called and not any(Image.OPEN[each][1] and Image.OPEN[each][1](head[:16]) is True for each in formats):
        return False
    try:
        return bool(open_header(read()))
    except Image.UnidentifiedImageError:
        return False
