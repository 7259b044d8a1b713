"""Whatever people hold as photos: a table of the kinds, what each is, and what must come of it.

A row makes its own input. `read` rows must come out as the picture that went in; `named` rows must be named for what
they are, with the way out, and cost only themselves; the archives and arrays are read, or answered in one sentence.
"""

import bz2
import gzip
import io
import json
import lzma
import pickle
import struct
import tarfile
import zipfile
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from dcgan_course import __main__ as commands
from dcgan_course.colab import drive
from dcgan_lib.data import draw_faces, google_drive, load_faces
from dcgan_lib.data import faces as face_loading
from dcgan_lib.data.photo_decoding import open_photo

# A course of its own, so that no test sees or leaves anything in the real data/.
pytestmark = pytest.mark.usefixtures("empty_course")


# A picture whose corners differ, so that it is seen which way is up: red, green, blue, gray.
PICTURE = np.zeros((64, 64, 3), "uint8")
PICTURE[:32, :32], PICTURE[:32, 32:], PICTURE[32:, :32], PICTURE[32:, 32:] = (
    (240, 20, 20),
    (20, 220, 20),
    (20, 20, 200),
    (120, 120, 120),
)
GRAY = np.asarray(Image.fromarray(PICTURE).convert("L"))


def encode(image, form, **options):
    file = io.BytesIO()
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(file, form, **options)
    return file.getvalue()


JPEG = encode(PICTURE, "JPEG", quality=95, subsampling=0)
PNG = encode(PICTURE, "PNG")


def segment(marker, content):
    """A part of a JPEG that is not its pixels."""
    return b"\xff" + bytes([marker]) + struct.pack(">H", len(content) + 2) + content


def with_segments(*segments):
    return JPEG[:2] + b"".join(segments) + JPEG[2:]


def exif(*entries):
    """EXIF of entries `(tag, type, count, four bytes)`."""
    packed = b"".join(struct.pack("<HHI4s", *entry) for entry in sorted(entries))
    return b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + packed + b"\0" * 4


def chunk(name, content, checksum=None):
    """A part of a PNG."""
    checksum = zlib.crc32(name + content) if checksum is None else checksum
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def png_with(*chunks, behind=False):
    at = len(PNG) - 12 if behind else 33  # Before IEND, or behind IHDR.
    return PNG[:at] + b"".join(chunks) + PNG[at:]


def png_of_16_bits(values):
    """A PNG of uint16 (height, width, channels), which Pillow cannot write."""
    height, width, channels = values.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0)
    return PNG[:8] + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def tiff(values, photometric, *more, order="<"):
    """A TIFF of uint8 or uint16 (height, width, channels), with more tags `(tag, type, count, value)`."""
    height, width, channels = values.shape
    data = values.astype(values.dtype.newbyteorder(order)).tobytes()
    bits = 8 * values.dtype.itemsize
    entries = [(256, 4, 1, width), (257, 4, 1, height), (259, 4, 1, 1), (262, 4, 1, photometric), (273, 4, 1, 512)]
    entries += [(277, 4, 1, channels), (278, 4, 1, height), (279, 4, 1, len(data))]
    entries += [(258, 3, channels, 500 if channels > 2 else bits << (16 if order == ">" else 0)), *more]
    packed = b"".join(struct.pack(f"{order}HHII", *entry) for entry in sorted(entries))
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}IH", 8, len(entries)) + packed
    head = head.ljust(500, b"\0") + struct.pack(f"{order}4H", bits, bits, bits, bits)
    return head.ljust(512, b"\0") + data


def small(image, size=28):
    return np.asarray(Image.fromarray(image).resize((size, size))).astype(int)


# Photos that are read ------------------------------------------------------------------------------------------------

WIDE, GRAY16 = PICTURE.astype("uint16"), GRAY.astype("uint16")[..., None]
OPAQUE = np.full((64, 64, 1), 65_535, "uint16")
TURNED = np.rot90(PICTURE).copy()  # As a camera stores it that was held upright: orientation 6.
ORIENTATION_6 = (0x0112, 3, 1, b"\6\0\0\0")
PALETTE = Image.fromarray(PICTURE).quantize(16)
TEXT = PngImagePlugin.PngInfo()
TEXT.add_text("comment", "x" * 3_000_000, zip=True)

READ = {
    # Metadata costs nothing.
    "an EXIF tag of a type that there is not": with_segments(segment(0xE1, exif((0x0132, 77, 3, b"abcd")))),
    "an EXIF text where a number should be": with_segments(segment(0xE1, exif((0x0112, 2, 2, b"x\0\0\0")))),
    "an EXIF orientation of 99": with_segments(segment(0xE1, exif((0x0112, 3, 1, b"\x63\0\0\0")))),
    "an EXIF list without end": with_segments(segment(0xE1, exif() + b"\xff" * 90)),
    "a multi-picture index that is noise": with_segments(segment(0xE2, b"MPF\0II*\0\xff\xff\xff\xff\1\2\3")),
    "a colour profile that is noise": with_segments(segment(0xE2, b"ICC_PROFILE\0\1\2" + b"\x99" * 50)),
    "a colour profile without a number": with_segments(segment(0xE2, b"ICC_PROFILE\0")),
    "Photoshop's data cut off": with_segments(segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04")),
    "a thousand comments": with_segments(*[segment(0xFE, b"\xff\xfe\0" * 900)] * 1_000),
    "a PNG text of 3 MB": encode(PICTURE, "PNG", pnginfo=TEXT),
    "a PNG text of 3 MB behind the pixels": png_with(
        chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 3_000_000)), behind=True
    ),
    "70 MB of PNG texts": png_with(*[chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 1_000_000))] * 70),
    "a PNG text with a bad checksum": png_with(chunk(b"tEXt", b"a\0b", 1)),
    "a PNG profile with a bad checksum": png_with(chunk(b"iCCP", b"a\0\0noise", 1)),
    "a PNG profile of 3 MB": png_with(chunk(b"iCCP", b"a\0\0" + zlib.compress(b"x" * 3_000_000))),
    "a PNG time that is cut off": png_with(chunk(b"pHYs", b"\1\2")),
    "PNG EXIF with a bad checksum, turned": encode(TURNED, "PNG")[:33]
    + chunk(b"eXIf", exif(ORIENTATION_6)[6:], 1)
    + encode(TURNED, "PNG")[33:],
    "a TIFF whose maker is far outside, turned": tiff(TURNED, 2, (271, 2, 900, 10**9), (274, 4, 1, 6)),
    "a TIFF with an odd EXIF pointer": tiff(PICTURE, 2, (34665, 4, 1, 10**9)),
    # The content says what it is.
    "a JPEG": JPEG,
    "a progressive JPEG": encode(PICTURE, "JPEG", quality=95, subsampling=0, progressive=True),
    "a JPEG of several pictures, as phones make them": encode(
        PICTURE, "MPO", quality=95, subsampling=0, save_all=True, append_images=[Image.fromarray(TURNED)]
    ),
    "a PNG": PNG,
    "a BMP": encode(PICTURE, "BMP"),
    "a WebP": encode(PICTURE, "WEBP", lossless=True),
    "a GIF": encode(PALETTE, "GIF"),
    "a GIF of several frames": encode(PALETTE, "GIF", save_all=True, append_images=[Image.new("P", (64, 64))]),
    "a TIFF": encode(PICTURE, "TIFF"),
    "a TIFF of several frames, packed": encode(
        PICTURE, "TIFF", compression="tiff_lzw", save_all=True, append_images=[Image.new("RGB", (9, 9))]
    ),
    "a TIFF with a palette": encode(PALETTE, "TIFF"),
    "a PPM": encode(PICTURE, "PPM"),
    "a plain PPM": b"P3\n64 64\n255\n" + b" ".join(b"%d" % value for value in PICTURE.ravel()),
    "a JPEG 2000": encode(PICTURE, "JPEG2000"),
    "a TGA": encode(PICTURE, "TGA"),
    "a PCX": encode(PICTURE, "PCX"),
    "an SGI": encode(PICTURE, "SGI"),
    "an icon": encode(PICTURE, "ICO", sizes=[(64, 64)]),
    # Values are judged by their range.
    "16 bits of colour that hold 8 (PNG)": png_of_16_bits(WIDE),
    "16 bits of colour that hold 12 (PNG)": png_of_16_bits(WIDE * 16),
    "16 bits of colour that hold 16 (PNG)": png_of_16_bits(WIDE * 257),
    "16 bits that hold 8, with transparency (PNG)": png_of_16_bits(np.concatenate([WIDE, OPAQUE], 2)),
    "16 bits of colour that hold 8 (TIFF)": tiff(WIDE, 2),
    "16 bits of colour that hold 12 (TIFF of the other order)": tiff(WIDE * 16, 2, order=">"),
    "16 bits of colour that hold 8 (PPM)": b"P6\n64 64\n65535\n" + WIDE.astype(">u2").tobytes(),
    "16 bits of colour that hold 12 (PPM)": b"P6\n64 64\n65535\n" + (16 * WIDE).astype(">u2").tobytes(),
    "12 bits of colour (PPM)": b"P6\n64 64\n4095\n" + (16 * WIDE).astype(">u2").tobytes(),
}
READ_GRAY = {
    "a PGM, as of the AT&T faces": encode(GRAY, "PPM"),
    "a plain PGM": b"P2\n# a comment\n64 64\n255\n" + b" ".join(b"%d" % value for value in GRAY.ravel()),
    "a gray GIF, as of the Yale faces": encode(GRAY, "GIF"),
    "a gray TIFF": encode(GRAY, "TIFF", compression="tiff_deflate"),
    "16 bits that hold 8 (PNG)": png_of_16_bits(GRAY16),
    "16 bits that hold 12 (PNG)": png_of_16_bits(GRAY16 * 16),
    "16 bits that hold 16 (PNG)": png_of_16_bits(GRAY16 * 257),
    "16 bits with transparency that hold 8 (PNG)": png_of_16_bits(np.concatenate([GRAY16, OPAQUE], 2)),
    "16 bits that hold 8 (TIFF)": tiff(GRAY16, 1),
    "16 bits that hold 12 (TIFF)": tiff(GRAY16 * 16, 1),
    "16 bits that hold 8 (PGM)": b"P5\n64 64\n65535\n" + GRAY16.astype(">u2").tobytes(),
    "32 bits that hold 8 (TIFF)": encode(GRAY.astype("int32"), "TIFF"),
    "fractions (TIFF)": encode(GRAY.astype("float32") / 255, "TIFF"),
    "floats up to 255 (TIFF)": encode(GRAY.astype("float32"), "TIFF"),
}
NAMES = (
    "photo.jpg",
    "photo.JFIF",
    "photo.jpe",
    "photo.png",
    "photo.tif",
    "photo.pgm",
    "photo.txt",
    "subject01.happy",
    "1",
)


@pytest.mark.parametrize("kind", [*READ, *READ_GRAY])
def test_a_photo_is_read_as_it_looks(tmp_path, recwarn, kind):
    content = READ.get(kind) or READ_GRAY[kind]
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "photo.jpg").write_bytes(content)
    expected = small(PICTURE) if kind in READ else small(GRAY)[..., None].repeat(3, 2)
    images = load_faces(tmp_path / "photos", color_mode="rgb")
    assert images.skipped == []
    assert np.abs(images[0] - expected).mean() < 3
    assert not recwarn.list


@pytest.mark.parametrize("name", NAMES)
def test_a_photo_is_read_whatever_it_is_called(tmp_path, name):
    for kind in ("a JPEG", "a PNG", "a GIF", "a TIFF", "a PPM", "a WebP", "a BMP"):
        folder = tmp_path / kind
        folder.mkdir()
        (folder / name).write_bytes(READ[kind])
        with zipfile.ZipFile(tmp_path / f"{kind}.zip", "w") as archive:
            archive.write(folder / name, f"in/{name}")
        for source in (folder, folder / name, tmp_path / f"{kind}.zip", [folder / name]):
            assert np.abs(load_faces(source, color_mode="rgb")[0] - small(PICTURE)).mean() < 3


def test_names_that_say_nothing_but_belong_to_a_format_are_read(tmp_path):
    (tmp_path / "face.tga").write_bytes(READ["a TGA"])  # A TGA has no beginning of its own.
    (tmp_path / "BMW.txt").write_text("BMW is a maker of cars")  # Begins as a BMP does.
    (tmp_path / "P5 notes").write_text("P5 is a model of a camera")
    images = load_faces(tmp_path, color_mode="rgb")
    assert (len(images), images.skipped) == (1, [])
    assert np.abs(images[0] - small(PICTURE)).mean() < 3


# What is not read is named ------------------------------------------------------------------------------------------


def ftyp(brand, *others):
    box = b"ftyp" + brand + b"\0\0\0\0" + b"".join(others)
    return struct.pack(">I", len(box) + 4) + box + b"\0\0\0\x08free" + b"\x01" * 600


HTML = b"<!DOCTYPE html><html><head><title>Google Drive - Quota exceeded</title></head></html>"
NAMED = {  # File name, content, words of the reason.
    "a phone's HEIC": ("a.heic", ftyp(b"heic", b"mif1", b"heic"), "HEIC from a phone: export as JPEG"),
    "HEIC called JPEG": ("a.jpg", ftyp(b"mif1", b"mif1", b"heic"), "HEIC from a phone: export as JPEG"),
    "HEIC of a burst": ("a", ftyp(b"msf1", b"hevc"), "HEIC from a phone: export as JPEG"),
    "a damaged AVIF": ("a.avif", ftyp(b"avif", b"mif1"), "AVIF: export as JPEG"),
    "Canon's RAW": ("a.CR3", ftyp(b"crx ", b"crx ", b"isom"), "RAW from a camera"),
    "Canon's older RAW": ("a.cr2", b"II*\0\x10\0\0\0CR\2\0" + b"\7" * 600, "RAW from a camera"),
    "Fuji's RAW": ("a.raf", b"FUJIFILMCCD-RAW 0201" + b"\7" * 600, "RAW from a camera"),
    "Olympus's RAW": ("a.orf", b"IIRO\x08\0\0\0" + b"\7" * 600, "RAW from a camera"),
    "Panasonic's RAW": ("a.rw2", b"IIU\0\x08\0\0\0" + b"\7" * 600, "RAW from a camera"),
    "a phone's film": ("a.mov", ftyp(b"qt  ", b"qt  "), "a film"),
    "a web page": ("a.html", HTML, "a web page"),
    "a web page called JPEG": ("a.jpg", b"\n\n  " + HTML.lower(), "a web page"),
    "a server's error": ("a.png", b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "a web page"),
    "a pointer of Git LFS": ("a.jpg", b"version https://git-lfs.github.com/spec/v1\noid sha256:12", "git lfs pull"),
    "a Google shortcut": (
        "a.gdoc",
        json.dumps({"doc_id": "1", "email": "x"}).encode(),
        "a shortcut to Google Drive: download the file itself",
    ),
    "a Windows shortcut": ("a.jpg", b"L\0\0\0\x01\x14\x02\0" + b"\7" * 600, "a shortcut"),
    "a drawing of PostScript": ("a.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n", "PostScript"),
    "a drawing of PostScript with a preview": ("a.eps", b"\xc5\xd0\xd3\xc6" + b"\1" * 99, "PostScript"),
    "a drawing of Windows": ("a.wmf", b"\xd7\xcd\xc6\x9a" + b"\1" * 99, "a drawing of Windows"),
    "a film of MPEG": ("a.mpg", b"\0\0\1\xba" + b"\1" * 99, "a film"),
    "objects of Python": ("faces.pkl", pickle.dumps(np.zeros((9, 8, 8, 3), "uint8")), "objects of Python"),
    "a drawing": ("a.svg", b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
    "a RAR": ("a.rar", b"Rar!\x1a\x07\x01\0" + b"\7" * 600, "a RAR archive: unpack it"),
    "a 7z": ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"\7" * 600, "a 7z archive: unpack it"),
    "an ALZ": ("a.alz", b"ALZ\x01" + b"\7" * 600, "an ALZ archive: unpack it"),
    "JPEG XL": ("a.jxl", b"\0\0\0\x0cJXL \r\n\x87\n" + b"\7" * 600, "JPEG XL: export as JPEG"),
    "a download of zeros": ("a.jpg", b"\0" * 9_000, "only zero bytes"),
}


@pytest.mark.parametrize("kind", NAMED)
def test_what_cannot_be_read_is_named_with_the_way_out_and_costs_only_itself(tmp_path, kind):
    name, content, words = NAMED[kind]
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / name).write_bytes(content)
    with pytest.raises(FileNotFoundError) as nothing:
        load_faces(folder)
    assert str(nothing.value).startswith("load_faces: no .jpg, ") and words in str(nothing.value)
    for number in range(3):
        (folder / f"{number}{name}").write_bytes(content)
    (folder / "z.jpg").write_bytes(JPEG)
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    for source in (folder, tmp_path / "photos.zip"):
        images = load_faces(source)
        assert len(images) == 1
        assert sorted(name for name, _ in images.skipped) == sorted([name, *(f"{number}{name}" for number in range(3))])
        assert all(words in reason for _, reason in images.skipped)
        assert f"4 skipped (4 {images.skipped[0][1]}), first: 0{name}" in images.source


def test_limit_counts_photos_and_not_what_cannot_be_read(tmp_path):
    for number in range(9):
        (tmp_path / f"IMG_{number}.HEIC").write_bytes(ftyp(b"heic"))
        (tmp_path / f"z{number}.jpg").write_bytes(JPEG)
    assert len(load_faces(tmp_path, limit=5)) == 5


# Size is judged as it is decoded -------------------------------------------------------------------------------------


def test_a_photo_of_108_megapixels_is_read_and_a_bomb_ends_only_itself(tmp_path):
    phone = encode(Image.new("L", (12_000, 9_000), 200), "JPEG")
    (tmp_path / "phone.jpg").write_bytes(phone)
    (tmp_path / "small.jpg").write_bytes(JPEG)
    Image.new("1", (20_000, 20_000)).save(tmp_path / "png bomb.png")
    position = phone.index(b"\xff\xc0") + 5
    (tmp_path / "bomb.jpg").write_bytes(phone[:position] + struct.pack(">HH", 65_000, 65_000) + phone[position + 4 :])
    images = load_faces(tmp_path)
    assert len(images) == 2 and np.abs(images[0].astype(int) - 200).max() < 3
    assert {name: reason for name, reason in images.skipped} == {
        name: "too many pixels, a decompression bomb" for name in ("bomb.jpg", "png bomb.png")
    }


# Archives ------------------------------------------------------------------------------------------------------------

FACES = draw_faces(4)
FILES = {f"{number:06}.jpg": encode(face, "JPEG", quality=95) for number, face in enumerate(FACES)}


def zipped(files=FILES, folder="", method=zipfile.ZIP_DEFLATED):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(folder + name, content)
    return target.getvalue()


def tarred(files=FILES, folder="", form=tarfile.GNU_FORMAT):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(folder + name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


def npz(**arrays):
    target = io.BytesIO()
    np.savez(target, **arrays)
    return target.getvalue()


def npy(array):
    target = io.BytesIO()
    np.save(target, array)
    return target.getvalue()


TABLE = {"list_attr_celeba.csv": b"image_id,Smiling\n", "README.txt": b"read me"}
ARCHIVES = {  # File name, content.
    "Kaggle's zip, wrapped twice": (
        "archive.zip",
        zipped({**{f"img_align_celeba/img_align_celeba/{name}": FILES[name] for name in FILES}, **TABLE}),
    ),
    "a zip of any name": ("celeba-dataset (1).zip", zipped(folder="photos/")),
    "a zip without its suffix": ("download", zipped()),
    "a zip packed with LZMA": ("faces.zip", zipped(method=zipfile.ZIP_LZMA)),
    "a zip packed with bzip2": ("faces.zip", zipped(method=zipfile.ZIP_BZIP2)),
    "a zip in a zip": ("celeba.zip", zipped({"Img/img_align_celeba.zip": zipped(folder="img_align_celeba/"), **TABLE})),
    "a tar in a zip": ("lfw.zip", zipped({"lfw.tgz": gzip.compress(tarred())})),
    "a tar": ("faces.tar", tarred(folder="lfw/Some_Name/")),
    "a tar of 1990": ("faces.tar", tarred(form=tarfile.USTAR_FORMAT).replace(b"ustar", b"ustar")),
    "a tgz": ("lfw.tgz", gzip.compress(tarred(folder="lfw/Some_Name/"))),
    "a tgz of a folder from within": ("lfw.tgz", gzip.compress(tarred(folder="./lfw/"))),  # tar czf lfw.tgz -C faces .
    "a tar.bz2": ("faces.tar.bz2", bz2.compress(tarred())),
    "a tar.xz": ("faces.tar.xz", lzma.compress(tarred())),
    "a tgz without its suffix": ("faces", gzip.compress(tarred())),
    "a zip in a tar": ("faces.tar", tarred({"img_align_celeba.zip": zipped()})),
    "an array": ("faces.npy", npy(FACES)),
    "an array in a zip, as Kaggle packs it": ("archive.zip", zipped({"faces.npy": npy(FACES), **TABLE})),
    "arrays": ("faces.npz", npz(labels=np.zeros(4), images=FACES)),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_an_archive_is_read_named_in_a_named_folder_and_in_data(tmp_path, empty_course, kind):
    name, content = ARCHIVES[kind]
    expected = np.stack([small(face) for face in FACES])
    for folder in (tmp_path / "mine", empty_course / "data"):
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
        (folder / "README.md").write_text("what is here")
    for source in (tmp_path / "mine" / name, tmp_path / "mine", None):
        images = load_faces(source, color_mode="rgb")
        assert images.source.startswith("4 photos from ") and name in images.source
        assert images.skipped == []
        assert np.abs(images[:] - expected).mean() < 2


@pytest.mark.parametrize("kind", ["a zip in a zip", "a tgz", "a tar"])
def test_an_archive_has_a_cache_that_is_never_stale(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(face_loading, "CACHE_ABOVE", 2)
    path = tmp_path / "faces"
    path.write_bytes(ARCHIVES[kind][1])
    first = load_faces(path)
    again = load_faces(path)
    assert "from its cache" in again.source and again.source.startswith(first.source)
    np.testing.assert_array_equal(again[:], first[:])
    files = {**FILES, "000001.jpg": FILES["000002.jpg"]}
    path.write_bytes(
        {"a zip in a zip": zipped({"x.zip": zipped(files)}), "a tar": tarred(files)}.get(
            kind, gzip.compress(tarred(files))
        )
    )
    fresh = load_faces(path)
    assert "from its cache" not in fresh.source
    np.testing.assert_array_equal(fresh[1], fresh[2])


def deflate64():
    content = bytearray(zipped())
    for beginning, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        position = content.find(beginning)
        while position >= 0:
            content[position + offset] = 9
            position = content.find(beginning, position + 1)
    return bytes(content)


def encrypted():
    content = bytearray(zipped())
    position = content.find(b"PK\1\2")
    while position >= 0:
        content[position + 8] |= 1
        position = content.find(b"PK\1\2", position + 1)
    return bytes(content)


def last_part():
    content = bytearray(zipped())
    content[content.rindex(b"PK\5\6") + 4] = 2  # This is disk 2.
    return bytes(content[3_000:])


UNREADABLE = {  # Files of a folder, the first is named; words of the sentence.
    "Deflate64": ({"big.zip": deflate64()}, "Deflate64, which Python cannot read: unpack it, and name the folder"),
    "encrypted": ({"secret.zip": encrypted()}, "encrypted: unpack it with its password"),
    "split, the last part": ({"faces.zip": last_part(), "faces.z01": b"PK\7\x08" + zipped()[:3_000]}, "split archive"),
    "split by 7-Zip": ({"faces.zip.001": zipped()[:3_000], "faces.zip.002": zipped()[3_000:]}, "split archive"),
    "cut off": ({"faces.zip": zipped()[:3_000]}, "is damaged or no zip"),
    "a RAR called zip": ({"faces.zip": b"Rar!\x1a\x07\x01\0" + b"\7" * 600}, "a RAR archive: unpack it"),
    "a web page called zip": ({"img_align_celeba.zip": HTML}, "a web page"),
    "a download that goes on": ({"faces.zip.crdownload": zipped()[:3_000]}, "a download that has not ended"),
    "an empty zip": ({"img_align_celeba.zip": b""}, "is damaged or no zip (0 bytes)"),
    "a tgz of nothing": ({"faces.tgz": gzip.compress(tarred())[:60]}, "damaged"),
    "tables only": ({"archive.zip": zipped(TABLE)}, "no photo: README.txt, list_attr_celeba.csv"),
    "objects in an array": ({"faces.npy": npy(np.array([{}, 1], object))}, "objects of Python"),
    "no images in the arrays": ({"faces.npz": npz(y=np.zeros(4), z=np.zeros((4, 68, 2)))}, "z: float64 (4, 68, 2)"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_an_archive_that_cannot_be_read_ends_in_one_sentence_with_the_way_out(tmp_path, empty_course, kind):
    files, words = UNREADABLE[kind]
    folder = tmp_path / "mine"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
        (empty_course / "data" / name).write_bytes(content)
    for source in (folder / next(iter(files)), folder):
        with pytest.raises((ValueError, FileNotFoundError)) as error:
            load_faces(source)
        assert str(error.value).startswith("load_faces: ") and "\n" not in str(error.value)
        assert words in str(error.value) and "pickle" not in str(error.value)
    images = load_faces()
    assert words in images.source and "no photos in data/" not in images.source


def test_a_tar_that_is_cut_off_gives_what_it_has_and_says_so(tmp_path):
    content = tarred()
    (tmp_path / "faces.tgz").write_bytes(gzip.compress(content)[: -len(FILES["000003.jpg"]) // 2])
    images = load_faces(tmp_path / "faces.tgz")
    assert len(images) == 3
    assert "faces.tgz" in dict((name.split("/")[-1], reason) for name, reason in images.skipped)
    assert "cut off or damaged" in images.source


def test_photos_in_a_folder_come_before_an_archive_and_the_archive_is_not_passed_over_in_silence(tmp_path):
    (tmp_path / "old.zip").write_bytes(zipped())
    (tmp_path / "face.jpg").write_bytes(JPEG)
    (tmp_path / "mnist.npz").write_bytes(npz(x_train=np.zeros((4, 28, 28), "uint8")))
    images = load_faces(tmp_path)
    assert len(images) == 1
    assert [name for name, _ in images.skipped] == ["old.zip"] and "name it as source" in images.source


def test_an_archive_beside_the_one_that_is_read_in_an_archive_is_named(tmp_path):
    (tmp_path / "all.zip").write_bytes(zipped({"a.zip": zipped(), "b.zip": zipped(), "c.npy": npy(FACES)}))
    images = load_faces(tmp_path / "all.zip")
    assert len(images) == 4 and "its a.zip" in images.source
    assert [name for name, _ in images.skipped] == ["b.zip", "c.npy"] and "unpack" in images.source


def write_parts(folder, numbers=(1, 2)):
    """Writes the zips that Google Drive makes of one folder; it does not keep the order of the files."""
    names = sorted(FILES)
    shares = {1: names[1::2], 2: names[::2], 3: []}
    for number in numbers:
        content = zipped({name: FILES[name] for name in shares[number]} or TABLE, folder="img_align_celeba/")
        (folder / f"faces-20261127T101500Z-{number:03}.zip").write_bytes(content)


@pytest.mark.parametrize("named", ["the folder", "a part"])
def test_the_parts_in_which_drive_packs_a_folder_are_read_as_one(tmp_path, named):
    write_parts(tmp_path)
    images = load_faces(tmp_path if named == "the folder" else next(tmp_path.glob("*-002.zip")), color_mode="rgb")
    assert images.skipped == [] and "2 parts of one download" in images.source
    assert np.abs(images[:] - np.stack([small(face) for face in FACES])).mean() < 2


def test_a_part_of_a_download_that_is_missing_is_named(tmp_path):
    write_parts(tmp_path, (1, 3))
    images = load_faces(tmp_path)
    assert len(images) == 2
    assert [name for name, _ in images.skipped] == ["faces-20261127T101500Z-002.zip"]
    assert "not there" in images.source


def test_parts_have_one_cache_that_is_never_stale(tmp_path, monkeypatch):
    monkeypatch.setattr("dcgan_lib.data.faces.CACHE_ABOVE", 1)
    write_parts(tmp_path)
    load_faces(tmp_path)
    assert "from its cache" in load_faces(tmp_path).source
    next(tmp_path.glob("*-002.zip")).unlink()
    assert len(load_faces(tmp_path)) == 2


@pytest.mark.parametrize("names", [("a.zip", "b.zip"), ("img_align_celeba.zip", "img_align_celeba (1).zip")])
def test_of_several_archives_the_ones_that_are_not_read_are_named(tmp_path, names):
    for name in names:
        (tmp_path / name).write_bytes(zipped())
    (tmp_path / "mnist.npz").write_bytes(npz(x_train=np.zeros((4, 28, 28), "uint8")))
    images = load_faces(tmp_path)
    assert len(images) == 4
    assert [name for name, _ in images.skipped] == [sorted(names)[1]] and "name it as source" in images.source


# Arrays --------------------------------------------------------------------------------------------------------------

ARRAYS = {
    "bytes": FACES,
    "fractions": FACES.astype("float32") / 255,
    "floats up to 255": FACES.astype("float64"),
    "what a generator with tanh gives": FACES.astype("float32") / 127.5 - 1,
    "integers": FACES.astype("int64"),
    "16 bits": FACES.astype("uint16") * 257,
    "12 bits": FACES.astype("uint16") * 16,
    "channels first": np.moveaxis(FACES, 3, 1),
    "with transparency": np.concatenate([FACES, np.full((4, 218, 178, 1), 255, "uint8")], 3),
    "half floats": (FACES / 255).astype("float16"),
}


@pytest.mark.parametrize("kind", ARRAYS)
@pytest.mark.parametrize("suffix", ["npy", "npz"])
def test_an_array_is_judged_by_its_shape_and_range(tmp_path, kind, suffix):
    path = tmp_path / f"faces.{suffix}"
    path.write_bytes(npy(ARRAYS[kind]) if suffix == "npy" else npz(a=ARRAYS[kind]))
    images = load_faces(path, color_mode="rgb")
    assert np.abs(images[:] - np.stack([small(face) for face in FACES])).max() <= 2


WHITE, BLACK = np.full((5, 32, 32, 3), 255, "uint8"), np.zeros((3, 32, 32, 3), "uint8")
CHOICES = {  # Arrays of a file, and which of them is taken.
    "train before test": ({"x_test": BLACK, "x_train": WHITE}, "x_train"),
    "images before labels": ({"labels": np.zeros((5, 32, 32)), "images": WHITE}, "images"),
    "training images": ({"test_images": BLACK, "test_labels": np.zeros(3), "train_images": WHITE}, "train_images"),
    "any that looks like images": ({"a_vector": np.zeros((5, 512)), "z": WHITE}, "z"),
    "beside objects": ({"names": np.array(["a", None], object), "pixels": WHITE}, "pixels"),
}


@pytest.mark.parametrize("kind", CHOICES)
def test_of_several_arrays_the_one_is_taken_that_holds_the_training_images_and_it_is_said(tmp_path, kind):
    arrays, name = CHOICES[kind]
    (tmp_path / "faces.npz").write_bytes(npz(**arrays))
    images = load_faces(tmp_path / "faces.npz")
    assert len(images) == 5 and images[:].min() == 255
    assert f"(its array {name})" in images.source


def test_an_array_with_values_of_no_known_range_says_which_they_are(tmp_path):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).normal(size=(4, 32, 32)))
    with pytest.raises(ValueError, match="4 of 4 photos .* values from -.* to .*, not in 0 to 1, -1 to 1"):
        load_faces(tmp_path / "a.npy")
    np.save(tmp_path / "a.npy", (FACES / 255 - 0.1307) / 0.3081)  # As PyTorch's tutorials standardise.
    with pytest.raises(ValueError, match="4 of 4 photos .* values from -0.3.* to 2.8.*, not in 0 to 1, -1 to 1"):
        load_faces(tmp_path / "a.npy")
    broken = FACES.astype("float32") / 255
    broken[1, 5, 5] = np.nan
    np.save(tmp_path / "b.npy", broken)
    assert load_faces(tmp_path / "b.npy").skipped == [("image 1", "a value is not a number")]


# data/ that holds something, and Drive -------------------------------------------------------------------------------


def test_what_data_holds_and_why_it_was_not_used_stands_in_the_line(empty_course):
    data = empty_course / "data"
    data.rmdir()
    assert load_faces(limit=1).source == "1 faces drawn by dcgan_lib (no photos in data/)"
    data.mkdir()
    assert load_faces(limit=1).source == "1 faces drawn by dcgan_lib (no photos in data/)"
    (data / "README.md").write_text("what is here")
    (data / "mnist.npz").write_bytes(npz(x_train=np.zeros((4, 28, 28), "uint8")))
    assert load_faces(limit=1).source == "1 faces drawn by dcgan_lib (no photos in data/)"
    (data / "img_align_celeba_small").mkdir()
    (data / "archive.zip").write_bytes(zipped(TABLE))
    (data / "digits.npy").write_bytes(npy(np.zeros((4, 28, 28), "uint8")))
    (data / "notes.docx").write_bytes(zipped({"[Content_Types].xml": b"", "word/media/1.jpg": JPEG}))
    for number in range(9):
        (data / f"IMG_{number}.HEIC").write_bytes(ftyp(b"heic"))
    line = load_faces(limit=1).source
    assert line.startswith("1 faces drawn by dcgan_lib (nothing in data/ could be used: ")
    for words in (
        "img_align_celeba_small: empty",
        "archive.zip: no photo: ",
        "9 HEIC from a phone: export as JPEG",
        "digits.npy",
        "notes.docx",
    ):
        assert words in line
    (data / "img_align_celeba_small" / "1.jpg").write_bytes(JPEG)
    assert load_faces().source == "1 photos from data/img_align_celeba_small"


def test_an_empty_folder_of_the_lectures_name_does_not_hide_photos_beside_it(empty_course):
    (empty_course / "data" / "img_align_celeba_small").mkdir()
    (empty_course / "data" / "img_align_celeba.zip").write_bytes(b"")
    (empty_course / "data" / "me.jpg").write_bytes(JPEG)
    assert len(load_faces()) == 1 and load_faces().source.startswith("1 photos from data")


def test_the_lectures_place_for_all_photos_is_looked_for(tmp_path):
    folder = tmp_path / "pytest_img" / "original_jpg_backup" / "img_align_celeba"
    folder.mkdir(parents=True)
    (folder / "000001.jpg").write_bytes(JPEG)
    (tmp_path / "pytest_img" / "_generated_images").mkdir()
    assert load_faces(tmp_path / "pytest_img").source.endswith("original_jpg_backup/img_align_celeba"[20:])


def test_thousands_of_single_files_on_drive_are_answered_with_the_way_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(google_drive, "MANY_ON_DRIVE", 3)
    folder = tmp_path / "gdrive" / "MyDrive" / "img_align_celeba"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    assert len(load_faces(folder)) == 4
    printed = capsys.readouterr().out
    assert "single files on Drive" in printed and "one img_align_celeba.zip" in printed
    load_faces(folder, limit=3)
    assert capsys.readouterr().out == ""


def test_the_photos_command_counts_by_kind_what_is_not_used(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "phone").mkdir()
    for number in range(9):
        (tmp_path / "phone" / f"IMG_{number}.HEIC").write_bytes(ftyp(b"heic"))
    assert commands.main(["photos", "phone"]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and "9 HEIC from a phone: export as JPEG" in error
    (tmp_path / "phone" / "IMG_9.jpg").write_bytes(JPEG)
    assert commands.main(["photos", "phone"]) == 0
    printed = capsys.readouterr().out
    assert "1 photos in " in printed and "not used: 9 (9 HEIC from a phone: export as JPEG)" in printed
    (tmp_path / "archive.zip").write_bytes(ARCHIVES["a zip in a zip"][1])
    assert commands.main(["photos", "archive.zip"]) == 0
    assert "(its Img/img_align_celeba.zip)" in capsys.readouterr().out


def on_drive(my_drive, *names):
    for name in names:
        path = my_drive / name
        (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
        if name.endswith(".zip"):
            path.write_bytes(zipped())
        elif not name.endswith("/"):
            path.write_bytes(JPEG)


ON_DRIVE = {  # What is on Drive; what is found of it; how many photos come of it.
    "the lecture's few": (["pytest_img/img_align_celeba_small/1.jpg"], "pytest_img/img_align_celeba_small", 1),
    "the lecture's many": (
        [
            "pytest_img/original_jpg_backup/img_align_celeba/1.jpg",
            "pytest_img/original_jpg_backup/img_align_celeba/2.jpg",
        ],
        f"pytest_img/original_jpg_backup/img_align_celeba{drive.SLOW}",
        2,
    ),
    "the many beside the lecture's folder": (
        ["original_jpg_backup/img_align_celeba/1.jpg"],
        f"original_jpg_backup/img_align_celeba{drive.SLOW}",
        1,
    ),
    "a zip of them too": (["original_jpg_backup/img_align_celeba/1.jpg", "celeba.zip"], "celeba.zip", 4),
    "Kaggle's zip": (["pytest_img/archive.zip"], "pytest_img/archive.zip", 4),
    "loose in the course's own folder": (["dcgan-course/data/1.jpg", "dcgan-course.zip"], "dcgan-course/data", 1),
    "in the course's own folder": (
        ["dcgan-course/data/my faces/1.jpg", "dcgan-course.zip"],
        "dcgan-course/data/my faces",
        1,
    ),
}


@pytest.mark.parametrize("kind", ON_DRIVE)
def test_photos_on_drive_are_linked_and_read(tmp_path, empty_course, kind):
    names, found, count = ON_DRIVE[kind]
    my_drive = tmp_path / "gdrive" / "MyDrive"
    on_drive(my_drive, *names)
    assert drive.link_data(empty_course, my_drive, my_drive / "dcgan-course" / "data") == [found]
    assert len(load_faces()) == count


def test_a_photo_opened_for_itself_is_whole():
    assert open_photo(JPEG).size == (64, 64)
