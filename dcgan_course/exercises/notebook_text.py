"""The text of a notebook's bytes, whatever editor, disk or download has done to them."""

import codecs
import json
import re

NOT_UTF_8 = re.compile(rb"[\x80-\xff]+")
# Of UTF-16, even in Korean, more than a tenth of the bytes are 0, as in all of JSON's own signs; of UTF-32 a quarter.
FEWEST_NULS = {"utf-16": 0.1, "utf-32": 0.25}


def decode(content):
    """Turns a file's bytes into text.

    Returns the text, or None if the bytes are no text, and a list of warnings. Plain UTF-8 gives none. A byte that is
    broken in otherwise good UTF-8 becomes U+FFFD, so that it costs no more than its own line.
    """
    codec = json.detect_encoding(content[:4096])
    # If only a few bytes are 0, that is damage.
    if content.count(0) > FEWEST_NULS.get(codec[:6], 1) * len(content):
        text = content.decode(codec, "replace")
        if "\0" not in text and re.search("[{<]", text):
            return text, [f"The file is saved as {codec[:6].upper()}, and was read."]
    warnings = []
    if nuls := content.count(0):
        content = content.replace(b"\0", b"")
        warnings.append(f"{nuls:,} empty bytes in the file were passed over: it is damaged.")
    if content.startswith(codecs.BOM_UTF8):
        content = content.removeprefix(codecs.BOM_UTF8)
        warnings.append("The file is saved as UTF-8 with a byte order mark, and was read.")
    try:
        return content.decode("utf-8"), warnings
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":  # The file is cut off inside of a letter; its reader says so.
            return content[: error.start].decode("utf-8"), warnings
        return _decode_broken(content, warnings)


def _decode_broken(content, warnings):
    """Reads CP949, as an editor on a Korean Windows writes it, or UTF-8 with broken bytes."""
    text = content.decode("utf-8", "replace")
    broken, good = text.count("\ufffd"), sum(letter > "\x7f" for letter in text) - text.count("\ufffd")
    # CP949 writes Hangul as pairs of such bytes. A single one is damage.
    runs = [len(run) for run in NOT_UTF_8.findall(content)]
    pairs = sum(length % 2 == 0 for length in runs)
    korean = content.decode("cp949", "replace")
    hangul = len(re.findall("[가-힣]", korean))
    if broken > good and 2 * pairs >= len(runs) and 2 * hangul >= len(re.findall(r"[^\x00-\x7f]", korean)):
        text, broken = korean, korean.count("\ufffd")
        warnings = [*warnings, "The file is saved as CP949 instead of UTF-8, and was read."]
        if not broken:
            return text, warnings
    if not text.lstrip().startswith("{"):
        return None, warnings
    return text, [*warnings, f"{broken} broken letter{'s' * (broken > 1)} in the file could not be read."]
