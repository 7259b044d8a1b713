"""The benchmarks compute what they say, here with tiny numbers; how fast anything is, no test asks."""

import json

import pytest
from PIL import Image

from benchmarks import growth, starting, step, time_to_quality, training
from benchmarks.time_to_quality import LECTURE, SLIDES, TUNED, Racer, make_rows, race
from dcgan_lib.quality import digit_features, frechet_distance


def start_racer(name, seconds_a_step, quality):
    """A contender that draws the number 1000 / (quality * steps), which is then its distance, too."""
    made = []

    def run_steps(steps):
        made.append(steps)
        return steps * seconds_a_step

    return Racer(name, run_steps, lambda: 1000 / (quality * sum(made)), steps=0)


@pytest.fixture
def racers():
    """The slides' code takes 4 s a step; the lecture's pictures are at 10 after 100 steps, the tuned after 20."""
    return [
        start_racer(SLIDES[0], 4.0, 1),
        start_racer(SLIDES[1], 5.0, 1),
        start_racer(LECTURE, 1.0, 1),
        start_racer(TUNED, 0.5, 5),
    ]


def finish(racers, whole, lecture_steps):
    race(racers, whole, measure=float, distance=10.0, every=10, most=500, turn=2.0)
    return {row["name"]: row for row in make_rows(racers, 0, lecture_steps, 10.0)}


def test_who_is_not_run_to_the_end_has_the_lectures_steps_in_seconds_of_its_own(racers):
    rows = finish(racers, {TUNED}, lecture_steps=100)
    assert {name: row["is_calculated"] for name, row in rows.items()} == {
        SLIDES[0]: True,
        SLIDES[1]: True,
        LECTURE: True,
        TUNED: False,
    }
    assert rows[TUNED]["steps"] == 20 and rows[TUNED]["seconds"] == pytest.approx(10)
    assert list(rows[TUNED]["distances"]) == [10, 20]
    assert [rows[name]["seconds"] for name in (*SLIDES, LECTURE)] == pytest.approx([400, 500, 100])
    times = {name: row["times_the_slides"] for name, row in rows.items()}
    assert times == pytest.approx({SLIDES[0]: 1, SLIDES[1]: 0.8, LECTURE: 4, TUNED: 40})
    assert rows[TUNED]["spread"] == pytest.approx((40, 40))  # Each turn had the same pace.
    json.dumps(rows)


def test_run_to_the_end_all_have_the_seconds_that_they_took(racers):
    rows = finish(racers, {*SLIDES, LECTURE, TUNED}, lecture_steps=7)
    assert not any(row["is_calculated"] for row in rows.values())
    assert [row["steps"] for row in rows.values()] == [100, 100, 100, 20]
    assert [row["seconds"] for row in rows.values()] == pytest.approx([400, 500, 100, 10])


def test_who_does_not_become_good_enough_is_ended_and_said_so():
    rows = finish([start_racer(TUNED, 0.5, 0.001)], {TUNED}, lecture_steps=7)
    assert rows[TUNED]["steps"] == 500 and not rows[TUNED]["is_reached"]
    assert "not reached" in " ".join(time_to_quality.as_texts(rows[TUNED]))
    assert "times_the_slides" not in rows[TUNED]  # The slides' code is not there to compare with.


@pytest.mark.slow
def test_a_contender_whose_packages_are_missing_is_left_out_in_a_sentence(digits, tmp_path, monkeypatch, capsys):
    (tmp_path / "tf_keras.py").write_text("raise ModuleNotFoundError(\"No module named 'tf_keras'\")\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    for name in ("BENCHMARK_IMAGES", "BENCHMARK_SEED"):
        monkeypatch.setenv(name, "")  # So that they are put back.

    def measure(drawn):
        assert drawn.shape[1:] == (28, 28, 1)
        return frechet_distance(digits[:300], drawn[:100], digit_features).value

    options = {"measure": measure, "distance": 1e9, "every": 3, "most": 3, "turn": 0.1}
    rows = time_to_quality.run_seed(digits[:300], 0, {SLIDES[1], TUNED}, 40_001, options)
    assert [row["name"] for row in rows] == [SLIDES[1], LECTURE, TUNED]
    assert [row["is_calculated"] for row in rows] == [False, True, False]
    (sentence,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("left out")]
    assert SLIDES[0] in sentence


def make_row(cell):
    times = {"seconds_a_step": 0.1, "core_seconds_a_step": 0.2, "steps_per_second": 10.0}
    return {**cell._asdict(), **times, "gigabytes": 1.5}


def test_growth_has_a_line_for_each_cell_and_a_picture_on_white(tmp_path, capsys):
    axes = {axis: [make_row(cell) for cell in cells] for axis, cells in growth.AXES.items()}
    growth.print_table(axes)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + sum(map(len, axes.values()))
    assert "photos of 64x64 202,599" in lines[1 + 6 + 6 + 4]
    growth.draw(axes, tmp_path / "growth.png")
    with Image.open(tmp_path / "growth.png") as picture:
        assert picture.width > 1_000 and picture.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)


@pytest.mark.slow
def test_growth_measures_runs_at_once_each_in_a_process_of_its_own():
    cell = growth.Cell(batch_size=2, image_size=8, photos=10, runs=2)
    (row,) = growth.measure_all({"runs at once": [cell]}, seconds=0.1)["runs at once"]
    assert {name: row[name] for name in cell._fields} == cell._asdict()
    assert (
        row["seconds_a_step"] > 0 and row["core_seconds_a_step"] > 0 and row["gigabytes"] > 0.5
    )  # TensorFlow alone needs as much, twice.


def test_the_first_picture_is_that_of_the_cells_before_any_training():
    *before, last = starting.cells_to_the_first_picture(starting.NOTEBOOK)
    assert last.source.startswith("plot_images(")
    assert any("load_mnist(" in cell.source for cell in before)
    assert not any("train(dcgan" in cell.source for cell in before)


@pytest.mark.slow
def test_starting_draws_the_first_picture_in_a_kernel(tmp_path, monkeypatch):
    starting.write_digits(tmp_path / "mnist.npz", count=2_000)
    monkeypatch.setenv("DCGAN_DATA", str(tmp_path))
    cells = starting.cells_to_the_first_picture(starting.NOTEBOOK)
    for seconds, core_seconds in starting.time_notebook(cells):
        assert seconds > 0 and core_seconds > 0
    with pytest.raises(RuntimeError, match="drew no picture"):
        starting.time_notebook(cells[:1])


def test_a_run_that_fails_ends_the_others_that_wait_for_it(start_child):
    waiting, failing = start_child("import time; time.sleep(600)"), start_child("raise MemoryError('too much')")
    with pytest.raises(SystemExit, match="too much"):
        growth.finish([waiting, failing])
    assert waiting.returncode and failing.returncode


def test_what_saving_takes_is_measured_in_a_runs_own_folder():
    saving = training.measure_saving(seconds_a_step=0.05)
    assert saving["grid_seconds"] > 0 and saving["checkpoint_seconds"] > 0
    # A checkpoint at most every 20 s, a grid every 200 steps.
    expected = (saving["grid_seconds"] + saving["checkpoint_seconds"] / 2) / 10
    assert saving["share_of_run"] == pytest.approx(expected)


@pytest.mark.slow
def test_without_the_slides_code_there_is_nothing_to_compare_with(monkeypatch):
    monkeypatch.setattr(training, "CONTENDERS", {"matmul": None})
    with pytest.raises(SystemExit, match="Install it: make bench"):
        training.compare(rounds=1, seconds=0.1)


@pytest.mark.slow
def test_the_steps_of_both_recipes_take_their_turns_beside_the_matrix_product():
    _, sides = step.measure(rounds=2, parts=False)
    product, *rows = step.rows_of(sides)
    assert [row["name"] for row in rows] == ["lecture", "tuned, without R1", "tuned, with R1"]
    assert product["share_wall"] == 1 and rows[0]["core_to_lecture"] == 1
    assert all(row["wall_ms"] > 0 and 0 < row["share_core"] for row in rows)
