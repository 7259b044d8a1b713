"""`python -m dcgan_course samples`: writes the drawn digits and faces as files.

The files have the names that `load_mnist` and `load_faces` look for, so the folder can be given as data_dir.
"""

from pathlib import Path

from dcgan_lib.system.arguments import read_count


def add_arguments(parser):
    """Adds the options of `samples` to an `argparse` parser."""
    parser.add_argument("output", help="folder; it can then be given as data_dir")
    parser.add_argument("--digits", type=read_count, default=1_000, help="how many (1000)")
    parser.add_argument("--faces", type=read_count, default=100, help="how many (100)")


def main(options):
    """Writes the files, which must not exist yet; returns the exit status."""
    import numpy as np
    from PIL import Image

    from dcgan_lib.data import draw_digits, draw_faces

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
    return 0
