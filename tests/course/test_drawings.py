"""What a class drew: which picture is a notebook's last grid, how it is read safely, and which are the same."""

import base64
import io
import json
import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import nbformat
import numpy as np
import psutil
import pytest
from drawn_class import DrawnClass, cell, make_grid, noise_grid, notebook, output, with_grid, written
from PIL import Image, PngImagePlugin

import dcgan_lib
from dcgan_course.exercises.student_notebook import LARGEST
from dcgan_course.instructor.grading.drawings import last_grid
from dcgan_course.instructor.grading.drawings.likeness import FEW, compare
from dcgan_course.instructor.grading.drawings.picture import LONGEST_SIDE, NoPicture, read_picture
from dcgan_course.instructor.grading.drawings.picture_cache import KeptPictures
from dcgan_course.instructor.grading.drawings.picture_reader import STOPPED, Drawing, read_drawing
from dcgan_course.instructor.grading.marks.assembly import read_masters
from dcgan_lib.system.paths import course_root

COURSE = Path(__file__).resolve().parents[2]
MASTERS = read_masters(course_root() / "notebooks")
PATHS = {master.name: course_root() / "notebooks" / f"{master.name}.ipynb" for master in MASTERS}
LAST_GRIDS = {"01_mnist": "last-images", "02_faces_grayscale": "last-images", "03_faces_colour": "grid-show"}
FACES = "02_faces_grayscale"
CELLS = {name: last_grid.sources_by_id(json.loads(path.read_bytes())) for name, path in PATHS.items()}


def first_grid(content, name=FACES):
    return next(last_grid.find_grids(content, name, CELLS[name]), None)


def shown_by(name, cell_id):
    """The picture that a cell of a master shows."""
    cells = json.loads(PATHS[name].read_bytes())["cells"]
    (outputs,) = [each["outputs"] for each in cells if each["id"] == cell_id]
    return next("".join(each["data"]["image/png"]) for each in outputs if "image/png" in each.get("data", {}))


@pytest.fixture
def drawn_class(tmp_path):
    return DrawnClass(tmp_path, MASTERS)


# Which picture it is.


@pytest.mark.parametrize(("name", "cell_id"), LAST_GRIDS.items())
def test_the_last_grid_is_what_the_trained_generator_draws_and_no_chart_or_photo(name, cell_id):
    assert first_grid(json.loads(PATHS[name].read_bytes()), name) == (cell_id, shown_by(name, cell_id))


def without_ids(content):
    for each in content["cells"]:
        del each["id"]


def as_colab_saves_it(content):
    for each in content["cells"]:
        each["metadata"]["id"] = each.pop("id")


def renamed(content):
    for each in content["cells"]:
        each["id"] = f"vscode-{each['id']}"


@pytest.mark.parametrize("change", [without_ids, as_colab_saves_it, renamed])
@pytest.mark.parametrize(("name", "cell_id"), LAST_GRIDS.items())
def test_it_is_found_where_ids_are_lost(name, cell_id, change):
    content = json.loads(PATHS[name].read_bytes())
    change(content)
    assert first_grid(content, name) == (cell_id, shown_by(name, cell_id))


def test_it_is_found_in_a_notebook_of_format_3():
    content = json.loads(nbformat.writes(nbformat.read(PATHS[FACES], 4), version=3))
    assert "worksheets" in content
    found, encoded = first_grid(content)
    assert (found, "".join(encoded.split())) == ("last-images", "".join(shown_by(FACES, "last-images").split()))


def test_of_several_pictures_of_one_cell_it_is_the_last_and_a_png_before_its_jpeg():
    both = output("second")
    both["data"]["image/jpeg"] = "as jpeg"
    assert first_grid(json.loads(notebook(cell([output("first"), both])))) == ("last-images", "second")
    only = json.loads(notebook(cell([output("first"), output("photo", "image/jpeg")])))
    assert first_grid(only) == ("last-images", "photo")


def test_without_it_a_cell_of_the_students_own_counts_and_then_the_timeline():
    timeline = cell([output("timeline")], "timeline", "plot_timeline(output_dir)")
    own = cell([output("own")], "mine", "fig, ax = plt.subplots()\nax.imshow(generator.predict(noise)[0])")
    chart = cell([output("chart")], "chart", "plot_losses(history)")
    data = cell([output("data")], "load-show", "plot_images(images[:25])")
    assert first_grid(json.loads(notebook(data, own, timeline, chart))) == (last_grid.OWN, "own")
    assert first_grid(json.loads(notebook(data, timeline, chart))) == ("timeline", "timeline")
    assert first_grid(json.loads(notebook(data, chart, cell([])))) is None


# How it is written anew.


def test_it_is_written_anew_small_and_without_what_was_attached():
    note = PngImagePlugin.PngInfo()
    note.add_text("Author", "Kim Minji, Seoul")
    wide = Image.effect_noise((1000, 500), 80).convert("RGB")
    exif = Image.Exif()
    exif[0x010E] = "Kim Minji, Seoul"
    encoded = written(wide, pnginfo=note, exif=exif, icc_profile=b"Kim Minji, Seoul")
    assert b"Kim Minji" in base64.b64decode(encoded)
    picture = read_picture(encoded)
    assert b"Kim" not in picture.webp and b"EXIF" not in picture.webp and b"ICCP" not in picture.webp
    with Image.open(io.BytesIO(picture.webp)) as image:
        assert (image.format, image.size) == ("WEBP", (LONGEST_SIDE, LONGEST_SIDE // 2))
        assert image.size == (picture.width, picture.height) and not image.getexif()


def test_a_small_picture_is_not_blown_up_and_what_is_transparent_is_white():
    picture = read_picture(written(Image.new("RGBA", (60, 40), (0, 0, 0, 0))))
    with Image.open(io.BytesIO(picture.webp)) as image:
        assert image.size == (60, 40)
        assert image.getpixel((20, 20)) == (255, 255, 255)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_that_matplotlib_or_pillow_writes_is_read(mode):
    gray = noise_grid(1).convert("L")
    image = Image.new("I;16", gray.size) if mode == "I;16" else gray.convert(mode)
    assert read_picture(written(image)).pixels


# What is no picture.


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(*chunks):
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(chunks)).decode()


def header(width, height):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))


def animated(form):
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue", "green")]
    return written(frames[0], form, save_all=True, append_images=frames[1:])


GOOD = written(noise_grid(0))
ZEROS = zlib.compress(bytes(60_000_000), 9)
NO_PICTURES = {
    "a bomb of 900 million pixels": png(header(30_000, 30_000), chunk(b"IDAT", ZEROS), chunk(b"IEND", b"")),
    "a bomb whose size says more than it has": png(header(2**31 - 1, 2**31 - 1), chunk(b"IEND", b"")),
    "more pixels than a figure has": written(Image.new("1", (5_000, 5_000))),
    "a text that unpacks to 60 MB": png(header(10, 10), chunk(b"zTXt", b"note\0\0" + ZEROS), chunk(b"IEND", b"")),
    "a PNG that is cut off": base64.b64encode(base64.b64decode(GOOD)[:3000]).decode(),
    "a JPEG that is cut off": base64.b64encode(base64.b64decode(written(noise_grid(0), "JPEG"))[:3000]).decode(),
    "base64 that is cut off": GOOD[:3001],
    "no base64": "%%% not base64 %%%",
    "letters that are not ASCII": "사진" * 100,
    "nothing": "",
    "SVG": base64.b64encode(b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>').decode(),
    "HTML": base64.b64encode(b"<html><img src=x onerror=alert(1)>").decode(),
    "a GIF": written(noise_grid(0), "GIF"),
    "a GIF that moves": animated("GIF"),
    "a PNG that moves": animated("PNG"),
    "a WebP": written(noise_grid(0), "WEBP"),
    "a TIFF": written(noise_grid(0), "TIFF"),
    "a PDF": written(noise_grid(0), "PDF"),
}


@pytest.mark.parametrize("kind", NO_PICTURES)
def test_what_cannot_be_shown_is_no_picture(kind):
    with pytest.raises(NoPicture):
        read_picture(NO_PICTURES[kind])


def nested(depth):
    return b'{"cells": [{"cell_type": "code", "outputs": ' + b"[" * depth + b"]" * depth + b"}]}"


ODD_NOTEBOOKS = {
    **{kind: notebook(cell([output(encoded)])) for kind, encoded in NO_PICTURES.items()},
    "SVG as itself": notebook(cell([output("<svg/>", "image/svg+xml")])),
    "10,000 outputs": notebook(cell([output("broken")] * 10_000)),
    "10,000 outputs that do not show anything": notebook(cell([{"output_type": "stream", "text": "x"}] * 10_000)),
    "no outputs": notebook(cell([])),
    "outputs that are none": notebook(cell("text"), cell([1, None, [], {"output_type": "display_data", "data": 7}])),
    "a picture that is a number": notebook(cell([output(7)]), cell([output([1, 2])]), cell([output({"a": 1})])),
    "cells that are none": b'{"cells": [1, null, "x", {"cell_type": "code"}, {"cell_type": "code", "id": [], "source": 7}]}',
    "worksheets that are none": b'{"worksheets": [1, {"cells": 7}, null], "nbformat": 3}',
    "JSON that is no notebook": b"[1, 2]",
    "lists without end": nested(200_000),
    "a notebook that is cut off": with_grid(noise_grid(0))[:4000],
    "a file that is empty": b"",
    "a PDF": b"%PDF-1.7",
}


def test_nothing_that_is_handed_in_keeps_the_others_from_being_shown(tmp_path):
    for number, content in enumerate(ODD_NOTEBOOKS.values()):
        (tmp_path / f"{number}.ipynb").write_bytes(content)
    (tmp_path / "good.ipynb").write_bytes(with_grid(noise_grid(0)))
    with open(tmp_path / "large.ipynb", "wb") as file:
        file.truncate(LARGEST + 1)  # It takes no space on the disk.
    jobs = {path.stem: (path, FACES) for path in sorted(tmp_path.glob("*.ipynb"))}
    jobs["gone"] = (tmp_path / "gone.ipynb", FACES)
    kept = KeptPictures(tmp_path / "pictures")
    kept.read(jobs, PATHS, workers=2)
    drawings = {**kept.drawings}
    assert drawings.pop("good").problem == ""
    assert len(drawings) == len(jobs) - 1
    for key, drawing in drawings.items():
        kind = list(ODD_NOTEBOOKS)[int(key)] if key.isdigit() else key
        assert drawing.problem and not drawing.pixels and not kept.path(key).exists(), kind
        assert (drawing.problem == STOPPED) == (kind == "gone"), kind  # None of them comes near a limit.


def test_of_a_damaged_picture_the_one_before_it_is_taken(tmp_path):
    (tmp_path / "hw.ipynb").write_bytes(notebook(cell([output(GOOD), output(NO_PICTURES["a GIF"])])))
    assert read_drawing(tmp_path / "hw.ipynb", FACES, CELLS[FACES]).pixels == read_picture(GOOD).pixels


@pytest.mark.slow
def test_what_takes_more_memory_than_there_may_be_costs_itself_alone(tmp_path):
    with open(tmp_path / "lists.ipynb", "wb") as file:  # Each list of three letters takes 64 bytes of memory.
        file.write(b'{"cells": [], "nbformat": 4, "lists": [' + b"[]," * 60_000_000 + b"[]]}")
    (tmp_path / "good.ipynb").write_bytes(with_grid(noise_grid(0)))
    kept = KeptPictures(tmp_path / "pictures")
    kept.read({name: (tmp_path / f"{name}.ipynb", FACES) for name in ("lists", "good")}, PATHS, workers=1)
    assert "within the limits" in kept.drawings["lists"].problem
    assert kept.drawings["good"].pixels


KILLED = """
import sys
from pathlib import Path
from dcgan_course.instructor.grading.drawings.picture_cache import KeptPictures
folder = Path(sys.argv[1])
print("reading", flush=True)
KeptPictures(folder / "pictures").read({"waits": (folder / "pipe", "02_faces_grayscale")}, {"02_faces_grayscale": sys.argv[2]}, 1)
"""


def test_a_grader_that_is_killed_leaves_no_reader_behind(tmp_path, start_child):
    os.mkfifo(tmp_path / "pipe")
    grader = start_child(KILLED, tmp_path, PATHS[FACES])
    pipe = open(tmp_path / "pipe", "wb")  # It waits until the process with limits has opened the other end.
    family = psutil.Process(grader.pid).children(recursive=True)
    assert len(family) == 2
    grader.kill()
    gone, left = psutil.wait_procs(family, timeout=60)
    pipe.close()
    assert not left


# Which are the same.


def drawing_of(image, form="PNG", **options):
    picture = read_picture(written(image, form, **options))
    return Drawing(pixels=picture.pixels, look=picture.look)


@pytest.fixture(scope="module")
def face_grids():
    """Grids of faces that the course draws: all of the same kind, and no two the same."""
    faces = dcgan_lib.draw_faces(100, seed=3)
    small = [Image.fromarray(face).resize((28, 28)) for face in faces]
    pixels = [np.asarray(face) for face in small]
    return [make_grid(pixels[start : start + 25]) for start in range(0, 100, 25)]


def test_the_same_pixels_are_the_same_however_they_were_written(face_grids):
    image = face_grids[0]
    first, second = compare([drawing_of(image), drawing_of(image, compress_level=1)])
    assert (first.same, second.same) == ((1,), (0,)) and not first.nearly and first.marked


@pytest.mark.parametrize("index", range(3))
def test_a_copy_as_jpeg_in_another_size_or_with_another_margin_is_nearly_the_same(face_grids, index):
    image = face_grids[index]
    padded = Image.new("RGB", (600, 560), "white")
    padded.paste(image, (40, 20))
    copies = [drawing_of(image, "JPEG", quality=60), drawing_of(image.resize((350, 350))), drawing_of(padded)]
    for copy in copies:
        likeness, _ = compare([drawing_of(image), copy])
        assert likeness.nearly == (1,) and not likeness.same and likeness.marked


def test_grids_of_different_students_are_not_the_same(face_grids):
    drawings = [drawing_of(image) for image in face_grids]
    assert not any(likeness.same or likeness.nearly for likeness in compare(drawings))


def test_earlier_grids_of_one_training_are_not_nearly_the_same():
    strip = Image.open(io.BytesIO(base64.b64decode(shown_by(FACES, "timeline")))).convert("RGB")
    grids = [strip.crop((10 + 200 * place, 28, 203 + 200 * place, 222)) for place in range(1, 5)]
    assert not any(likeness.nearly for likeness in compare([drawing_of(grid) for grid in grids]))


def test_pictures_of_one_colour_only_look_the_same_and_are_not_marked():
    dark, darker = (drawing_of(Image.new("RGB", (400, 400), gray)) for gray in ("#111", "#000"))
    assert not any(likeness.marked for likeness in compare([dark, darker]))


def test_the_picture_of_the_courses_own_notebook_is_not_held_against_anybody(face_grids):
    courses = drawing_of(face_grids[0])
    drawings = [drawing_of(face_grids[0]), drawing_of(face_grids[0], "JPEG", quality=80), drawing_of(face_grids[1])]
    likenesses = compare(drawings, courses)
    assert [likeness.courses for likeness in likenesses] == [True, True, False]
    assert not any(likeness.marked for likeness in likenesses)


def test_a_picture_that_many_have_is_not_held_against_anybody(face_grids):
    many, two, one = (drawing_of(image) for image in face_grids[:3])
    marked = [likeness.marked for likeness in compare([*[many] * (FEW + 1), two, two, one])]
    assert marked == [*[False] * (FEW + 1), True, True, False]
    assert all(likeness.marked for likeness in compare([many] * FEW))


# The folder, the page, and the command.


def test_a_notebook_is_read_once_and_a_lost_picture_again(drawn_class):
    for number, student in enumerate(("Kim", "Lee")):
        drawn_class.hand_in(student, with_grid(noise_grid(number)))
    drawings = drawn_class.publish()
    record = drawings.kept.folder / "pictures.json"
    before = record.stat().st_mtime_ns
    drawn_class.publish()
    assert record.stat().st_mtime_ns == before
    kim = drawings.kept.path(drawn_class.keys["Kim"])
    kim.unlink()
    drawn_class.publish()
    assert kim.exists() and record.stat().st_mtime_ns > before
    kim.unlink()
    (drawn_class.source / "Kim" / f"{FACES}.ipynb").unlink()
    drawn_class.publish()
    assert "<img" in drawn_class.page and kim.name not in drawn_class.page  # No link leads nowhere.
    record.write_text("half a rec", "utf-8")
    drawn_class.publish()
    assert len(json.loads(record.read_text("utf-8"))["drawings"]) == 1 + len(MASTERS)


def test_the_page_has_a_card_for_each_picture_and_a_line_for_who_has_none(drawn_class):
    drawn_class.hand_in("Kim", with_grid(noise_grid(1)))
    drawn_class.hand_in("Lee", with_grid(noise_grid(1)) + b" ")  # Another file with the same picture.
    drawn_class.hand_in("박서", with_grid(noise_grid(2)))
    drawn_class.hand_in("Choi", notebook(cell([output(NO_PICTURES["a GIF"])])))
    drawings = drawn_class.publish()
    page = drawn_class.page
    pictures = re.findall(r'<img src="(pictures/[0-9a-f]{16}\.webp)"', page)
    assert len(pictures) == 3 and all((drawn_class.output / picture).exists() for picture in pictures)
    assert 'href="feedback/Kim.html"' in page and 'alt="The last grid of 박서 in 02_faces_grayscale."' in page
    assert len(re.findall("The same picture as", page)) == 2
    assert "No picture: 1" in page and re.search(r"Choi</a>: no picture", page)
    assert drawings.kept.drawings[drawn_class.keys["Choi"]].problem in page
    assert 'href="class.html"' in (drawn_class.output / "index.html").read_text("utf-8")


def test_the_page_runs_nothing_that_a_student_wrote(drawn_class):
    drawn_class.hand_in('<script>alert(1)<"', with_grid(noise_grid(1)))
    drawn_class.publish()
    assert "<script" not in drawn_class.page and "&lt;script&gt;" in drawn_class.page
    assert "default-src 'none'" in drawn_class.page and not re.search(r'(?:src|href)="(?:https?:)?//', drawn_class.page)


def test_pictures_change_no_mark_and_a_failure_is_one_sentence(drawn_class):
    drawn_class.hand_in("Kim", with_grid(noise_grid(1)))
    (drawn_class.output / "pictures").write_text("a file where the folder belongs", "utf-8")
    drawn_class.publish()
    assert drawn_class.said.startswith("What the class drew could not be shown") and drawn_class.said.count("\n") == 0
    names = ("grades.csv", "grades.json", "ledger.jsonl", "feedback/Kim.html")
    without = [(drawn_class.output / name).read_bytes() for name in names]
    (drawn_class.output / "pictures").unlink()
    drawn_class.publish()
    assert drawn_class.said.endswith("shows what the class drew.")
    assert [(drawn_class.output / name).read_bytes() for name in names] == without


def test_a_dry_run_reads_no_picture(drawn_class):
    drawn_class.hand_in("Kim", with_grid(noise_grid(1)))
    drawn_class.hand_in("Lee", with_grid(noise_grid(2)))
    command = [sys.executable, "-m", "dcgan_course", "grade", str(drawn_class.source), "--dry-run"]
    done = subprocess.run([*command, "--output", str(drawn_class.output)], cwd=COURSE, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    assert sorted(path.name for path in drawn_class.output.iterdir() if path.suffix != ".lock") == [
        ".lock",
        "index.html",
    ]
