"""What a run writes down reads back as it was."""

import json
import warnings

import numpy as np
import pytest

from dcgan_lib import History

VALUES = np.random.default_rng(0).normal(size=(7, 4)).astype("float32") * np.float32([1e-8, 1, 1e8, 1 / 3])


def test_a_history_has_a_float32_entry_for_each_step_and_column():
    history = History(VALUES)
    assert len(history) == 7
    for at, name in enumerate(("d_loss", "g_loss", "d_real", "d_fake")):
        column = getattr(history, name)
        assert column.dtype == np.float32 and column.shape == (7,)
        np.testing.assert_array_equal(column, VALUES[:, at])
    np.testing.assert_array_equal(history.values, VALUES)


def test_a_saved_history_reads_back_bit_for_bit(tmp_path):
    run = {"finished": True, "source": {"description": "손글씨"}, "parameters": {"steps": 7}}
    History(VALUES, run).save(tmp_path)
    loaded = History.load(tmp_path)
    assert loaded.values.tobytes() == VALUES.tobytes()
    assert loaded.run == run
    assert json.loads((tmp_path / "run.json").read_text("utf-8")) == run
    assert "손글씨" in (tmp_path / "run.json").read_text("utf-8")
    lines = (tmp_path / "history.csv").read_bytes().split(b"\n")
    assert lines[0] == b"step,d_loss,g_loss,d_real,d_fake"
    assert [line.split(b",")[0] for line in lines[1:]] == [b"0", b"1", b"2", b"3", b"4", b"5", b"6", b""]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["history.csv", "run.json"]


@pytest.mark.parametrize("steps", [0, 1])
def test_a_history_of_no_step_or_of_one_reads_back_without_a_warning(tmp_path, steps):
    History(VALUES[:steps]).save(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loaded = History.load(tmp_path)
    assert len(loaded) == steps
    np.testing.assert_array_equal(loaded.values, VALUES[:steps])


def test_a_history_shows_its_length_and_its_last_step():
    assert repr(History()) == "History(0 steps)"
    assert repr(History(np.full((2_000, 4), 0.5))) == (
        "History(2,000 steps; last: d_loss=0.500, g_loss=0.500, d_real=0.500, d_fake=0.500)"
    )


def test_steps_that_were_measured_differently_read_back(tmp_path):
    measures = [{"step": 1, "frechet": 2.0}, {"step": 4, "frechet": 1.5, "precision": 0.5}]
    History(VALUES, {"finished": True}, measures).save(tmp_path)
    assert History.load(tmp_path).measures == measures


def test_a_folder_without_a_history_is_named_in_a_sentence(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        History.load(tmp_path)
    assert str(error.value) == f"History.load: no history.csv in '{tmp_path}'. Name the output_dir of a run."
