"""What a file is, told by its first bytes: its name may say anything."""

import bz2
import contextlib
import gzip
import lzma
import tarfile
import zlib
from collections import Counter

HEAD_BYTES = 512  # So many first bytes tell every kind; a tar has its mark at 257.
ARCHIVE, ARRAY = "an archive", "an array"

HEIC = "HEIC from a phone: export as JPEG"
AVIF = "AVIF: export as JPEG"
RAW = "RAW from a camera: export as JPEG"
FILM = "a film: take single pictures out of it"
JPEG_XL = "JPEG XL: export as JPEG"
DRAWING = "SVG, a drawing: export as PNG"
POSTSCRIPT = "PostScript, a drawing: export as PNG"
OBJECTS = "objects of Python, which may run code: save the images as .npz"
WEB_PAGE = "a web page, not what was to be downloaded: download it again"
POINTER = "a pointer file of Git LFS: run git lfs pull"
GOOGLE_DOC = "a shortcut to Google Drive: download the file itself"
SHORTCUT = "a shortcut to a file that is elsewhere: copy the file itself"
ZEROS = "only zero bytes, a failed download: download it again"
ENCRYPTED = "encrypted"
MOST_KINDS = 5
UNPACK = "unpack it, and pack the photos as .zip"

# How a file begins, and what it is. Only what is worth a word; a text or a table beside photos is not.
BEGINNINGS = {
    b"FUJIFILMCCD-RAW": RAW,
    b"IIRO": RAW,
    b"IIRS": RAW,
    b"MMOR": RAW,
    b"IIU\0": RAW,
    b"FOVb": RAW,
    b"\0MRM": RAW,
    b"HEAPCCDR": RAW,
    b"Rar!": f"a RAR archive: {UNPACK}",
    b"7z\xbc\xaf\x27\x1c": f"a 7z archive: {UNPACK}",
    b"ALZ\x01": f"an ALZ archive: {UNPACK}",
    b"EGGA": f"an EGG archive: {UNPACK}",
    b"\x28\xb5\x2f\xfd": f"a Zstandard archive: {UNPACK}",
    b"MSCF": f"a CAB archive: {UNPACK}",
    b"PK\x07\x08": f"one part of a split archive: {UNPACK}",
    b"\xff\x0a": JPEG_XL,
    b"\0\0\0\x0cJXL ": JPEG_XL,
    b"gimp xcf": "a GIMP project: export as JPEG",
    b"version https://git-lfs": POINTER,
    b"version https://hawser": POINTER,
    b"/annex/objects/": "a pointer file of git-annex: run git annex get",
    b"\x1a\x45\xdf\xa3": FILM,
    b"\0\0\1\xba": FILM,
    b"%!PS": POSTSCRIPT,
    b"\xc5\xd0\xd3\xc6": POSTSCRIPT,
    b"\xd7\xcd\xc6\x9a": "a drawing of Windows: export as PNG",
    b"\x80\2}": OBJECTS,
    b"\x80\2c": OBJECTS,
    b"\x80\3}": OBJECTS,
    b"\x80\3c": OBJECTS,
    b"\x80\4\x95": OBJECTS,
    b"\x80\5\x95": OBJECTS,
    b"[InternetShortcut]": SHORTCUT,
    b"L\0\0\0\x01\x14\x02\0": SHORTCUT,
    b"book\0\0\0\0mark": SHORTCUT,
    b"%PDF": "a PDF: take the photos out of it",
    b"PAR1": "a Parquet table: take the photos out of it",
    b"\x89HDF\r\n": "an HDF5 file: save its images as .npz",
    b"MATLAB 5.0": "a MATLAB file: save its images as .npz",
    b"\xd0\xcf\x11\xe0": "an Office document: take the photos out of it",
}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"}
# What browsers call a file that they still download.
UNFINISHED = (".crdownload", ".part", ".partial", ".download", ".opdownload")
# How a packed file begins, and what opens it.
PACKED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK00PK")
GZIP, *OTHER_PACKED = PACKED
# Longer than a word beside each file's name should be.
WAYS_OUT = {ENCRYPTED: f"{ENCRYPTED}: unpack it with its password into a folder, and name the folder"}
KNOWN = {HEIC, AVIF, RAW, FILM, DRAWING, WEB_PAGE, POINTER, GOOGLE_DOC, SHORTCUT, ZEROS, *BEGINNINGS.values()}


def describe_kind(head):
    """Says what a file is that Pillow cannot read and what to do about it, from its first 512 bytes; or `None`."""
    if not head:
        return None
    if head[4:8] == b"ftyp":
        return _describe_ftyp(head)
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0"):
        return RAW
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return FILM
    kind = next((kind for beginning, kind in BEGINNINGS.items() if head.startswith(beginning)), None)
    if kind:
        return kind
    if len(head) >= 64 and not head.strip(b"\0"):
        return ZEROS
    text = _as_text(head)
    if text.startswith("<svg") or (text.startswith("<?xml") and "<svg" in text):
        return DRAWING
    if text.startswith(("<!doctype html", "<html", "<head", "<script", "<meta", "<?xml", "<!--")):
        return WEB_PAGE
    if text.startswith("{") and ("docs.google.com" in text or "drive.google.com" in text or '"doc_id"' in text):
        return GOOGLE_DOC
    return None


def describe_unfinished(name):
    """Says of a damaged file whether it is a download that has not ended, by its name; or `None`."""
    if name.lower().endswith(UNFINISHED):
        return "a download that has not ended: wait for it, or download it again"
    return None


def is_known(reason):
    """Says whether a file was not used because of what it is; not because it is broken."""
    return reason in KNOWN


def is_container(head):
    """Says whether a file may be an archive that Python reads (`ARCHIVE`), or NumPy's array (`ARRAY`); or `None`."""
    if head.startswith(b"\x93NUMPY"):
        return ARRAY
    if head.startswith((*ZIPS, *OTHER_PACKED)):
        return ARCHIVE
    if head.startswith(GZIP):  # A table may be gzipped too. A tar shows in its first block.
        with contextlib.suppress(zlib.error):
            head = zlib.decompressobj(31).decompress(head, tarfile.BLOCKSIZE)
    return ARCHIVE if is_tar(head) else None


def is_tar(head):
    """Says whether the first 512 bytes are the beginning of a tar: its checksum is right."""
    try:
        return len(head) == tarfile.BLOCKSIZE and bool(tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape"))
    except (tarfile.HeaderError, ValueError):
        return False


def opener_of(head):
    """Returns what opens a file that is packed, `gzip.open` or one like it, from its first bytes; or `None`."""
    return next((opener for beginning, opener in PACKED.items() if head.startswith(beginning)), None)


def describe_kinds(reasons):
    """Counts files by the reason why they were not used, the most frequent first: "9 HEIC ..., 1 truncated"."""
    counts = Counter(reasons).most_common()
    parts = [f"{count:,} {WAYS_OUT.get(reason, reason)}" for reason, count in counts[:MOST_KINDS]]
    rest = sum(count for _, count in counts[MOST_KINDS:])
    return ", ".join([*parts, *([f"{rest:,} others"] if rest else [])])


def _describe_ftyp(head):
    # The box gives a main brand, a version, and all brands that the file keeps to.
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[start : start + 4] for start in range(16, size, 4))}
    if brands & {b"avif", b"avis"}:
        return AVIF
    if brands & HEIC_BRANDS:
        return HEIC
    return RAW if b"crx " in brands else FILM


def _as_text(head):
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    return head.decode(encoding, "replace").lstrip("\ufeff \t\r\n").lower()
