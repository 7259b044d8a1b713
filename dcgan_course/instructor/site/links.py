"""Where the links of a lesson lead to."""

import posixpath
import re
from urllib.parse import quote, unquote, urlsplit

from dcgan_course.refused import Refused

# Attributes of which a browser loads something by itself.
LOADED = ("src", "poster", "data", "background")
# One address of `srcset`, which lists them for different screens. Commas stand between them, and can stand in one.
ADDRESS = re.compile(r"(?P<address>[^\s,](?:\S*[^\s,])?)(?P<use>\s[^,]*)?")


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
        for address in _loaded_by(tag):
            if _is_foreign(address):
                raise Refused(
                    f"{name}: {cell_of(tag)} shows {address[:100]}, and the site loads nothing that is not in "
                    "the notebook. Draw it there, or link to it."
                )
    for link in soup.find_all("a", href=True):
        link["href"] = _mend(link["href"], f"{name}: {cell_of(link)}", names)


def _mend(address, where, names):
    parts = urlsplit(address)
    if parts.scheme in ("http", "https", "mailto") or address.startswith("#"):
        return address
    stem, extension = posixpath.splitext(unquote(parts.path))
    if parts.scheme or parts.netloc or extension != ".ipynb" or stem not in names:
        raise Refused(f"{where} links to '{address}', which the site does not have. Link to a notebook, or a page.")
    return f"{quote(stem)}.html" + (f"#{parts.fragment}" if parts.fragment else "")


def _loaded_by(tag):
    addresses = [tag[attribute] for attribute in LOADED if tag.get(attribute)]
    return addresses + [match["address"] for match in ADDRESS.finditer(tag.get("srcset", ""))]


def _is_foreign(address):
    """Says whether an address is neither a frame of the site nor data."""
    return not re.match(r"data:|\.\./frames/[^/?#]+\Z", address)


def cell_of(tag):
    """Returns what a message calls the cell that a tag stands in."""
    cell = tag.find_parent(class_="cell")
    return f"cell '{cell['id']}'" if cell else "it"
