"""Stands for the course's library in the sandbox: an answer can name what is in it, and not use it.

It is copied into the sandbox by itself, as `dcgan_lib`.
"""


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def missing(*_, **__):
        raise ImportError(f"{name} of the course's library is not there when it is graded. Write it yourself.")

    return missing
