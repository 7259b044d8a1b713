"""The sections of a lesson: what its list of contents shows, and what the search looks through."""

from dataclasses import dataclass, field

HEADINGS = ("h1", "h2", "h3")


@dataclass
class Section:
    """A heading, and what stands below it until the next.

    Attributes:
        title: What the heading says.
        level: 1 for the lesson itself, 2 or 3.
        anchor: What a link to it ends in.
        texts: A list of pairs: a cell's anchor, and its text or code.
    """

    title: str
    level: int
    anchor: str
    texts: list = field(default_factory=list)


def list_sections(soup):
    """Lists the sections of a lesson's cells, a `BeautifulSoup`; what stands before the first heading is in none."""
    sections = []
    for cell in soup.select(".cell"):
        for part in cell.find_all(True, recursive=False):
            anchor = part.get("id") or cell["id"]
            if part.name in HEADINGS:
                sections.append(Section(_text(part), int(part.name[1]), anchor))
            elif sections and "output" not in part.get("class", []):
                texts = sections[-1].texts
                place = sections[-1].anchor if _is_inside(sections[-1].anchor, cell["id"]) else cell["id"]
                if texts and texts[-1][0] == place:
                    texts[-1] = (place, f"{texts[-1][1]} {_text(part)}")
                else:
                    texts.append((place, _text(part)))
    return sections


def _is_inside(anchor, cell_id):
    """Says whether an anchor is that of a cell, or of a heading in it."""
    return anchor == cell_id or anchor.startswith(f"{cell_id}.")


def _text(tag):
    return " ".join(tag.get_text().split())
