"""Prepares the course on Colab: the notebooks' first cell calls this there, and nothing else ever does.

The first cell imports this package from wherever the course lies, Drive or a zip included, before the course is
installed. So it may import nothing but Python's standard library.
"""

from dcgan_course.colab.prepare import SetupError, prepare

__all__ = ["SetupError", "prepare"]
