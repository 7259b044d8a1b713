"""Where photos may be, what was seen where there are none, and what is worth saying about a place."""

import contextlib
import os
from collections import Counter
from pathlib import Path

from dcgan_lib.data.file_kinds import describe_kinds
from dcgan_lib.data.google_drive import is_on_drive
from dcgan_lib.data.listing import BadSource, Listing, is_for_others
from dcgan_lib.data.photo_listing import BESIDE_ARCHIVE
from dcgan_lib.data.photo_parts import parts_of

# In a folder the first of these that holds photos is read: the lecture's names, the third one as on its Drive.
CELEBA = ("img_align_celeba_small", "img_align_celeba", "original_jpg_backup/img_align_celeba", "img_align_celeba*.zip")
MOST_NAMED = 3


class NoPhotos(FileNotFoundError):
    """There are no photos in a source; `seen` says what there is, a list of texts."""

    def __init__(self, listing, seen):
        super().__init__("; ".join(seen))
        self.listing, self.looked_at, self.seen = listing, listing.looked_at, seen


def search_photos(path, load, digits_too=True):
    """Loads the first source in a folder that holds photos: under CelebA's names, in the folder, in an archive.

    Args:
        path: The folder; another path is loaded itself.
        load: Is called with a path, `digits_too` as in `look_into`, and `beside`: a list of `(name, reason)` for the
            archives that are not read because this one is. Its result is returned. It raises `NoPhotos` or `BadSource`
            where there is nothing to load.
        digits_too: As in `look_into`.

    Raises:
        NoPhotos: If there are none in any of them; it says what was seen in all.
    """
    if not os.path.exists(path):  # There may be no data/.
        raise NoPhotos(Listing(), [])
    if not path.is_dir():
        return load(path, True)
    places, seen = [place for pattern in CELEBA for place in sorted(path.glob(pattern))], []
    places += [place for place in _links_to_drive(path) if place not in places]
    for index, place in enumerate(places):
        with _noting(seen, place):
            beside = _not_read(place, places[index + 1 :]) if place.is_file() else []
            return load(place, True, beside=beside)
    try:
        return load(path, True)
    except NoPhotos as error:
        listing, seen_loose = error.listing, error.seen
    containers = [Path(open_file()) for name, open_file in listing.containers if not is_for_others(name)]
    containers = [container for container in containers if container not in places]
    for index, container in enumerate(containers):
        with _noting(seen, container):
            return load(container, digits_too, beside=_not_read(container, containers[index + 1 :]))
    raise NoPhotos(listing, seen + seen_loose)


def _not_read(container, others):
    """Returns `(name, reason)` for the archives and arrays that come after the one that is read."""
    parts = parts_of(container)
    return [(other.name, BESIDE_ARCHIVE) for other in others if other.is_file() and other not in parts]


def _links_to_drive(path):
    """Returns the folders of Drive that Colab's first cell has linked into `data/`."""
    with contextlib.suppress(OSError), os.scandir(path) as entries:
        links = [path / entry.name for entry in entries if entry.is_symlink() and entry.is_dir()]
        return sorted(link for link in links if is_on_drive(link))
    return []


@contextlib.contextmanager
def _noting(seen, source):
    try:
        yield
    except NoPhotos as error:
        nothing = "no photos" if error.looked_at else "empty"
        seen.extend(f"{source.name}: {text}" for text in error.seen or [nothing])
    except BadSource as error:
        seen.append(str(error).removeprefix("load_faces: "))


def describe_contents(listing):
    """Says what is in a source that has no photos, as a list of texts."""
    seen = [describe_kinds(reason for _, reason in listing.unused)] if listing.unused else []
    others = [name for name in listing.others if not is_for_others(name)]
    if len(others) > MOST_NAMED:
        endings = Counter(os.path.splitext(name)[1] or "without ending" for name in others).most_common(MOST_NAMED)
        others = [f"{count:,} {ending}" for ending, count in endings]
    return seen + ([f"no photo: {', '.join(others)}"] if others else [])
