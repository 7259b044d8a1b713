"""Reads many photos quickly: files in threads, and pixels in helper processes."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from tqdm import tqdm

from dcgan_lib.data.photo_decoding import describe_error, quiet_pillow
from dcgan_lib.data.photo_shrinking import shrink_chunk, shrink_in_helper, start_helpers
from dcgan_lib.system.machine import usable_cores

CHUNK = 64
WORKERS = min(8, usable_cores())
HELPERS_ABOVE = 2_000  # Starting a process takes as long as decoding about a thousand photos.


def each_chunk(photos, work):
    """Reads photos that `list_photos` listed, in threads; shows its progress after two seconds.

    Calls `work(start, contents)` for 64 photos at a time. `start` is the index of the first one; `contents` is a list
    of what `open_photo` takes: for a photo that could not be read, the reason as a string.
    """

    def read_and_work(start):
        contents = []
        for _, read in photos[start : start + CHUNK]:
            try:
                contents.append(read())
            except Exception as error:
                contents.append(describe_error(error))
        work(start, contents)
        return len(contents)

    with quiet_pillow(), ThreadPoolExecutor(WORKERS) as pool:
        try:
            with tqdm(total=len(photos), unit=" photos", delay=2, mininterval=2) as progress:
                for count in pool.map(read_and_work, range(0, len(photos), CHUNK)):
                    progress.update(count)
        except BaseException:
            pool.shutdown(cancel_futures=True)  # So that Ctrl-C does not wait for the rest.
            raise


def shrink_photos(photos, **options):
    """Reads photos that `list_photos` listed into one array; many photos are decoded in helper processes.

    Takes the options of `load_faces`: `image_size`, `color_mode`, `channel` and `crop`. Returns the good photos, uint8
    `(n, image_size, image_size, channels)`, 0 to 255, and a list of `(name, reason)` of the bad ones.
    """
    channels, size, bad = 3 if options["color_mode"] == "rgb" else 1, options["image_size"], {}
    images = np.empty((len(photos), size, size, channels), dtype="uint8")

    def shrink(start, contents):
        result = shrink_in_helper(idle, contents, options) or shrink_chunk(contents, **options)
        images[start : start + len(contents)], bad_in_chunk = result
        bad.update({start + index: reason for index, reason in bad_in_chunk.items()})

    with start_helpers(WORKERS if len(photos) > HELPERS_ABOVE else 0) as idle:
        each_chunk(photos, shrink)
    if bad:
        good = [index for index in range(len(photos)) if index not in bad]
        for target, index in enumerate(good):  # In place, because all of CelebA may not fit into memory twice.
            images[target] = images[index]
    return images[: len(photos) - len(bad)], [(photos[index][0], bad[index]) for index in sorted(bad)]
