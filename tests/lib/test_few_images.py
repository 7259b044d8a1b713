"""What TunedDCGAN does with few images, that it says so, and the drawn faces that stand beside few faces."""

import numpy as np
import pytest

from dcgan_lib import DCGAN, History, TunedDCGAN, train
from dcgan_lib.data import varied_face_sheet
from dcgan_lib.data.varied_face_sheet import load_varied_faces
from dcgan_lib.data.varied_faces import draw_varied_face
from dcgan_lib.tuned import FEW

SAID = (
    "30 images are few, so TunedDCGAN takes augment='mirror'. For faces augment='faces,mirror' is better, and None "
    "takes nothing."
)


def test_with_few_images_a_run_mirrors_them_and_says_so_first(new_small_dcgan, small_images, tmp_path, capsys):
    history = train(new_small_dcgan(kind=TunedDCGAN), small_images[:30], 1, 4, output_dir=tmp_path / "run")
    assert capsys.readouterr().out.splitlines()[0] == SAID
    assert history.run["recipe"]["augment"] == "mirror"
    assert History.load(tmp_path / "run").run["equal_bits_need"]["augment"] == "mirror"


@pytest.mark.parametrize("case", ["the lecture's class", "turned off", "another policy", "many", "digits"])
def test_nothing_else_is_mirrored_or_said(new_dcgan, digits, case):
    options = {"turned off": {"augment": None}, "another policy": {"augment": "cutout"}}.get(case, {})
    dcgan = new_dcgan(kind=DCGAN if case == "the lecture's class" else TunedDCGAN, **options)
    noise = np.random.default_rng(0).integers(0, 256, (FEW + 1, 28, 28, 1), "uint8")
    images = {"many": noise, "digits": digits[:100]}.get(case, noise[:100])
    assert dcgan.prepare(images) == ""
    assert dcgan.augment == options.get("augment")


def test_what_is_chosen_follows_the_images_of_each_run(new_small_dcgan, small_images):
    dcgan = new_small_dcgan(kind=TunedDCGAN)
    assert dcgan.prepare(small_images[:30]) and dcgan.augment == "mirror"
    assert dcgan.prepare(np.repeat(small_images[:30], 34, axis=0)) == "" and dcgan.augment is None


def test_the_sheet_has_a_thousand_different_faces_and_is_small():
    faces = load_varied_faces()
    assert faces.shape == (1_000, 28, 28, 3) and faces.dtype == np.uint8
    assert len({face.tobytes() for face in faces}) == 1_000
    assert faces.mean(axis=(1, 2, 3)).std() > 25 and faces.reshape(1_000, -1).std(axis=1).min() > 5
    assert varied_face_sheet.SHEET.stat().st_size <= 2_000_000


@pytest.mark.parametrize("number", [0, 39, 40, 999])
def test_a_face_of_the_sheet_is_what_its_number_draws(number):
    drawn = draw_varied_face(np.random.default_rng([0, number])).astype(int)
    # Pillow's versions round differently, by a level or two.
    assert np.abs(load_varied_faces()[number] - drawn).mean() < 2


def test_another_sheet_is_refused(tmp_path, monkeypatch):
    other = tmp_path / "varied_faces.png"
    other.write_bytes(varied_face_sheet.SHEET.read_bytes() + b"x")
    monkeypatch.setattr(varied_face_sheet, "SHEET", other)
    load_varied_faces.cache_clear()
    with pytest.raises(ValueError) as error:
        load_varied_faces()
    assert str(error.value) == f"TunedDCGAN: '{other}' is not the file that the course came with. Install it anew."


@pytest.mark.slow
def test_a_run_with_drawn_faces_beside_the_photos_repeats_to_the_bit_however_it_is_cut(new_dcgan, tmp_path):
    photos = np.random.default_rng(0).integers(0, 256, (20, 28, 28, 3), "uint8")

    def run(folder, *steps):
        for count in steps:
            dcgan = new_dcgan((28, 28, 3), kind=TunedDCGAN, augment="faces,mirror")
            train(dcgan, photos, count, 4, 10, output_dir=tmp_path / folder, resume=True)
        return [weight.tobytes() for weight in dcgan.generator.get_weights()]

    assert run("whole", 5) == run("parts", 2, 5)
