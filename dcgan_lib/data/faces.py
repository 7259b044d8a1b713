"""Faces to train on: your photos, or drawn faces where there are no photos."""

from functools import partial

from dcgan_lib.data.drawn_faces import draw_faces
from dcgan_lib.data.file_kinds import describe_kinds, is_known
from dcgan_lib.data.google_drive import warn_of_drive
from dcgan_lib.data.images import Images
from dcgan_lib.data.listing import SUFFIXES, BadSource
from dcgan_lib.data.photo_cache import PhotoCache
from dcgan_lib.data.photo_listing import look_into, unused_beside_photos
from dcgan_lib.data.photo_reading import shrink_photos
from dcgan_lib.data.photo_search import NoPhotos, describe_contents, search_photos
from dcgan_lib.system.arguments import is_integer
from dcgan_lib.system.defaults import numpy_defaults
from dcgan_lib.system.paths import course_path, named_path, shown_path

COLOR_MODES = ("grayscale", "luminance", "rgb")
CACHE_ABOVE = 2_000  # Fewer photos are read in a second or two, so a cache file would be a surprise without a use.


@numpy_defaults()
def load_faces(source=None, color_mode="grayscale", channel=0, image_size=28, limit=None, crop=None):
    """Loads photos as small squares, or draws faces where there are no photos.

    The defaults are the lecture's: CelebA's portraits of 178x218 pixels, squeezed into 28x28, in one colour channel.

    Args:
        source: A folder (with its sub-folders), a zip or tar (it is not unpacked; the parts in which Google Drive packs
            a folder, `...-001.zip` and so on, are read together), a `.npz` or `.npy` of images, or a
            list of files. What a file is, its content says, not its name. A relative one is looked for in the
            course's folder, then in the working folder. A list keeps its order, all others are in name order. In a
            folder the first of these is read: `img_align_celeba_small/`, `img_align_celeba/`,
            `original_jpg_backup/img_align_celeba/`, `img_align_celeba*.zip`, all photos, any archive, any array.
            `None`: the folder that `DCGAN_DATA` names; or else `data/`, then 100 drawn faces.
        color_mode: `"grayscale"`: the one `channel` of the colour photo, as in the lecture;
            `"luminance"`: its brightness, 0.299 R + 0.587 G + 0.114 B; `"rgb"`: all three.
        channel: The channel for `"grayscale"`: 0 red, 1 green, 2 blue.
        image_size: Height and width, a multiple of 4.
        limit: Reads only this many files, the first ones.
        crop: `None` squeezes the complete photo into the square; a face of 178x218 gets wider by a fifth.
            `"square"` first cuts out the largest square in the middle (178x178, without the 20 rows
            at the top and the 20 at the bottom), so the face keeps its proportions.

    Returns:
        `Images`, uint8 `(n, image_size, image_size, channels)`, 0 to 255; 3 channels for `"rgb"`, else 1.
        `skipped` says which files were not used and why, and `source` counts them by kind. For more than 2,000
        photos a cache file is written beside the source, or into `data/`; it is made again when the source changes.

    Raises:
        FileNotFoundError: If `source` does not exist, or holds no photos.
        ValueError: If an argument is not as above, or more than half of the photos cannot be read.
    """
    for name, value, is_valid, expected in (
        ("color_mode", color_mode, color_mode in COLOR_MODES, f"one of {', '.join(COLOR_MODES)}"),
        ("channel", channel, channel in (0, 1, 2), "0 (red), 1 (green) or 2 (blue)"),
        ("image_size", image_size, is_integer(image_size) and image_size % 4 == 0, "a multiple of 4, as 28 or 64"),
        ("limit", limit, limit is None or is_integer(limit), "None (all), or a whole number of at least 1"),
        ("crop", crop, crop in (None, "square"), "None or 'square'"),
    ):
        if not is_valid:
            raise ValueError(f"load_faces: {name} must be {expected}. Received: {name}={value!r}.")
    options = {"image_size": image_size, "color_mode": color_mode, "channel": channel, "crop": crop}
    if isinstance(source, (list, tuple)):
        return _load_photos(source, limit=limit, options=options)
    path = named_path("load_faces", source)
    try:
        load = partial(_load_photos, limit=limit, options=options)
        return search_photos(path or course_path("data"), load, digits_too=path is not None)
    except NoPhotos as error:
        if path:
            raise FileNotFoundError(
                f"load_faces: no {', '.join(SUFFIXES)} under '{shown_path(path)}' (looked at {error.looked_at:,} "
                f"files). Put photos there, or leave source=None for the drawn sample faces."
                f"{' Seen there: ' if error.seen else ''}{'; '.join(error.seen)}"
            ) from None
        reason = f"nothing in data/ could be used: {'; '.join(error.seen)}" if error.seen else "no photos in data/"
    faces, _ = shrink_photos(look_into(draw_faces(100)).photos[:limit], **options)
    return Images(faces, f"{len(faces):,} faces drawn by dcgan_lib ({reason})")


def _load_photos(source, digits_too=True, *, limit, options, beside=()):
    if isinstance(source, (list, tuple)):
        described, cache = f"a list of {len(source):,} files", None
    else:
        if source.is_dir():
            warn_of_drive(source, limit)
        described, has_cache = shown_path(source), source.suffix.lower() not in (".npz", ".npy")
        cache = PhotoCache(source, course_path("data"), limit=limit, **options) if has_cache else None
    cached = cache.read() if cache else None
    images, skipped, inner = cached or _read_photos(source, described, limit, options, digits_too)
    remark = ", from its cache" if cached else ""
    if cache and not cached:
        remark = ", its damaged cache was made anew" if cache.was_damaged else ""
        if len(images) + len(skipped) > CACHE_ABOVE:
            cache.write(images, skipped, inner)
    skipped = [*skipped, *beside]  # The cache of an archive does not know its neighbours.
    if skipped:
        kinds = describe_kinds(reason for _, reason in skipped)
        remark += f", {len(skipped):,} skipped ({kinds}), first: {skipped[0][0]}"
    return Images(images, f"{len(images):,} photos from {described}{inner and f' ({inner})'}{remark}", skipped)


def _read_photos(source, described, limit, options, digits_too):
    listing = look_into(source, digits_too)
    photos = listing.photos[:limit]
    if not photos:
        raise NoPhotos(listing, describe_contents(listing))
    images, skipped = shrink_photos(photos, **options)
    broken = [reason for _, reason in skipped if not is_known(reason)]
    if not len(images) and not broken:
        raise NoPhotos(listing, [describe_kinds(reason for _, reason in skipped + listing.unused)])
    if len(broken) > len(images):
        error = BadSource if not len(images) else ValueError
        raise error(
            f"load_faces: {len(skipped):,} of {len(photos):,} photos in '{described}' could not be read "
            f"({describe_kinds(reason for _, reason in skipped)}; first: {skipped[0][0]}). "
            f"Look at that one; name another source, or remove the bad ones."
        )
    return images, skipped + listing.unused + unused_beside_photos(listing), listing.remark
