"""The figures in the masters' texts: drawn by code, so that they can be drawn again.

`gallery.py` lists them, and `python -m dcgan_course notebooks --figures` writes them into the masters.
"""
