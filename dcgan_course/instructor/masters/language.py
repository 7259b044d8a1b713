"""Two languages in one notebook: each text cell is English, with its Korean folded below it.

A text cell of a master ends in

    <details lang="ko" data-english="1a2b3c4d"><summary>한국어: its heading</summary>

    its text

    </details>

where `data-english` is the hash of the English above. It shows when a text was changed without its translation.
"""

import hashlib
import re

from dcgan_course.instructor.masters.pictures import without_pictures

FOLDED = re.compile(
    r'\n\n<details lang="ko" data-english="(?P<hash>\w+)"><summary>한국어(?:: (?P<heading>[^<]*))?</summary>\n\n'
    r"(?P<korean>.*)\n\n</details>\s*\Z",
    re.DOTALL,
)
HEADING = re.compile(r"(#+) [^\n]*")


def hash_english(english):
    """Returns eight hexadecimal digits that change with the text, but not with the pictures in it."""
    return hashlib.sha256(without_pictures(english).strip().encode()).hexdigest()[:8]


def split_languages(source):
    """Splits a text cell into its two languages.

    Returns:
        The English; the Korean heading ("" for a cell that begins without one); the Korean below it; the hash of the
        English that it was written for. The last three are None where there is no Korean.
    """
    match = FOLDED.search(source)
    if match is None:
        return source.strip(), None, None, None
    return source[: match.start()].strip(), match["heading"] or "", match["korean"].strip(), match["hash"]


def fold_korean(english, heading, korean):
    """Returns a text cell's source: the English, and the Korean folded below it."""
    title = f"한국어: {heading}" if heading else "한국어"
    opening = f'<details lang="ko" data-english="{hash_english(english)}"><summary>{title}</summary>'
    return f"{english.strip()}\n\n{opening}\n\n{korean.strip()}\n\n</details>"


def korean_text(source):
    """Returns a text cell's Korean, its heading first; None if it has none."""
    english, heading, korean, _ = split_languages(source)
    if korean is None:
        return None
    first = HEADING.match(english)
    return korean if not first else f"{first[1]} {heading}\n\n{korean}"


def unfold_korean(notebook):
    """Puts the Korean of each text cell first and open, and folds the English below it, in place."""
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        english, text = split_languages(cell.source)[0], korean_text(cell.source)
        if text is None:
            continue
        # A folded heading would appear in the table of contents a second time.
        folded = re.sub(r"^#+ (.*)$", r"**\1**", english, flags=re.MULTILINE)
        cell.source = f'{text}\n\n<details lang="en"><summary>English</summary>\n\n{folded}\n\n</details>'
