"""`python -m dcgan_course photos`: shows what is in a folder or zip of photos, before you train on it."""

import hashlib
import os
from collections import Counter

from PIL import Image, ImageOps

from dcgan_lib.data.file_kinds import describe_kinds
from dcgan_lib.data.photo_decoding import describe_error, open_header, open_photo
from dcgan_lib.data.photo_listing import look_into, unused_beside_photos
from dcgan_lib.data.photo_reading import each_chunk
from dcgan_lib.data.photo_search import NoPhotos, describe_contents, search_photos
from dcgan_lib.system.paths import named_path

CELL = (89, 109)  # Half of a CelebA photo.
COLUMNS = ROWS = 10
MOST_NAMED = 10


def add_arguments(parser):
    """Adds the options of `photos` to an `argparse` parser."""
    parser.add_argument("path", help="folder, zip or tar, .npz or .npy, or one photo")
    parser.add_argument("--output", default="contact_sheet.png", help="the contact sheet (%(default)s)")


def main(options):
    """Prints the report and writes the contact sheet, of the first 100 photos; returns the exit status."""
    # In a shell a relative path is first of all the shell's.
    source = named_path("photos", os.path.abspath(options.path) if os.path.exists(options.path) else options.path)
    try:
        source, listing = search_photos(source, _list_source)
    except NoPhotos as error:
        raise FileNotFoundError(
            f"photos: no photos under '{source}' (looked at {error.looked_at:,} files"
            f"{': ' if error.seen else ''}{error}). Name a folder, a zip, a tar, a .npz or a .npy of photos."
        ) from None
    photos = listing.photos
    facts, bad, sheet = {}, {}, Image.new("RGB", (COLUMNS * CELL[0], ROWS * CELL[1]), "white")

    def examine(start, contents):
        for index, content in enumerate(contents, start):
            try:
                photo = open_photo(content, draft_size=2 * max(CELL))
                original = photo if hasattr(content, "shape") else open_header(content)
            except Exception as error:
                bad[index] = describe_error(error)
                continue
            facts[index] = ("x".join(map(str, original.size)), original.mode, hashlib.sha256(bytes(content)).digest())
            if index < COLUMNS * ROWS:
                sheet.paste(ImageOps.contain(photo, CELL), (index % COLUMNS * CELL[0], index // COLUMNS * CELL[1]))

    each_chunk(photos, examine)
    print(f"{len(photos):,} photos in {source}{listing.remark and f' ({listing.remark})'}")
    for column, title in enumerate(("sizes", "modes")):
        counts = Counter(facts[index][column] for index in sorted(facts)).most_common(5)
        print(f"{title}:", ", ".join(f"{value} ({count:,})" for value, count in counts) or "none")
    first_with, duplicates = {}, []
    for index in sorted(facts):
        first = first_with.setdefault(facts[index][2], index)
        if first != index:
            duplicates.append(f"{photos[index][0]} = {photos[first][0]}")
    bad_files = [(photos[index][0], bad[index]) for index in sorted(bad)]
    unused = listing.unused + unused_beside_photos(listing)
    print(f"duplicates: {len(duplicates):,}", *duplicates[:MOST_NAMED], sep="\n  ")
    for title, entries in (("bad files", bad_files), ("not used", unused)):
        if entries or title == "bad files":
            kinds = f" ({describe_kinds(reason for _, reason in entries)})" if len(entries) > 1 else ""
            named = [f"{name}: {reason}" for name, reason in entries[:MOST_NAMED]]
            print(f"{title}: {len(entries):,}{kinds}", *named, sep="\n  ")
    sheet.save(options.output)
    print(f"contact sheet: {options.output}")
    return 0


def _list_source(source, digits_too):
    listing = look_into(source, digits_too)
    if not listing.photos:
        raise NoPhotos(listing, describe_contents(listing))
    return source, listing
