"""`python -m dcgan_course celeba`: a few photos of CelebA from Hugging Face, not the 1.4 GB of all of them."""

import io

from PIL import Image
from tqdm import tqdm

from dcgan_lib.system.arguments import read_count
from dcgan_lib.system.files import atomic_write
from dcgan_lib.system.paths import course_path

TERMS = """\
CelebA (Liu, Luo, Wang, Tang: Deep Learning Face Attributes in the Wild, ICCV 2015) is for non-commercial
research only. Its photos belong to their owners; neither they nor any part of them may be copied further,
published or passed on. All terms: https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"""


def add_arguments(parser):
    """Adds the options of `celeba` to an `argparse` parser."""
    parser.add_argument("--count", type=read_count, default=100, help="how many (100)")
    parser.add_argument("--output", default="data/img_align_celeba_small", help="folder (%(default)s)")
    parser.add_argument("--accept-terms", action="store_true", help="say that you agree to CelebA's terms")


def main(options):
    """Prints the terms and, if they are accepted, fetches the photos; returns the exit status."""
    print(TERMS)
    if not options.accept_terms:
        raise ValueError("celeba: nothing was fetched. If you agree to these terms, add --accept-terms.")
    fetched = stream_celeba(course_path(options.output), options.count)
    print(f"{fetched:,} of {options.count:,} photos are in {options.output}")
    return 0


def stream_celeba(output, count, data_set="flwrlabs/celeba"):
    """Writes the first photos of CelebA into a folder, as `000001.jpg`, `000002.jpg` and so on.

    Photos that are in the folder already are not fetched again, so an interrupted download continues. It is tested on
    a local data set of the same form; it was never run against the hub.

    `data_set` has a column `image`; it is a name on Hugging Face, or a local folder of parquet files. Returns how many
    of the photos are in the folder now: fewer than `count` only if the data set has no more. If the download fails, the
    photos that were fetched before stay.
    """
    paths = [output / f"{number:06}.jpg" for number in range(1, count + 1)]
    first = next((index for index, path in enumerate(paths) if not path.exists()), count)
    if first == count:
        return count
    try:
        import datasets
    except ImportError:
        raise ImportError("celeba: the package datasets is needed. Install it: pip install datasets") from None
    try:
        photos = datasets.load_dataset(str(data_set), split="train", streaming=True).select_columns("image")
        photos = photos.cast_column("image", datasets.Image(decode=False)).skip(first)
        output.mkdir(parents=True, exist_ok=True)
        bar = tqdm(paths[first:], total=count, initial=first, unit=" photos", mininterval=2)
        for path, photo in zip(bar, photos, strict=False):
            content = photo["image"]["bytes"]
            with atomic_write(path, "wb") as file:
                if content.startswith(b"\xff\xd8"):  # A JPEG is kept as it is; other formats become JPEG.
                    file.write(content)
                else:
                    Image.open(io.BytesIO(content)).convert("RGB").save(file, "JPEG", quality=95)
    except Exception as error:
        raise ConnectionError(
            f"celeba: {sum(path.exists() for path in paths)} of {count} photos are in '{output}', then it stopped "
            f"({type(error).__name__}: {error}). Start it again to go on. Without network: train on the drawn faces "
            f"(source=None), or put img_align_celeba.zip into data/ or on your Drive and name it as source."
        ) from None
    return sum(path.exists() for path in paths)
