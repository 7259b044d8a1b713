"""Takes off a photo's file what is not its pixels, for files whose metadata keeps Pillow from reading them."""

import struct
import zlib

PNG_BEGINNING = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND")
# The tags that say how the pixels of a TIFF are stored, and which way is up (274).
TIFF_KEPT = {*range(254, 267), 273, 274, *range(277, 281), 284, *range(290, 294), 317, *range(320, 326)}
TIFF_KEPT |= {330, 332, *range(338, 342), 347, *range(512, 522), *range(529, 533)}


def without_metadata(content):
    """Returns the bytes of a JPEG, PNG or TIFF with its pixels and its orientation only, or `content` itself.

    Profiles, texts and comments go; a bad checksum in what says how the photo is turned is mended. What is no
    such file, or is cut off, comes back as it is.
    """
    try:
        if content.startswith(b"\xff\xd8"):
            return _strip_jpeg(content)
        if content.startswith(PNG_BEGINNING):
            return _strip_png(content)
        if content[:4] in (b"II*\0", b"MM\0*"):
            return _strip_tiff(content)
    except (IndexError, struct.error):
        pass
    return content


def _strip_jpeg(content):
    kept, position = [content[:2]], 2
    while content[position] == 0xFF and content[position + 1] != 0xDA:  # Up to where the pixels start.
        if content[position + 1] == 0xFF:  # Filling.
            position += 1
            continue
        marker, (length,) = content[position + 1], struct.unpack_from(">H", content, position + 2)
        segment = content[position : position + 2 + length]
        is_exif = marker == 0xE1 and segment[4:8] == b"Exif"
        # 0xE0 to 0xEF are for programs, 0xFE is a comment; 0xEE says which colours a JPEG from Adobe has.
        if not (0xE0 <= marker <= 0xEF or marker == 0xFE) or marker == 0xEE or is_exif:
            kept.append(segment)
        position += 2 + length
    return b"".join([*kept, content[position:]])


def _strip_png(content):
    kept, position = [PNG_BEGINNING], len(PNG_BEGINNING)
    while position < len(content):
        length, name = struct.unpack_from(">I4s", content, position)
        end = position + 12 + length
        if name == b"eXIf":
            checked = content[position + 4 : end - 4]
            kept.append(content[position : end - 4] + struct.pack(">I", zlib.crc32(checked)))
        elif name in PNG_KEPT:
            kept.append(content[position:end])
        if name == b"IEND":
            break
        position = end
    return b"".join(kept)


def _strip_tiff(content):
    order = "<" if content[:2] == b"II" else ">"
    (start,) = struct.unpack_from(order + "I", content, 4)
    (count,) = struct.unpack_from(order + "H", content, start)
    entries = [content[start + 2 + 12 * index : start + 14 + 12 * index] for index in range(count)]
    kept = [entry for entry in entries if struct.unpack_from(order + "H", entry)[0] in TIFF_KEPT]
    # A shorter list of tags in the same place; the first picture only.
    listed = struct.pack(order + "H", len(kept)) + b"".join(kept) + b"\0\0\0\0"
    return content[:start] + listed + content[start + len(listed) :]
