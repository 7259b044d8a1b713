"""Whatever file of digits somebody has: its content decides, and nothing is passed over in silence.

| kind | input | what must come of it |
|---|---|---|
| idx files | any known name, dotted, .gz or not, named .gz and not packed, in MNIST/raw, in a folder of the file's own name | the images |
| .npz | the usual keys, (n,28,28), (n,28,28,1), (n,1,28,28), (n,784), uint8, int, bool, float in 0..1, 0..255, -1..1 | the images, and the key where it is not x_train |
| tables | Kaggle's CSV: with names or without, label first or last or none, commas, semicolons, tabs, quotes, UTF-16 | the images |
| packed | a zip or tar of one of these, of any name, packed or not, one in another, beside other files; .bz2, .xz | the images, and which file |
| names | `mnist (1).npz`, no suffix, a wrong suffix | the images |
| a file instead of its folder | the images, the labels, the table, the zip | the images |
| relatives | Fashion-, K-MNIST; E-MNIST | the images; turned upright, and said |
| several | training and test images, MNIST beside its relatives | training images, MNIST first |
| broken | cut off, altered, empty, text or a web page under such a name | "Delete it", with the full name |
| something else | other arrays, Python objects, HDF5, MATLAB, encrypted | what it holds, not "Delete it", never "pickle" |
| Keras's cache | a cut-off download | passed over with a sentence, and the next source |
| a folder of photos | named by data_dir or DCGAN_DATA | passed over with a sentence, and the next source |
| nothing | an empty folder, labels only, notes | what was looked for and seen, in two lines at most |
"""

import bz2
import gzip
import io
import lzma
import os
import pickle
import re
import struct
import tarfile
import zipfile

import numpy as np
import pytest
from PIL import Image

from dcgan_lib.data import load_mnist, mnist

DIGITS = np.random.default_rng(0).integers(0, 256, (12, 28, 28), dtype="uint8")
TEST_DIGITS = DIGITS[::-1][:5]
DIGITS[:, 0, 0] = 0  # As in MNIST: a corner is paper.
LABELS = np.arange(12, dtype="uint8") % 10


@pytest.fixture(autouse=True)
def course(empty_course):
    return empty_course


def idx(array, kind=0x08):
    return struct.pack(f">{1 + array.ndim}I", kind << 8 | array.ndim, *array.shape) + array.tobytes()


def tarred(files):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


def npz(**arrays):
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def npy(array, **options):
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def zipped(files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def table(images=DIGITS, names=None, label="first", separator=",", quote="", end="\n"):
    rows = []
    for image, digit in zip(images, LABELS, strict=False):
        pixels = [str(value) for value in image.ravel()]
        row = {"first": [str(digit), *pixels], "last": [*pixels, str(digit)], None: pixels}[label]
        rows.append(separator.join(f"{quote}{value}{quote}" for value in row))
    return end.join([*([separator.join(names)] if names else []), *rows]) + end


def photo():
    file = io.BytesIO()
    Image.new("RGB", (178, 218)).save(file, "JPEG")
    return file.getvalue()


def write(folder, files):
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


PIXELS = [f"pixel{number}" for number in range(784)]
GRID = [f"{row}x{column}" for row in range(1, 29) for column in range(1, 29)]
IMAGES, PACKED = idx(DIGITS), gzip.compress(idx(DIGITS))
FLAT, FLOAT = DIGITS.reshape(12, 784), DIGITS.astype("float64")

GOOD = {
    # idx files
    "plain": {"train-images-idx3-ubyte": IMAGES},
    "packed": {"train-images-idx3-ubyte.gz": PACKED},
    "Kaggle's dot": {"train-images.idx3-ubyte": IMAGES},
    "the dot, packed": {"train-images.idx3-ubyte.gz": PACKED},
    "torchvision": {"MNIST/raw/train-images-idx3-ubyte": IMAGES, "MNIST/raw/train-images-idx3-ubyte.gz": PACKED},
    "a folder of its own name": {"train-images-idx3-ubyte/train-images-idx3-ubyte": IMAGES},
    "torchvision in a folder": {"files/MNIST/raw/train-images-idx3-ubyte.gz": PACKED},
    "named .gz and unpacked by the browser": {"train-images-idx3-ubyte.gz": IMAGES},
    "without .gz and packed": {"train-images-idx3-ubyte": PACKED},
    "another suffix": {"train-images.idx": IMAGES, "train-labels.idx": idx(LABELS)},
    "packed twice": {"train-images-idx3-ubyte.gz": gzip.compress(PACKED)},
    "with labels and test": {
        "t10k-images-idx3-ubyte": idx(TEST_DIGITS),
        "t10k-labels-idx1-ubyte": idx(LABELS[:5]),
        "train-labels-idx1-ubyte": idx(LABELS),
        "train-images-idx3-ubyte": IMAGES,
    },
    "as int32": {"train-images-idx3-int": idx(DIGITS.astype(">i4"), kind=0x0C)},
    "flat": {"train-images-idx2-ubyte": idx(FLAT)},
    # .npz and .npy
    **{
        f"key {key}": {"mnist.npz": npz(**{key: DIGITS, "y_train": LABELS, "x_test": TEST_DIGITS, "y_test": LABELS[:5]})}
        for key in ("x_train", "X_train", "train_images", "training_images", "train_x", "train_data", "images", "image")
    },
    **{
        f"the only key {key}": {"mnist.npz": npz(**{key: DIGITS, "labels": LABELS, "target": LABELS})}
        for key in ("X", "x", "data", "arr_0", "imgs", "mnist", "digits", "features")
    },
    "test images by another name": {"mnist.npz": npz(test_images=TEST_DIGITS, train_images=DIGITS)},
    "compressed, one channel": {"mnist.npz": npz(x_train=DIGITS[..., None])},
    "torch's channel": {"mnist.npz": npz(x_train=DIGITS[:, None])},
    "flat in npz": {"mnist.npz": npz(x_train=FLAT)},
    "int64": {"mnist.npz": npz(x_train=DIGITS.astype("int64"))},
    "float to 255": {"mnist.npz": npz(x_train=FLOAT)},
    "float to 1": {"mnist.npz": npz(x_train=(FLOAT / 255).astype("float32"))},
    "float16 to 255": {"mnist.npz": npz(x_train=DIGITS.astype("float16"))},
    "float from -1 to 1": {"mnist.npz": npz(x_train=FLOAT / 127.5 - 1)},
    "big-endian": {"mnist.npz": npz(x_train=DIGITS.astype(">u2"))},
    "a single array": {"x_train.npy": npy(DIGITS), "y_train.npy": npy(LABELS)},
    "an npz without a suffix": {"mnist": npz(x_train=DIGITS)},
    "the browser's second": {"mnist (1).npz": npz(x_train=DIGITS)},
    "the browser's copy": {"mnist - 복사본.npz": npz(x_train=DIGITS)},
    "an npz called .zip": {"mnist.npz.zip": npz(x_train=DIGITS)},
    "labels as objects": {"mnist.npz": npz(x_train=DIGITS, names=np.array(["a", None], object))},
    # tables
    "Kaggle's train.csv": {"train.csv": table(names=["label", *PIXELS]), "sample_submission.csv": "ImageId,Label\n1,0\n"},
    "1x1": {"mnist_train.csv": table(names=["label", *GRID]), "mnist_test.csv": table(TEST_DIGITS, ["label", *GRID])},
    "no names": {"mnist_train.csv": table()},
    "OpenML: the label last": {"mnist_784.csv": table(names=[*PIXELS, "class"], label="last")},
    "no names, the label last": {"mnist.csv": table(label="last")},
    "no label": {"test.csv": table(names=PIXELS, label=None)},
    "neither": {"mnist.csv": table(label=None)},
    "semicolons": {"mnist.csv": table(separator=";")},
    "tabs": {"mnist.tsv": table(separator="\t")},
    "quoted, Windows": {"mnist.csv": table(quote='"', end="\r\n")},
    "UTF-16": {"mnist.csv": table(names=["label", *PIXELS]).encode("utf-16")},
    "with a mark": {"mnist.csv": "\ufeff" + table(names=["label", *PIXELS])},
    "floats": {"mnist.csv": table(FLOAT)},
    "packed table": {"mnist_train.csv.gz": gzip.compress(table().encode())},
    # packed
    "Kaggle's zip": {"digit-recognizer.zip": zipped({"train.csv": table(names=["label", *PIXELS]), "test.csv": "a,b"})},
    "any name": {"archive (3).zip": zipped({"a/mnist_train.csv": table(), "a/mnist_test.csv": table(TEST_DIGITS)})},
    "idx in a zip": {"archive.zip": zipped({"t10k-images.idx3-ubyte": idx(TEST_DIGITS), "train-images.idx3-ubyte": IMAGES})},
    "zip in zip": {"mnist.zip": zipped({"mnist/archive.zip": zipped({"train-images-idx3-ubyte.gz": PACKED})})},
    "torchvision's mirror": {"MNIST.tar.gz": gzip.compress(tarred({"MNIST/raw/train-images-idx3-ubyte.gz": PACKED}))},
    "a tar from within a folder": {"digits.tar": tarred({"./raw/t10k-images-idx3-ubyte": b"", "./raw/train-images-idx3-ubyte": IMAGES})},
    "a tar.xz without its suffix": {"digits": lzma.compress(tarred({"mnist.npz": npz(x_train=DIGITS)}))},
    "a tar in a zip": {"archive.zip": zipped({"MNIST.tgz": gzip.compress(tarred({"mnist_train.csv": table().encode()}))})},
    "a zip in a tar": {"archive.tar": tarred({"mnist.zip": zipped({"train-images-idx3-ubyte": IMAGES})})},
    "idx packed with bzip2": {"train-images-idx3-ubyte.bz2": bz2.compress(IMAGES)},
    "idx packed with xz": {"train-images-idx3-ubyte.xz": lzma.compress(IMAGES)},
    "npz in zip": {"files.zip": zipped({"__MACOSX/._mnist.npz": b"\0", "mnist.npz": npz(x_train=DIGITS)})},
    # relatives
    "Fashion": {"fashion/train-images-idx3-ubyte.gz": PACKED},
    "Kuzushiji": {"kmnist-train-imgs.npz": npz(arr_0=DIGITS), "kmnist-train-labels.npz": npz(arr_0=LABELS)},
    "Fashion from Kaggle": {"fashion-mnist_train.csv": table(names=["label", *PIXELS])},
    # beside something else
    "beside photos": {"img/1.jpg": photo(), "mnist.npz": npz(x_train=DIGITS)},
    "beside faces": {"faces.npz": npz(images=np.zeros((9, 64, 64, 3), "uint8")), "mnist.npz": npz(x_train=DIGITS)},
    "beside its relatives": {
        "FashionMNIST/raw/train-images-idx3-ubyte": idx(TEST_DIGITS),
        "EMNIST/raw/emnist-letters-train-images-idx3-ubyte": idx(TEST_DIGITS),
        "MNIST/raw/train-images-idx3-ubyte": IMAGES,
    },
    "beside a broken one": {"mnist.npz": npz(x_train=DIGITS)[:500], "train-images-idx3-ubyte": IMAGES},
}  # fmt: skip


@pytest.mark.parametrize("kind", GOOD)
def test_it_is_read_from_a_named_folder(kind, tmp_path):
    images = load_mnist(write(tmp_path / "mine", GOOD[kind]))
    np.testing.assert_array_equal(np.asarray(images)[..., 0], DIGITS)
    assert np.asarray(images).dtype == np.uint8 and "\n" not in images.source


@pytest.mark.parametrize("kind", ["torchvision", "Kaggle's dot", "the browser's second", "Kaggle's zip", "1x1"])
def test_it_is_read_from_data(kind, course):
    write(course / "data", GOOD[kind])
    np.testing.assert_array_equal(np.asarray(load_mnist())[..., 0], DIGITS)


@pytest.mark.parametrize("kind", [kind for kind, files in GOOD.items() if len(files) == 1])
def test_it_is_read_when_the_file_is_named_instead_of_its_folder(kind, tmp_path):
    (name,) = GOOD[kind]
    images = load_mnist(write(tmp_path / "mine", GOOD[kind]) / name)
    np.testing.assert_array_equal(np.asarray(images)[..., 0], DIGITS)


def test_the_labels_named_instead_lead_to_the_images_beside_them(tmp_path):
    folder = write(tmp_path / "mine", GOOD["with labels and test"])
    np.testing.assert_array_equal(np.asarray(load_mnist(folder / "train-labels-idx1-ubyte"))[..., 0], DIGITS)


def test_the_source_says_which_array_and_which_member(tmp_path):
    write(tmp_path / "mine", {"mnist.npz": npz(train_images=DIGITS)})
    assert load_mnist(tmp_path / "mine").source == "12 images from mine/mnist.npz, array train_images"
    write(tmp_path / "other", {"archive.zip": zipped({"mnist_train.csv": table()})})
    assert load_mnist(tmp_path / "other").source == "12 images from other/archive.zip: mnist_train.csv"


def test_only_test_images_are_taken_and_their_name_says_so(tmp_path):
    write(tmp_path / "mine", {"t10k-images-idx3-ubyte": idx(TEST_DIGITS)})
    assert load_mnist(tmp_path / "mine").source == "5 images from mine/t10k-images-idx3-ubyte"


@pytest.mark.parametrize(
    "files",
    [
        {"emnist-letters-train-images-idx3-ubyte.gz": gzip.compress(idx(DIGITS.transpose(0, 2, 1).copy()))},
        {"EMNIST/raw/emnist-digits-train-images-idx3-ubyte": idx(DIGITS.transpose(0, 2, 1).copy())},
        {"emnist-balanced-train.csv": table(DIGITS.transpose(0, 2, 1))},
        {"gzip.zip": zipped({"gzip/emnist-mnist-train-images-idx3-ubyte.gz": gzip.compress(idx(DIGITS.transpose(0, 2, 1).copy()))})},
    ],
    ids=lambda files: next(iter(files)),
)  # fmt: skip
def test_emnist_lies_on_its_side_and_is_turned_upright_which_is_said(files, tmp_path):
    images = load_mnist(write(tmp_path / "mine", files))
    np.testing.assert_array_equal(np.asarray(images)[..., 0], DIGITS)
    assert images.source.endswith(", E-MNIST's images lie on their side and were turned upright")


def test_emnist_in_an_array_may_have_been_turned_before_and_that_is_said(tmp_path):
    images = load_mnist(write(tmp_path / "mine", {"emnist.npz": npz(data=DIGITS)}))
    np.testing.assert_array_equal(np.asarray(images)[..., 0], DIGITS)
    assert "so look at them first" in images.source


# Broken, or something else

GOOD_NPZ = npz(x_train=np.repeat(DIGITS, 4, 0))
BROKEN = {
    "npz cut off": {"mnist.npz": GOOD_NPZ[:-300]},
    "npz altered": {"mnist.npz": GOOD_NPZ[:5000] + b"\1\2\3" + GOOD_NPZ[5003:]},
    "npy cut off": {"mnist_x.npy": npy(DIGITS)[:-5]},
    "bz2 cut off": {"train-images-idx3-ubyte.bz2": bz2.compress(IMAGES)[:-100]},
    "xz cut off": {"train-images-idx3-ubyte.xz": lzma.compress(IMAGES)[:-100]},
    "gz cut off": {"train-images-idx3-ubyte.gz": PACKED[:-100]},
    "gz altered": {"train-images-idx3-ubyte.gz": PACKED[:3000] + b"\1\2\3" + PACKED[3003:]},
    "idx cut off": {"train-images-idx3-ubyte": IMAGES[:-1]},
    "idx of three bytes": {"train-images-idx3-ubyte": IMAGES[:3]},
    "empty": {"mnist.npz": b""},
    "a web page": {"mnist.npz": "<!DOCTYPE html><html><body>Sign in</body></html>"},
    "a pointer": {"train-images-idx3-ubyte.gz": "version https://git-lfs.github.com/spec/v1\noid sha256:0\n"},
    "table cut off": {"mnist_train.csv": table()[:-500]},
    "in a zip": {"MNIST.zip": zipped({"train-images-idx3-ubyte": IMAGES[:-9]})},
}


@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize("where", ["data", "named"])
def test_what_is_provably_broken_is_to_be_deleted_under_its_full_name(kind, where, course, tmp_path):
    folder = write(course / "data" if where == "data" else tmp_path / "mine", BROKEN[kind])
    (name,) = BROKEN[kind]
    with pytest.raises(ValueError) as error:
        load_mnist(None if where == "data" else folder)
    assert f"'{folder / name}'" in str(error.value) and "is damaged: " in str(error.value)
    assert "Delete it" in str(error.value) and "pickle" not in str(error.value).lower()
    assert len(str(error.value).splitlines()) <= 2


@pytest.mark.parametrize("name", ["mnist.npz.crdownload", "MNIST.tar.gz.part", "archive.zip.download"])
def test_a_download_that_goes_on_is_passed_over_and_said(name, course, tmp_path):
    folder = write(tmp_path / "mine", {name: GOOD_NPZ[:-300]})
    with pytest.raises(FileNotFoundError, match=f"{name} .it is a download that has not ended"):
        load_mnist(folder)
    write(course / "data", {name: GOOD_NPZ[:-300]})
    assert "has not ended: wait for it" in load_mnist().source


OBJECTS = np.array([DIGITS, None], object)
ELSE = {
    "other shapes": ({"mnist.npz": npz(x_train=DIGITS[:, :20])}, "uint8 (12, 20, 28)"),
    "no images": ({"mnist.npz": npz()}, "a zip without a file of digits"),
    "colour": ({"mnist.npz": npz(x_train=np.zeros((3, 28, 28, 3), "uint8"))}, "(3, 28, 28, 3)"),
    "none at all": ({"mnist.npz": npz(x_train=DIGITS[:0])}, "(0, 28, 28)"),
    "standardised": ({"mnist.npz": npz(x_train=FLOAT / 90 - 0.42)}, "values from -0.42 to"),
    "not a number": ({"mnist.npz": npz(x_train=np.full((2, 28, 28), np.nan))}, "nan"),
    "objects": ({"mnist.npz": npz(x_train=OBJECTS)}, "object"),
    "an array of objects": ({"mnist.npy": npy(OBJECTS, allow_pickle=True)}, "Python objects"),
    "the old pkl.gz": ({"mnist.pkl.gz": gzip.compress(pickle.dumps([1, 2]))}, "Python objects"),
    "idx of 32x32": ({"train-images-idx3-ubyte": idx(np.zeros((3, 32, 32), "uint8"))}, "(3, 32, 32)"),
    "another table": ({"mnist.csv": ",".join(map(str, range(100))) + "\n"}, "a table of 100 columns"),
    "words in a table": ({"mnist.csv": re.sub(r",\d+\n$", ",abc\n", table())}, "not every pixel is a number"),
}


@pytest.mark.parametrize("kind", ELSE)
def test_what_is_something_else_is_named_for_what_it_is_and_never_to_be_deleted(kind, tmp_path):
    files, word = ELSE[kind]
    with pytest.raises(ValueError) as error:
        load_mnist(write(tmp_path / "mine", files))
    message = str(error.value)
    assert word in message and "Delete it" not in message and len(message.splitlines()) <= 2
    assert str(tmp_path / "mine" / next(iter(files))) in message
    assert "pickle" not in message.lower().replace("mnist.pkl.gz", "")


@pytest.mark.parametrize(
    ("files", "word"),
    [
        ({"mnist.h5": b"\x89HDF\r\n\x1a\n" + bytes(90)}, "mnist.h5 (it is an HDF5 file)"),
        ({"emnist-letters.mat": b"MATLAB 5.0 MAT-file" + bytes(99)}, "a MATLAB file"),
        ({"train.parquet": b"PAR1" + bytes(99)}, "a Parquet table"),
        ({"MNIST/processed/training.pt": pickle.dumps([1])}, "Python objects"),
        ({"train-labels-idx1-ubyte": idx(LABELS)}, "train-labels-idx1-ubyte (it holds labels, and no images)"),
        ({"notes.txt": "hello"}, "notes.txt (it is no known form of MNIST)"),
        ({f"{number}.txt": "hello" for number in range(9)}, "2.txt (it is no known form of MNIST) and 6 more"),
        ({}, "Seen there: nothing."),
    ],
)
def test_a_named_folder_without_digits_says_what_was_looked_for_and_seen_in_two_lines(files, word, tmp_path):
    (tmp_path / "mine").mkdir()
    with pytest.raises(FileNotFoundError) as error:
        load_mnist(write(tmp_path / "mine", files))
    message = str(error.value)
    assert message.startswith("load_mnist: no mnist.npz, train-images-idx3-ubyte, train-images-idx3-ubyte.gz, no table")
    assert str(tmp_path / "mine") in message and word in message and len(message.splitlines()) <= 2


def test_a_zip_with_a_password_says_so(tmp_path):
    content = bytearray(zipped({"train-images-idx3-ubyte": IMAGES}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    with pytest.raises(ValueError, match="it is encrypted: unpack it with its password"):
        load_mnist(write(tmp_path / "mine", {"mnist.zip": bytes(content)}) / "mnist.zip")


def test_a_file_that_may_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    folder = write(tmp_path / "mine", {"mnist.npz": npz(x_train=DIGITS)})
    scandir = os.scandir

    def cut(path):
        if str(path).startswith(str(folder)):
            raise OSError(107, "Transport endpoint is not connected", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", cut)
    with pytest.raises(OSError, match="could not be read .Transport endpoint is not connected.") as error:
        load_mnist(folder)
    assert "Delete" not in str(error.value)


# The next source


def test_a_cut_off_download_in_kerass_cache_is_passed_over_with_a_sentence(tmp_path):
    write(tmp_path / "keras" / "datasets", {"mnist.npz": npz(x_train=DIGITS)[:2_000]})
    images = load_mnist()
    assert images.source.startswith(
        "10,000 digits drawn by dcgan_lib (no MNIST in data/, and no network); passed over: "
    )
    assert f"'{tmp_path / 'keras' / 'datasets' / 'mnist.npz'}' (it is damaged: " in images.source
    assert "Delete it" in images.source and len(images.skipped) == 1


def test_fashion_in_kerass_cache_is_nobodys_wish(tmp_path):
    write(tmp_path / "keras" / "datasets", {"fashion-mnist/train-images-idx3-ubyte.gz": PACKED})
    assert load_mnist().source.startswith("10,000 digits drawn")


@pytest.mark.parametrize(
    "files",
    [
        {"1.jpg": photo(), "2.jpg": photo()},
        {"img_align_celeba_small/000001": photo()},
        {"celeba.zip": zipped({"img/1.jpg": photo(), "img/2.jpg": photo()})},
        {"1.HEIC": b"\0\0\0\x18ftypheic" + bytes(50), "list_attr_celeba.txt": "202599\n"},
    ],
    ids=lambda files: next(iter(files)),
)
@pytest.mark.parametrize("by", ["data_dir", "DCGAN_DATA"])
def test_a_named_folder_of_photos_is_passed_over_with_a_sentence_and_the_next_source_tried(
    files, by, course, tmp_path, monkeypatch
):
    folder = write(tmp_path / "faces", files)
    if by == "DCGAN_DATA":
        monkeypatch.setenv("DCGAN_DATA", str(folder))
    name = folder if by == "data_dir" else None
    drawn = load_mnist(name).source
    assert drawn.startswith("10,000 digits drawn")
    assert drawn.endswith(f"; passed over: '{folder}' (it holds photos and no digits)")
    write(course / "data", {"mnist.npz": npz(x_train=DIGITS)})
    assert load_mnist(name).source.startswith("12 images from data/mnist.npz; passed over: ")


def test_what_lies_in_data_and_is_no_digits_is_passed_over_with_a_word(course):
    write(
        course / "data", {"faces.npz": npz(images=np.zeros((9, 64, 64, 3), "uint8")), "mnist.h5": b"\x89HDF\r\n\x1a\n"}
    )
    source = load_mnist().source
    assert source.startswith("10,000 digits drawn") and "faces.npz" in source and "an HDF5 file" in source


def test_a_folder_that_links_to_itself_and_one_of_thousands_of_photos_are_searched_in_a_moment(course):
    (course / "data" / "again").symlink_to(course / "data")
    photos = course / "data" / "img_align_celeba"
    photos.mkdir()
    for number in range(300):
        (photos / f"{number}").touch()
    write(course / "data", {"z/mnist.npz": npz(x_train=DIGITS)})
    assert len(load_mnist()) == 12


def test_no_message_of_the_module_speaks_of_pickle():
    for module in (
        mnist,
        *(__import__(f"dcgan_lib.data.{name}", fromlist="x") for name in ("digit_reading", "digit_table")),
    ):
        with open(module.__file__, encoding="utf-8") as file:
            assert not re.search(r"f?\"[^\"]*\bpickle", file.read().replace("allow_pickle", ""))
