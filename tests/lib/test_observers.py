"""A user's own observers look at a run after the steps that they ask for, and change no bit of it."""

import pytest

from dcgan_lib import train

OPTIONS = {"steps": 30, "batch_size": 4, "saving_interval": 10}


class Recorder:
    """Looks after steps 0, 7, 14, ..."""

    def __init__(self):
        self.seen = []

    def due(self, step):
        return step + -step % 7

    def see(self, step, session):
        self.seen.append((step, session.steps_done, session.latest[-1].tolist()))


class Listener:
    """Looks whenever the loop stops."""

    def __init__(self):
        self.steps = 0

    def due(self, step):
        return None

    def see(self, step, session):
        self.steps += len(session.latest)


def test_an_observer_sees_the_steps_that_it_asks_for_and_no_bit_changes(new_small_dcgan, small_images, tmp_path):
    recorder, listener = Recorder(), Listener()
    plain = train(new_small_dcgan(), small_images, **OPTIONS, output_dir=tmp_path / "plain")
    watched = train(
        new_small_dcgan(), small_images, **OPTIONS, output_dir=tmp_path / "run", observers=[recorder, listener]
    )
    assert watched.values.tobytes() == plain.values.tobytes()
    assert [step for step, _, _ in recorder.seen] == [0, 7, 14, 21, 28]
    for step, done, losses in recorder.seen:
        assert done == step + 1 and losses == watched.values[step].tolist()
    assert listener.steps == 30


def test_a_resumed_run_is_seen_from_where_it_goes_on(new_small_dcgan, small_images, tmp_path):
    recorder = Recorder()
    train(new_small_dcgan(), small_images, **{**OPTIONS, "steps": 10}, output_dir=tmp_path / "run")
    train(new_small_dcgan(), small_images, **OPTIONS, output_dir=tmp_path / "run", resume=True, observers=[recorder])
    assert [step for step, _, _ in recorder.seen] == [14, 21, 28]


def test_what_is_no_observer_is_refused_before_anything_is_written(new_small_dcgan, small_images, tmp_path):
    with pytest.raises(TypeError) as error:
        train(new_small_dcgan(), small_images, **OPTIONS, output_dir=tmp_path / "run", observers=[print])
    assert str(error.value) == (
        "train: observers must be objects with the methods due(step) and see(step, session). "
        "Received: <built-in function print>."
    )
    assert not (tmp_path / "run").exists()


def test_observers_of_a_generator_expression_look_at_the_run(new_small_dcgan, small_images, tmp_path):
    recorder = Recorder()
    observers = (each for each in [recorder])
    train(new_small_dcgan(), small_images, **OPTIONS, output_dir=tmp_path / "run", observers=observers)
    assert [step for step, _, _ in recorder.seen] == [0, 7, 14, 21, 28]


def test_one_observer_without_a_list_around_it_is_refused_in_a_sentence(new_small_dcgan, small_images, tmp_path):
    with pytest.raises(
        TypeError, match=r"^train: observers must be a list of objects, as observers=\[...\]. Received: "
    ):
        train(new_small_dcgan(), small_images, **OPTIONS, output_dir=tmp_path / "run", observers=Recorder())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("answer", [-1, 2.5, "10", True])
def test_a_step_that_cannot_be_is_refused_with_the_observers_name(new_small_dcgan, small_images, tmp_path, answer):
    class Wrong(Recorder):
        def due(self, step):
            return answer

    with pytest.raises(ValueError) as error:
        train(new_small_dcgan(), small_images, **OPTIONS, output_dir=tmp_path / "run", observers=[Wrong()])
    assert str(error.value) == (
        f"train: due(0) of the observer Wrong must return None or a step of at least 0. Received: {answer!r}."
    )
