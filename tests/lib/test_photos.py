"""Photos of every kind and in every state, from folders, zips, lists and arrays, and the cache beside them."""

import io
import os
import pickle
import re
import shutil
import struct
import threading
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dcgan_lib.data import draw_faces, load_faces, photo_reading, photo_shrinking
from dcgan_lib.data import faces as face_loading
from dcgan_lib.data.listing import SUFFIXES
from dcgan_lib.data.photo_decoding import ORIENTATION, open_photo
from dcgan_lib.data.photo_listing import look_into

REAL_DATA = os.environ.get("DCGAN_DATA")


# A course of its own, so that no test sees or leaves anything in the real data/.
pytestmark = pytest.mark.usefixtures("empty_course")


@pytest.fixture(scope="module")
def faces():
    return draw_faces(12)


@pytest.fixture
def folder(tmp_path, faces):
    """Twelve drawn portraits as JPEG, some in a sub-folder."""
    (tmp_path / "faces" / "more").mkdir(parents=True)
    for number, face in enumerate(faces):
        name = f"{number:03}.jpg" if number < 8 else f"more/{number:03}.JPG"
        Image.fromarray(face).save(tmp_path / "faces" / name, "JPEG", quality=95)
    return tmp_path / "faces"


def pack(path, folder, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as file:
        for photo in sorted(folder.rglob("*.*")):
            file.write(photo, str(photo.relative_to(folder)))
    return path


def jpeg(face, **options):
    file = io.BytesIO()
    Image.fromarray(face).save(file, "JPEG", quality=95, **options)
    return file.getvalue()


# Every source


def test_a_folder_a_zip_and_a_list_give_the_same_and_it_is_what_plain_resize_gives(folder, tmp_path):
    files = sorted(folder.glob("*.jpg")) + sorted(folder.glob("more/*.JPG"))
    plain = np.stack([np.asarray(Image.open(file).resize((28, 28))) for file in files]).astype(int)
    names = [name for name, _ in look_into(folder).photos]
    assert names == [f"{number:03}.jpg" for number in range(8)] + [f"more/{number:03}.JPG" for number in range(8, 12)]
    for source in (
        folder,
        str(folder),
        files,
        pack(tmp_path / "stored.zip", folder),
        pack(tmp_path / "deflated.ZIP", folder, zipfile.ZIP_DEFLATED),
    ):
        images = load_faces(source, color_mode="rgb")
        difference = np.abs(np.asarray(images).astype(int) - plain)
        assert difference.mean() < 1
        assert np.abs(difference.mean(axis=(1, 2, 3))).max() < 1
        assert not images.skipped
        assert images.source.startswith("12 photos from ")


def test_draft_is_a_quarter_of_a_grey_level_from_plain_resize_on_real_faces():
    if not REAL_DATA or not (Path(REAL_DATA) / "img_align_celeba_small").is_dir():
        pytest.skip("DCGAN_DATA names no folder with img_align_celeba_small/")
    real = Path(REAL_DATA) / "img_align_celeba_small"
    images = load_faces(REAL_DATA, color_mode="rgb").__array__().astype(int)
    plain = np.stack([np.asarray(Image.open(path).resize((28, 28))) for path in sorted(real.iterdir())]).astype(int)
    assert np.abs(images - plain).mean() < 0.3
    assert np.abs(load_faces(REAL_DATA)[..., 0].astype(int) - plain[..., 0]).mean() < 0.5


def test_arrays_made_before_are_taken_as_they_are_or_resized(folder, tmp_path, faces):
    images = load_faces(folder, color_mode="rgb")
    np.save(tmp_path / "a.npy", images)
    np.savez(tmp_path / "b.npz", labels=np.zeros(12), images=np.asarray(images))
    np.savez(tmp_path / "big.npz", faces)
    np.save(tmp_path / "gray.npy", faces[..., 0])
    for name in ("a.npy", "b.npz"):
        np.testing.assert_array_equal(load_faces(tmp_path / name, color_mode="rgb")[:], images[:])
        np.testing.assert_array_equal(load_faces(tmp_path / name, channel=1, limit=5)[..., 0], images[:5, ..., 1])
    assert load_faces(tmp_path / "big.npz", image_size=64, color_mode="rgb").shape == (12, 64, 64, 3)
    assert load_faces(tmp_path / "gray.npy").shape == (12, 28, 28, 1)
    np.save(tmp_path / "flat.npy", np.zeros((3, 784)))
    (tmp_path / "cut.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:999])
    for name in ("flat.npy", "cut.npy"):
        with pytest.raises(ValueError, match=f"{name}' is damaged or not as needed, uint8"):
            load_faces(tmp_path / name)


def test_limit_takes_the_first_by_name_and_a_list_keeps_its_order(folder):
    everything = load_faces(folder)
    np.testing.assert_array_equal(load_faces(folder, limit=5)[:], everything[:5])
    assert len(load_faces(folder, limit=500)) == 12
    backwards = [folder / "003.jpg", str(folder / "001.jpg")]
    np.testing.assert_array_equal(load_faces(backwards)[:], everything[[3, 1]])


# Every kind of photo

GRADIENT = np.linspace(0, 255, 112).astype("uint8")[None, :, None].repeat(112, 0).repeat(3, 2) // np.array([1, 2, 4])
GRADIENT = GRADIENT.astype("uint8")


def saved(tmp_path, name, image, **options):
    image.save(tmp_path / name, **options)
    return [tmp_path / name]


# What Pillow writes; 16 bits it clips in WebP.
FORMATS = {
    "RGB": SUFFIXES,
    "L": SUFFIXES,
    "1": SUFFIXES,
    "P": (".png", ".bmp", ".webp"),
    "RGBA": (".png", ".bmp", ".webp"),
    "CMYK": (".jpg", ".jpeg", ".webp"),
    "LA": (".png", ".webp"),
    "I;16": (".png",),
}


@pytest.mark.parametrize(
    ("mode", "suffix"), [(mode, suffix) for mode, suffixes in FORMATS.items() for suffix in suffixes]
)
def test_every_format_and_mode_comes_out_right(tmp_path, suffix, mode):
    rgb = Image.fromarray(GRADIENT)
    expected = np.asarray(rgb.resize((28, 28))).astype(int)
    if mode in ("L", "LA", "I;16", "1"):
        expected = np.asarray(rgb.convert("L").convert("RGB").resize((28, 28))).astype(int)
    image = rgb.quantize(256) if mode == "P" else rgb.convert("L" if mode == "I;16" else mode)
    if mode == "I;16":
        image = Image.fromarray(np.asarray(image).astype("uint16") * 257)
    path = saved(tmp_path, f"x{suffix}", image, **({"lossless": True} if suffix == ".webp" else {}))
    result = load_faces(path, color_mode="rgb")[0].astype(int)
    # Dithered black and white is right on average, the others everywhere.
    assert np.abs(result.mean(axis=(0, 1)) - expected.mean(axis=(0, 1))).max() < 4
    if mode != "1":
        assert np.abs(result - expected).mean() < 3
        assert np.abs(load_faces(path, channel=1)[0, ..., 0] - expected[..., 1]).mean() < 3


def test_an_opaque_colour_reads_as_its_channels_and_its_luminance(tmp_path):
    path = saved(tmp_path, "x.png", Image.new("RGB", (40, 60), (200, 100, 50)))
    assert [load_faces(path, channel=channel)[0, 0, 0, 0] for channel in range(3)] == [200, 100, 50]
    assert load_faces(path, color_mode="rgb")[0, 0, 0].tolist() == [200, 100, 50]
    luminance = round(0.299 * 200 + 0.587 * 100 + 0.114 * 50)
    assert abs(int(load_faces(path, color_mode="luminance")[0, 0, 0, 0]) - luminance) <= 1


def test_what_is_transparent_is_laid_on_white(tmp_path):
    half = Image.new("RGBA", (40, 40), (0, 0, 0, 0))
    half.paste((10, 20, 30, 255), (0, 0, 20, 40))
    result = load_faces(saved(tmp_path, "x.png", half), color_mode="rgb")[0]
    assert result[0, 0].tolist() == [10, 20, 30]
    assert result[0, -1].tolist() == [255, 255, 255]
    palette = half.convert("RGB").quantize(4)
    transparent = palette.getpixel((39, 0))
    result = load_faces(saved(tmp_path, "p.png", palette, transparency=transparent), color_mode="rgb")[0]
    assert result[0, -1].tolist() == [255, 255, 255]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_a_photo_that_the_camera_turned_is_turned_back(tmp_path, suffix, orientation):
    upright = np.zeros((120, 120, 3), "uint8")
    upright[:60, :60], upright[60:, :60] = (255, 0, 0), (0, 255, 0)
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # Image.Transpose members that undo what a viewer does
    stored = Image.fromarray(upright)
    stored = stored if orientation == 1 else stored.transpose(Image.Transpose(inverse[orientation]))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    result = load_faces(saved(tmp_path, f"x{suffix}", stored, exif=exif), color_mode="rgb")[0].astype(int)
    assert np.abs(result[7, 7] - (255, 0, 0)).max() < 60
    assert np.abs(result[20, 7] - (0, 255, 0)).max() < 60
    assert np.abs(result[7, 20]).max() < 60


def test_a_photo_with_nonsense_for_exif_is_read_without_a_warning(tmp_path, recwarn):
    content = jpeg(GRADIENT)
    for number, junk in enumerate((b"garbage!", b"II*\0\xff\xff\xff\xff", b"MM\0*\0\0\0\x08\xff\xff", b"")):
        exif = b"Exif\0\0" + junk
        segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
        (tmp_path / f"{number}.jpg").write_bytes(content[:2] + segment + content[2:])
    images = load_faces([*sorted(tmp_path.glob("*.jpg"))])
    assert (len(images), images.skipped, recwarn.list) == (4, [], [])


def test_a_photo_whose_exif_has_odd_values_is_turned_back_all_the_same(tmp_path):
    stored = np.zeros((40, 60, 3), "uint8")
    stored[:, 30:] = 255
    content = jpeg(stored)
    # Orientation 6 beside a maker's name that is a number, a resolution that is a text, a width that is negative.
    for number, odd in enumerate(((0x010F, 12, 1, b"\0" * 4), (0x011A, 2, 3, b"ab\0\0"), (0x0100, 8, 1, b"\xff" * 4))):
        entries = sorted([odd, (ORIENTATION, 3, 1, b"\6\0\0\0")])
        exif = b"Exif\0\0II*\0\x08\0\0\0\2\0" + b"".join(struct.pack("<HHI4s", *entry) for entry in entries) + b"\0" * 4
        segment = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif
        (tmp_path / f"{number}.jpg").write_bytes(content[:2] + segment + content[2:])
    images = load_faces(sorted(tmp_path.glob("*.jpg")))
    assert images.skipped == []
    assert images[:, 0].max() < 60 and images[:, -1].min() > 195


def test_crop_keeps_proportions_and_none_squeezes(tmp_path):
    image = Image.new("RGB", (178, 218), "black")
    image.paste((255, 255, 255), (0, 20, 178, 198))
    path = saved(tmp_path, "x.png", image)
    assert load_faces(path, crop="square").__array__().min() == 255
    squeezed = load_faces(path)[0, :, 14, 0]
    assert squeezed[0] == 0 and squeezed[-1] == 0 and squeezed[14] == 255


@pytest.mark.parametrize("image_size", [4, 28, 64, 256])
def test_any_multiple_of_four_is_a_size(folder, image_size):
    assert load_faces(folder, image_size=image_size, limit=2).shape == (2, image_size, image_size, 1)


# Everything that can be wrong with a file


def bad_folder(folder, face):
    """Adds every kind of bad file; returns name -> words of the reason."""
    good = jpeg(face)
    outside = folder.parent / "outside.jpg"
    outside.write_bytes(good)
    (folder / "b_truncated.jpg").write_bytes(good[: len(good) // 2])
    (folder / "c_empty.png").write_bytes(b"")
    (folder / "d_text.jpg").write_text("this is no photo\n" * 50)
    (folder / "e_noise.webp").write_bytes(np.random.default_rng(0).bytes(5000))
    Image.new("1", (20_000, 20_000)).save(folder / "f_bomb.png")
    Image.new("1", (10_000, 10_000)).save(folder / "g_warned_bomb.png")
    (folder / "h_directory.jpg").mkdir()
    (folder / "i_link.jpg").symlink_to(outside)
    (folder / "j_broken.jpg").symlink_to(folder / "nothing")
    os.mkfifo(folder / "k_pipe.jpg")
    (folder / "m_far").symlink_to(folder.parent.parent)
    (folder / "more" / "back").symlink_to(folder)
    (Path(os.fsdecode(bytes(folder) + b"/n_caf\xe9.jpg"))).write_bytes(good)
    (folder / ".hidden.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("no photo, and not meant to be one")
    with open(folder / "o_huge.jpg", "wb") as file:
        file.truncate(10**12)
    return {
        "b_truncated.jpg": "truncated",
        "c_empty.png": "0 bytes",
        "d_text.jpg": "not an image",
        "e_noise.webp": "not an image",
        "f_bomb.png": "too many pixels, a decompression bomb",
        "g_warned_bomb.png": "too many pixels, a decompression bomb",
        "h_directory.jpg": "a directory",
        "i_link.jpg": "a link out of the folder",
        "j_broken.jpg": "No such file or directory",
        "k_pipe.jpg": "not a file",
        "m_far": "a link out of the folder",
        "n_caf\\xe9.jpg": "its name is not UTF-8, rename it",
        "o_huge.jpg": "1,000,000,000,000 bytes, too large",
    }


def test_every_bad_file_is_skipped_with_its_reason_and_the_good_ones_are_all_there(folder, faces, recwarn):
    good = load_faces(folder)
    for number in range(3):
        (folder / f"a{number}.jpg").write_bytes(jpeg(faces[number]))
    expected = bad_folder(folder, faces[0])
    images = load_faces(folder)
    assert dict(images.skipped) == expected
    assert len(images) == 15
    np.testing.assert_array_equal(images[:8], good[:8])
    np.testing.assert_array_equal(images[11:], good[8:])
    assert images.source == (
        f"15 photos from {folder.parent.name}/faces, 13 skipped (2 not an image, 2 too many pixels, a decompression bomb, "
        f"2 a link out of the folder, 1 truncated, 1 0 bytes, 5 others), first: b_truncated.jpg"
    )
    images.source.encode()
    assert not recwarn.list


def test_bad_members_of_a_zip_are_skipped_with_their_reasons(folder, tmp_path, faces):
    path, good = tmp_path / "faces.zip", jpeg(faces[0])
    with zipfile.ZipFile(path, "w") as file:
        for number in range(8):
            file.writestr(f"img/{number}.jpg", good)
        file.writestr("img/damaged.jpg", jpeg(faces[1]))
        file.writestr("img/encrypted.jpg", good)
        file.writestr("img/empty.jpg", b"")
        file.writestr("img/truncated.jpg", good[:2000])
        file.writestr("img/folder.jpg/", b"")
        file.writestr("../out.jpg", good)
        file.writestr("__MACOSX/img/._0.jpg", b"Mac")
        file.writestr("img/list.txt", b"no photo")
    content = bytearray(path.read_bytes())
    offset = content.index(b"img/damaged.jpg") + 300
    content[offset] ^= 255
    offset = content.rindex(b"img/encrypted.jpg") - 46 + 8  # The flags in the zip's list of members.
    content[offset] |= 1
    path.write_bytes(content)
    images = load_faces(path)
    assert dict(images.skipped) == {
        "img/damaged.jpg": "damaged in the zip",
        "img/encrypted.jpg": "encrypted",
        "img/empty.jpg": "0 bytes",
        "img/truncated.jpg": "truncated",
        "img/folder.jpg": "a directory",
    }
    assert len(images) == 9
    assert not (tmp_path / "out.jpg").exists()


def test_more_than_half_bad_or_none_good_says_what_was_seen(tmp_path, faces):
    for number in range(4):
        (tmp_path / f"{number}.jpg").write_bytes(jpeg(faces[number]) if number < 2 else b"")
    assert len(load_faces(tmp_path)) == 2  # Half is not more than half.
    (tmp_path / "4.jpg").write_text("no photo")
    expected = "load_faces: 3 of 5 photos in '.*' could not be read .2 0 bytes, 1 not an image; first: 2.jpg.. Look at"
    with pytest.raises(ValueError, match=expected):
        load_faces(tmp_path)
    with pytest.raises(ValueError, match="1 of 1 photos in 'a list of 1 files' could not be read"):
        load_faces([tmp_path / "4.jpg"])


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_zip_that_is_none_is_named_and_refused(tmp_path, folder, damage):
    path = pack(tmp_path / "x.zip", folder)
    content = path.read_bytes()
    path.write_bytes({"cut": content[: len(content) // 2], "text": b"<html>quota exceeded", "empty": b""}[damage])
    with pytest.raises(ValueError, match="load_faces: '.*x.zip' is damaged or no zip"):
        load_faces(path)


def test_a_folder_that_may_not_be_looked_into_is_skipped(folder, run_child):
    (folder / "more").chmod(0)
    code = (
        "import sys\n"
        "from permissions import obey_permissions\n"
        "from dcgan_lib import load_faces\n"
        "obey_permissions()\n"
        "images = load_faces(sys.argv[1])\n"
        "print(len(images), images.skipped)\n"
    )
    try:
        out, _ = run_child(code, folder)
    finally:
        (folder / "more").chmod(0o755)
    assert out == "8 [('more/', 'Permission denied')]\n"


def test_an_encrypted_zip_says_so(tmp_path, folder):
    path = pack(tmp_path / "x.zip", folder)
    content = bytearray(path.read_bytes())
    for match in re.finditer(b"PK\x01\x02", bytes(content)):
        content[match.start() + 8] |= 1
    path.write_bytes(content)
    with pytest.raises(ValueError, match="12 of 12 photos .*12 encrypted"):
        load_faces(path)


def test_corrupt_bytes_anywhere_never_raise_anything_but_the_one_sentence(tmp_path, faces):
    rng = np.random.default_rng(0)
    for suffix in ("JPEG", "PNG", "BMP", "WEBP"):
        file = io.BytesIO()
        Image.fromarray(faces[0]).resize((60, 60)).save(file, suffix)
        for number in range(60):
            content = bytearray(file.getvalue())
            for offset in rng.integers(0, len(content) if number % 2 else 60, 5):
                content[offset] = rng.integers(256)
            (tmp_path / f"{suffix}{number}.jpg").write_bytes(content)
    try:
        images = load_faces(tmp_path)
        assert len(images) + len(images.skipped) == 240
    except ValueError as error:
        assert "of 240 photos" in str(error)


@pytest.mark.parametrize("executable", [None, "/bin/false", "/no/such/python"])
def test_helper_processes_give_the_same_and_are_not_missed_if_they_die(folder, faces, monkeypatch, executable):
    bad_folder(folder, faces[0])
    for number in range(150):
        (folder / f"p{number:03}.jpg").write_bytes(jpeg(faces[number % 12]))
    first = load_faces(folder, color_mode="rgb", crop="square")
    monkeypatch.setattr(photo_reading, "HELPERS_ABOVE", 3)
    monkeypatch.setattr(photo_shrinking.sys, "executable", executable or photo_shrinking.sys.executable)
    again = load_faces(folder, color_mode="rgb", crop="square")
    np.testing.assert_array_equal(again[:], first[:])
    assert again.skipped == first.skipped


def test_a_helper_process_answers_imports_no_tensorflow_and_ends():
    with photo_shrinking.start_helpers(1) as helpers:
        (helper,) = helpers
        options = {"image_size": 28, "color_mode": "rgb", "channel": 0, "crop": None}
        pickle.dump(([b"", np.full((40, 40, 3), 7, "uint8")], options), helper.stdin)
        helper.stdin.flush()
        images, bad = pickle.load(helper.stdout)
        assert bad == {0: "0 bytes"}
        assert np.unique(images[1]).tolist() == [7]
        if os.path.exists(f"/proc/{helper.pid}/maps"):
            assert "tensorflow" not in Path(f"/proc/{helper.pid}/maps").read_text()
    assert helper.poll() is not None


@pytest.mark.parametrize("helpers_above", [3, 2_000])
def test_stopping_it_stops_it(folder, monkeypatch, helpers_above):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(photo_reading, "HELPERS_ABOVE", helpers_above)
    monkeypatch.setattr(photo_reading.tqdm, "update", stop)
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        load_faces(folder)
    assert threading.active_count() == before


def test_warnings_filters_are_left_as_they_were(folder):
    before = list(warnings.filters)
    load_faces(folder)
    assert list(warnings.filters) == before


def test_an_image_opened_for_itself_keeps_its_full_size(faces):
    assert open_photo(jpeg(faces[0])).size == (178, 218)
    assert open_photo(jpeg(faces[0]), draft_size=56).size == (89, 109)


# The cache


@pytest.fixture
def many(monkeypatch, folder):
    monkeypatch.setattr(face_loading, "CACHE_ABOVE", 3)
    return folder


def caches(folder):
    return sorted(folder.glob("*.cache.npz"))


@pytest.mark.parametrize("kind", ["folder", "zip"])
def test_a_cache_gives_the_same_images_and_skipped_files(many, tmp_path, kind):
    (many / "bad.jpg").write_bytes(b"")
    source = pack(tmp_path / "faces.zip", many) if kind == "zip" else many
    first = load_faces(source, color_mode="rgb")
    assert len(caches(tmp_path)) == 1
    again = load_faces(source, color_mode="rgb")
    np.testing.assert_array_equal(first[:], again[:])
    assert again.skipped == first.skipped == [("bad.jpg", "0 bytes")]
    assert "from its cache" in again.source and "its cache" not in first.source
    caches(tmp_path)[0].unlink()
    np.testing.assert_array_equal(load_faces(source, color_mode="rgb")[:], first[:])


def test_each_setting_has_its_own_cache_and_few_photos_have_none(many, tmp_path, monkeypatch):
    for options in ({}, {"channel": 1}, {"color_mode": "rgb"}, {"image_size": 32}, {"crop": "square"}, {"limit": 9}):
        first = load_faces(many, **options)
        assert "its cache" not in first.source
        np.testing.assert_array_equal(load_faces(many, **options)[:], first[:])
    assert len(caches(tmp_path)) == 6
    monkeypatch.setattr(face_loading, "CACHE_ABOVE", 2_000)
    load_faces(many, image_size=8)
    assert len(caches(tmp_path)) == 6


@pytest.mark.parametrize("change", ["add", "remove", "rename", "edit", "swap", "edit in zip", "reorder in zip"])
def test_a_cache_is_never_stale(many, tmp_path, change, faces):
    source = pack(tmp_path / "faces.zip", many) if "zip" in change else many
    load_faces(source)
    if change == "add":
        (many / "more" / "new.jpg").write_bytes(jpeg(faces[3]))
    elif change == "remove":
        (many / "001.jpg").unlink()
    elif change == "rename":
        (many / "001.jpg").rename(many / "zzz.jpg")
    elif change == "edit":
        # The same size and the same times: only what the file system itself notes has changed.
        status = (many / "001.jpg").stat()
        content = jpeg(faces[5])
        (many / "001.jpg").write_bytes(content[: status.st_size].ljust(status.st_size, b"\0"))
        os.utime(many / "001.jpg", ns=(status.st_atime_ns, status.st_mtime_ns))
    elif change == "swap":
        for old, new in (("001.jpg", "x"), ("002.jpg", "001.jpg"), ("x", "002.jpg")):
            (many / old).rename(many / new)
    elif change == "edit in zip":
        status = source.stat()
        with zipfile.ZipFile(source, "w") as file:
            for path in sorted(many.rglob("*.*")):
                replacement = many / "002.jpg" if path.name == "001.jpg" else path
                file.writestr(zipfile.ZipInfo(str(path.relative_to(many))), replacement.read_bytes())
        os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    elif change == "reorder in zip":
        (many / "000.jpg").rename(many / "zzz.jpg")
        source.unlink()
        pack(source, many)
    fresh = load_faces(source)
    assert "its cache" not in fresh.source
    for path in caches(tmp_path):
        path.unlink()
    np.testing.assert_array_equal(load_faces(source)[:], fresh[:])


@pytest.mark.parametrize("damage", ["cut", "flip", "text", "empty", "other"])
def test_a_damaged_cache_is_refused_made_anew_and_that_is_said(many, tmp_path, damage):
    first = load_faces(many)
    (path,) = caches(tmp_path)
    content = path.read_bytes()
    offset = content.index(np.asarray(first).tobytes()) + 1000
    path.write_bytes(
        {
            "cut": content[: len(content) // 2],
            "flip": content[:offset] + bytes([content[offset] ^ 1]) + content[offset + 1 :],
            "text": b"no cache",
            "empty": b"",
            "other": (np.savez(tmp_path / "o.npz", x=1), (tmp_path / "o.npz").read_bytes())[1],
        }[damage]
    )
    again = load_faces(many)
    assert again.source.endswith("its damaged cache was made anew")
    np.testing.assert_array_equal(again[:], first[:])
    assert load_faces(many).source.endswith("from its cache")


def test_where_the_source_cannot_be_written_beside_the_cache_is_in_data(many, tmp_path, empty_course):
    first = load_faces(many)
    (path,) = caches(tmp_path)
    path.unlink()
    path.mkdir()  # Nobody can write a file over a directory, not even root.
    load_faces(many)
    assert [cache.name for cache in caches(empty_course / "data")] == [path.name]
    again = load_faces(many)
    assert "from its cache" in again.source
    np.testing.assert_array_equal(again[:], first[:])
    shutil.rmtree(empty_course / "data")
    assert "its cache" not in load_faces(many).source


def test_an_array_file_is_read_itself_and_never_cached(many, tmp_path, faces):
    np.save(tmp_path / "faces.npy", faces)
    load_faces(tmp_path / "faces.npy")
    assert not caches(tmp_path)
