"""The images to train on: MNIST, and faces from wherever there are any. How they are read is in `dcgan_data`."""

from dcgan_data.faces import load_faces
from dcgan_data.images import Images
from dcgan_data.mnist import load_mnist
from dcgan_data.places import course_path

__all__ = ["Images", "course_path", "load_faces", "load_mnist"]
