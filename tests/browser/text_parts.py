"""What a text cell can hold beside words, for notebooks that are looked at in the browser."""

import base64
import io

from PIL import Image

# The two losses of the first lesson, side by side: wider than 400 pixels.
LOSSES = r"$$L_D = -\tfrac{1}{2}\,[\log D(x) + \log(1 - D(G(z)))] \qquad L_G = -\log D(G(z))$$"


def figure(alt, light, dark=None):
    """Returns a figure of one colour, or of one for light and one for dark pages, as a text cell holds it."""
    source = f'<source media="(prefers-color-scheme: dark)" srcset="{_address(dark)}">' if dark else ""
    return f'<picture>{source}<img src="{_address(light)}" alt="{alt}"></picture>'


def _address(colour):
    file = io.BytesIO()
    Image.new("RGB", (2000, 800), colour).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
