"""What the search looks through: a script, because a page opened as a file may fetch nothing."""

import json
from urllib.parse import quote


def write_search_index(lessons):
    """Returns the script with the sections of all lessons of one language, in their order."""
    entries = [
        {
            "page": f"{quote(lesson.name)}.html",
            "lesson": lesson.title,
            "title": section.title,
            "anchor": section.anchor,
            "texts": section.texts,
        }
        for lesson in lessons
        for section in lesson.sections
    ]
    lines = ",\n".join(json.dumps(entry, ensure_ascii=False, separators=(",", ":")) for entry in entries)
    return f"const searchIndex = [\n{lines}\n];\n"
