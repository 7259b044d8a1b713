"""Gets the course ready on Colab: what the notebooks' first cell calls there, and nobody elsewhere.

A package of its own: the cell loads it from wherever the course lies, on Drive too, before anything of the
course is installed, so it needs nothing but Python.
"""

from dcgan_course.colab.prepare import SetupError, prepare

__all__ = ["SetupError", "prepare"]
