"""Figures that look the same whatever a session has told matplotlib: LaTeX texts, fonts that are not there."""

import contextlib
import io

from matplotlib import figure, style

from dcgan_lib.system.defaults import numpy_defaults


@contextlib.contextmanager
def own_style():
    """Lets matplotlib draw with its own defaults while this context lasts; it is a decorator of functions, too."""
    with style.context("default"), numpy_defaults():
        yield


class Figure(figure.Figure):
    """A figure that a notebook shows as the last value of a cell, whether or not pyplot was used before."""

    @own_style()
    def draw(self, renderer):
        """Draws it; fonts are looked for only now, perhaps long after it was made."""
        super().draw(renderer)

    @own_style()
    def get_tightbbox(self, *arguments, **options):
        """Measures it, as Jupyter does before it draws."""
        return super().get_tightbbox(*arguments, **options)

    @own_style()
    def savefig(self, *arguments, **options):
        """Writes it as matplotlib's figures are written."""
        super().savefig(*arguments, **options)

    def _repr_png_(self):
        content = io.BytesIO()
        self.savefig(content, format="png", dpi=100)
        return content.getvalue()
