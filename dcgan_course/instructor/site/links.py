"""Where the links of a lesson lead to."""

import posixpath
import re
from urllib.parse import quote, unquote, urlsplit

from dcgan_course.refused import Refused

# Attributes of which a browser loads something by itself.
LOADED = ("src", "srcset", "poster", "data", "background")


def mend_links(soup, name, names):
    """Lets links to notebooks lead to their pages, in place.

    Args:
        soup: A lesson's cells, a `BeautifulSoup`.
        name: The lesson's name.
        names: The names of all lessons.

    Raises:
        Refused: If a link leads to a file that the site does not have, or something would be loaded from a network.
    """
    for tag in soup.find_all(True):
        for attribute in LOADED:
            if _is_foreign(tag.get(attribute, "")):
                raise Refused(
                    f"{name}: {_cell_of(tag)} shows {tag[attribute][:100]}, and the site loads nothing that is not in "
                    "the notebook. Draw it there, or link to it."
                )
    for link in soup.find_all("a", href=True):
        link["href"] = _mend(link["href"], f"{name}: {_cell_of(link)}", names)


def _mend(address, where, names):
    parts = urlsplit(address)
    if parts.scheme in ("http", "https", "mailto") or address.startswith("#"):
        return address
    stem, extension = posixpath.splitext(unquote(parts.path))
    if parts.scheme or parts.netloc or extension != ".ipynb" or stem not in names:
        raise Refused(f"{where} links to '{address}', which the site does not have. Link to a notebook, or a page.")
    return f"{quote(stem)}.html" + (f"#{parts.fragment}" if parts.fragment else "")


def _is_foreign(address):
    """Says whether an address is neither a picture or frame of the site nor data."""
    return bool(address) and not re.match(r"data:|\.\./(pictures|frames)/[^/?#]+\Z", address)


def _cell_of(tag):
    cell = tag.find_parent(class_="cell")
    return f"cell '{cell['id']}'" if cell else "it"
