"""Formulas as MathML, which browsers show without a script and without fonts from a network."""

import re

from dcgan_course.refused import Refused

# latex2mathml writes "log D" without the gap that TeX puts there.
FUNCTION = re.compile(r"(<mi>[a-z]{2,}</mi>)(?=<m(?:i|n|sub|sup|frac)\b)")


def to_mathml(latex, display, where):
    """Converts a formula to MathML.

    Args:
        latex: The formula in LaTeX.
        display: "inline" or "block".
        where: What to call the place in a message.

    Raises:
        Refused: If it cannot be read.
    """
    from latex2mathml.converter import convert

    try:
        mathml = convert(latex, display=display)
    except Exception as error:  # Its errors have no common class.
        raise Refused(
            f"{where}: the formula ${latex}$ cannot be read ({type(error).__name__}). Mend it, or write it as text."
        ) from None
    if unknown := re.search(r"\\\w+", re.sub(r"<[^>]*>", " ", mathml)):
        raise Refused(f"{where}: in the formula ${latex}$ nobody knows {unknown[0]}. Write it otherwise.")
    return FUNCTION.sub(r'\1<mspace width="0.167em"/>', mathml)
