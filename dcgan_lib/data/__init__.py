"""The images to train on: MNIST, photos of faces, and drawn digits and faces. It does not import TensorFlow."""

from dcgan_lib.data.drawn_digits import draw_digits
from dcgan_lib.data.drawn_faces import draw_faces
from dcgan_lib.data.faces import load_faces
from dcgan_lib.data.images import Images
from dcgan_lib.data.mnist import load_mnist
from dcgan_lib.system.paths import course_path

__all__ = ["Images", "course_path", "draw_digits", "draw_faces", "load_faces", "load_mnist"]
