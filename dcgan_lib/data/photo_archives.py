"""Lists the photos of a zip or a tar, which stays packed. A packed tar, or a zip in a zip, becomes a temporary file."""

import contextlib
import gzip
import io
import lzma
import os
import shutil
import struct
import tarfile
import tempfile
import threading
import zipfile
import zlib
from functools import partial
from pathlib import Path

from dcgan_lib.data.file_kinds import ENCRYPTED, HEAD_BYTES, describe_kind, describe_unfinished, is_tar, opener_of
from dcgan_lib.data.listing import CONTAINER_SUFFIXES, BadSource, Listing, is_called_photo, is_hidden
from dcgan_lib.data.photo_decoding import describe_error

MAX_BYTES = 256 * 2**20  # No photo is this large, but a zip bomb is, or a film renamed to .jpg.
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
METHOD_NAMES = {1: "Shrink", 6: "Implode", 9: "Deflate64", 93: "Zstandard", 95: "XZ", 98: "PPMd", 99: "AES"}
END_OF_ZIP = b"PK\x05\x06"


def list_archive(file, described):
    """Lists what is in an archive.

    Args:
        file: A path, or an open file.
        described: How a message names it.

    Returns:
        A `Listing`; or `None` for a file that is no archive of files, such as a gzipped table or an Office document.

    Raises:
        ValueError: If the archive is damaged, or one part of several.
    """
    with _opened(file) as stream:
        head = stream.read(HEAD_BYTES)
    if head.startswith(b"PK") or str(described).lower().endswith(".zip"):
        return _list_zip(file, described, head)
    listing = _list_tar(file, described)
    if listing is None and str(described).lower().endswith(CONTAINER_SUFFIXES):
        reason = describe_kind(head) or ("0 bytes" if not head else "no archive")
        raise BadSource(f"load_faces: '{described}' is damaged ({reason}). Put a good one in its place.")
    return listing


@contextlib.contextmanager
def _opened(file):
    if hasattr(file, "read"):
        file.seek(0)
        yield file
        file.seek(0)
    else:
        with open(file, "rb") as stream:
            yield stream


def _list_zip(path, described, head):
    if _is_part(path, head):
        raise BadSource(
            f"load_faces: '{described}' is one part of a split archive, which Python cannot read. Put all its parts "
            f"into one folder, unpack them with 7-Zip, and name the folder with the photos."
        )
    try:
        archive = zipfile.ZipFile(path)  # It stays open: several threads read its members later.
    except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error, OSError) as error:
        reason = describe_kind(head) or describe_unfinished(str(described)) or ("0 bytes" if not head else error)
        raise BadSource(
            f"load_faces: '{described}' is damaged or no zip ({reason}). Put a good one in its place."
        ) from None
    listing = Listing()
    names = archive.namelist()
    if "[Content_Types].xml" in names or "mimetype" in names[:1]:
        return None  # An Office document, or a book.
    for info in archive.infolist():
        name = info.filename.rstrip("/")
        is_called, is_folder = is_called_photo(name), info.is_dir()
        if is_hidden(name) or (is_folder and not is_called):
            continue
        problem = "a directory" if is_folder else ENCRYPTED if info.flag_bits & 1 else None
        if info.compress_type not in METHODS and not problem:
            method = METHOD_NAMES.get(info.compress_type, f"method {info.compress_type}")
            problem = f"packed with {method}, which Python cannot read: unpack it, and name the folder"
        if is_called and info.file_size > MAX_BYTES:
            problem = f"{info.file_size:,} bytes, too large"
        read = partial(_read_member, archive, info)
        if is_called or problem:
            listing.add_photo(name, read, problem)
        else:
            listing.add(name, read, partial(read, HEAD_BYTES), partial(_unpack_member, archive, info))
    return listing.sort()


def _is_part(path, head):
    """Says whether a zip is one part of several: by its mark, its number in the zip's end, or the files beside it."""
    with _opened(path) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - 2**16 - 22))
        tail = file.read()
    end = tail.rfind(END_OF_ZIP)
    number = int.from_bytes(tail[end + 4 : end + 6], "little") if end >= 0 else 0
    if head.startswith(b"PK\x07\x08") or 0 < number < 0xFFFF:
        return True
    if end >= 0 or hasattr(path, "read"):
        return False
    # 7-Zip's first part has no mark; it is called faces.zip.001.
    return any(Path(path).with_suffix(suffix).exists() for suffix in (".002", ".z01", ".Z01"))


def _read_member(archive, info, count=None):
    if info.file_size > MAX_BYTES and count is None:
        raise ValueError(f"{info.file_size:,} bytes, too large")
    try:
        if count is None:
            return archive.read(info)
        with archive.open(info) as member:
            return member.read(count)
    except zlib.error:
        raise zipfile.BadZipFile from None


def _unpack_member(archive, info):
    """Unpacks a member into a file without a name, which is gone when nothing uses it."""
    target = tempfile.TemporaryFile()  # noqa: SIM115
    with archive.open(info) as member:
        shutil.copyfileobj(member, target, 2**20)
    target.seek(0)
    return target


def _list_tar(path, described):
    file, problem = _open_tar(path)
    if file is None:
        return None
    listing, lock = Listing(), threading.Lock()
    members, problem = _tar_members(file, problem)
    for member in members:
        name = member.name.rstrip("/")
        is_called = is_called_photo(name)
        if is_hidden(name) or not (member.isreg() or is_called):
            continue
        refused = None if member.isreg() else "a directory" if member.isdir() else "not a file"
        if is_called and member.size > MAX_BYTES:
            refused = f"{member.size:,} bytes, too large"
        read = partial(_read_part, file, lock, member.offset_data, member.size)
        if is_called:
            listing.add_photo(name, read, refused)
        else:
            listing.add(name, read, partial(read, HEAD_BYTES), partial(_copy_part, read))
    if problem and not listing.photos:
        raise BadSource(f"load_faces: '{described}' is damaged ({problem}). Put a good one in its place.")
    if problem:
        listing.unused.append((str(described), f"{problem}: what is behind is lost, put a good one in its place"))
    return listing.sort()


def _open_tar(path):
    """Returns a tar as an open file that is not packed, or `None` if it is no tar; and what is wrong with it."""
    stream = path if hasattr(path, "read") else open(path, "rb")  # noqa: SIM115
    unpack = opener_of(stream.read(HEAD_BYTES))
    stream.seek(0)
    packed = unpack(stream) if unpack else stream
    try:
        head = packed.read(HEAD_BYTES)
    except (EOFError, OSError, zlib.error, lzma.LZMAError):
        head = b""
    if not is_tar(head):
        if stream is not path:
            stream.close()
        return None, None
    if not unpack:
        stream.seek(0)
        return stream, None
    # A packed tar can only be read from its start, once; reading photos in threads needs any place at any time.
    target = tempfile.TemporaryFile()  # noqa: SIM115
    try:
        target.write(head)
        while block := packed.read1(2**16):  # read() would lose what stands before the damage.
            target.write(block)
        problem = None
    except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile):
        problem = "it is cut off or damaged"
    except OSError as error:
        problem = describe_error(error)
    target.seek(0)
    return target, problem


def _tar_members(file, problem):
    members = []
    try:
        with contextlib.suppress(EOFError):
            for member in tarfile.open(fileobj=file, mode="r:"):
                members.append(member)
    except (tarfile.TarError, ValueError, OSError):
        problem = problem or "it is cut off or damaged"
    return members, problem


def _read_part(file, lock, offset, size, count=None):
    if size > MAX_BYTES and count is None:
        raise ValueError(f"{size:,} bytes, too large")
    with lock:
        file.seek(offset)
        return file.read(min(size, count or size))


def _copy_part(read):
    return io.BytesIO(read())
