"""HTML that anybody may have written, made harmless: it runs nothing, loads nothing, and leads away at a click only."""

import re
from urllib.parse import urlsplit

import nh3

# What browsers know of MathML Core and latex2mathml writes.
MATH_TAGS = set(
    "math merror mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms mspace msqrt mstyle "
    "msub msubsup msup mtable mtd mtext mtr munder munderover".split()
)
MATH_ATTRIBUTES = set(
    "accent accentunder columnalign columnspan depth display displaystyle fence form height largeop linethickness "
    "lspace mathvariant maxsize minsize movablelimits rowspan rspace scriptlevel separator stretchy symmetric "
    "width".split()
)
# The page's own parts are not to be taken for a cell's.
PARTS = {"area", "article", "aside", "footer", "header", "hgroup", "map", "nav"}
TAGS = (nh3.ALLOWED_TAGS - PARTS) | MATH_TAGS
# Of these, what stands inside goes too: it is no text, or was meant to be seen only where they fail.
DROPPED = set(
    "audio button canvas embed iframe noembed noframes noscript object option script select style svg template "
    "textarea title video".split()
)
ATTRIBUTES = {
    "*": {"class", "dir", "id", "lang", "style", "title"},
    "a": {"href"},
    "details": {"open"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    **dict.fromkeys(MATH_TAGS, MATH_ATTRIBUTES),
}
# No colour: it is for white paper, and the page can be dark.
STYLES = {"font-style", "font-weight", "text-align", "text-decoration", "vertical-align", "white-space"}
# Pixels only: an SVG is a document, with scripts and addresses of its own.
PICTURE = re.compile(r"data:image/(?:gif|jpeg|png|webp)[;,]", re.IGNORECASE)


def clean_html(html, prefix):
    """Takes out of a piece of HTML what is not text, a picture, a table or a formula.

    Args:
        html: What a text cell or an output says.
        prefix: What its ids begin with, and the links to them: they cannot be those of other pieces or of the page.

    Returns:
        HTML in which every tag is closed.
    """

    def keep(tag, name, value):
        if name == "id":
            return prefix + value
        if name == "src":
            return value if PICTURE.match(value) else None
        if name == "href":
            return f"#{prefix}{value[1:]}" if value.startswith("#") else _checked_address(value)
        return value

    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=DROPPED,
        attributes=ATTRIBUTES,
        attribute_filter=keep,
        tag_attribute_values={"div": {"tabindex": {"0"}}},
        filter_style_properties=STYLES,
        url_schemes={"data", "http", "https", "mailto"},
    )


def _checked_address(address):
    """Returns an address that a link may lead to, on the web or beside the page; None of another kind."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    beside = not parts.scheme and not parts.netloc
    return address if beside or parts.scheme in ("http", "https", "mailto") else None
