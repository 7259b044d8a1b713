"""Prepares the course on Colab: the notebooks' first cell calls this there, and nothing else ever does.

The first cell imports `candidates` from wherever the course lies, Drive or a zip included, before the course is
installed. So these files may import nothing but Python's standard library.
"""
