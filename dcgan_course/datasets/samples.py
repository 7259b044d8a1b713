"""The commands about data: `python -m dcgan_lib celeba | photos | samples`."""

import argparse
from pathlib import Path


def add_commands(commands):
    """Adds them to a program's sub-parsers. What a command needs is imported only by that command."""
    celeba = commands.add_parser("celeba", help="fetch a few photos of CelebA from Hugging Face")
    celeba.add_argument("--count", type=_count, default=100, help="how many (100)")
    celeba.add_argument("--output", default="data/img_align_celeba_small", help="folder (%(default)s)")
    celeba.add_argument("--accept-terms", action="store_true", help="say that you agree to CelebA's terms")
    celeba.set_defaults(run=_celeba)

    photos = commands.add_parser("photos", help="say what is in a folder or zip of photos")
    photos.add_argument("path", help="folder, .zip, .npz or .npy")
    photos.add_argument("--output", default="contact_sheet.png", help="the contact sheet (%(default)s)")
    photos.set_defaults(run=_photos)

    samples = commands.add_parser("samples", help="write the drawn digits and faces as files")
    samples.add_argument("output", help="folder; it can then be named as data_dir")
    samples.add_argument("--digits", type=_count, default=1_000, help="how many (1000)")
    samples.add_argument("--faces", type=_count, default=100, help="how many (100)")
    samples.set_defaults(run=_samples)


def _count(text):
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1. Received: {number}")
    return number


def _celeba(options):
    from dcgan_data.celeba import TERMS, stream_celeba
    from dcgan_data.places import course_path

    print(TERMS)
    if not options.accept_terms:
        raise ValueError("celeba: nothing was fetched. If you agree to these terms, add --accept-terms.")
    there = stream_celeba(course_path(options.output), options.count)
    print(f"{there:,} of {options.count:,} photos are in {options.output}")


def _photos(options):
    from dcgan_data.photo_report import report_photos
    from dcgan_data.places import named_path

    text, sheet = report_photos(named_path("photos", options.path))
    print(text)
    sheet.save(options.output)
    print(f"contact sheet: {options.output}")


def _samples(options):
    import numpy as np
    from PIL import Image

    from dcgan_data.digits import draw_digits
    from dcgan_data.portraits import draw_faces

    # The names that load_mnist and load_faces look for, so that the folder can be named as data_dir.
    digits, faces = Path(options.output) / "mnist.npz", Path(options.output) / "faces"
    for path in (digits, faces):
        if path.exists():
            raise FileExistsError(f"samples: '{path}' is there already. Name another folder, or remove it.")
    faces.mkdir(parents=True)
    images, labels = draw_digits(options.digits)
    np.savez_compressed(digits, x_train=images, y_train=labels)
    for number, image in enumerate(draw_faces(options.faces), start=1):
        Image.fromarray(image).save(faces / f"{number:06}.jpg", quality=95)
    print(f"{options.digits:,} digits in {digits}, {options.faces:,} faces in {faces}")
