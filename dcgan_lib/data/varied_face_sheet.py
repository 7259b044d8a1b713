"""The 1,000 varied drawn faces that the course comes with, in one picture.

`python -m dcgan_lib.data.varied_face_sheet` draws them again in ten seconds, and prints the new file's hash, which must
then stand here: a few pixels depend on the processor and on what draws.
"""

import functools
import hashlib
import io
from pathlib import Path

import numpy as np
from PIL import Image

from dcgan_lib.data.varied_faces import draw_varied_face

SHEET = Path(__file__).with_name("varied_faces.png")
SHEET_SHA256 = "82d45e6dd9ef005b1f95461f5695550dba3888c368974a1775ea5d8762b6f491"
ROWS, COLUMNS, SIDE = 25, 40, 28


@functools.cache
def load_varied_faces():
    """Reads the drawn faces: uint8 `(1000, 28, 28, 3)`, 0 to 255.

    Raises:
        ValueError: If the file is not the one that the course came with.
    """
    content = SHEET.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHEET_SHA256:
        raise ValueError(f"TunedDCGAN: '{SHEET}' is not the file that the course came with. Install it anew.")
    sheet = np.asarray(Image.open(io.BytesIO(content)))
    return sheet.reshape(ROWS, SIDE, COLUMNS, SIDE, 3).swapaxes(1, 2).reshape(-1, SIDE, SIDE, 3)


def main():
    """Draws the faces, writes their sheet and prints its hash."""
    faces = np.stack([draw_varied_face(np.random.default_rng([0, number])) for number in range(ROWS * COLUMNS)])
    sheet = faces.reshape(ROWS, COLUMNS, SIDE, SIDE, 3).swapaxes(1, 2).reshape(ROWS * SIDE, COLUMNS * SIDE, 3)
    Image.fromarray(sheet).save(SHEET, optimize=True)
    print(f"{SHEET.stat().st_size:,} bytes, sha256 {hashlib.sha256(SHEET.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
