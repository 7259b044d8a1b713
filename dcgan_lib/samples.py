"""Drawn digits and drawn faces: pictures to learn from where there is no network and no data.

Nothing in them is loaded or copied: `draw_digits` stands in for MNIST, `draw_faces` for CelebA, in the same sizes.
"""

from dcgan_data.digits import draw_digits
from dcgan_data.portraits import draw_faces

__all__ = ["draw_digits", "draw_faces"]
