"""The lecture's training loop. What it writes down is in `session.py`, what looks at it in `run/observers.py`."""

import numpy as np

from dcgan_lib.quality.diagnosis import Diagnosis
from dcgan_lib.quality.evaluation import Evaluation
from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.run.folder import OutputFolder
from dcgan_lib.run.history import COLUMNS
from dcgan_lib.run.live_picture import LivePicture
from dcgan_lib.run.observers import Checkpoints, Grids, checked_observers, next_stop
from dcgan_lib.run.progress import ProgressBar, stop_button
from dcgan_lib.run.provenance import describe_machine, describe_recipe, hash_array, identify
from dcgan_lib.run.resuming import find_checkpoint, return_first_steps
from dcgan_lib.session import Session
from dcgan_lib.speed.compiled import compile_steps
from dcgan_lib.speed.precision import compute_in
from dcgan_lib.system.arguments import check_integer
from dcgan_lib.system.defaults import keras_defaults, numpy_defaults
from dcgan_lib.system.output import say


@keras_defaults()
@numpy_defaults()
def train(
    dcgan,
    images,
    steps=40_001,
    batch_size=None,
    saving_interval=200,
    output_dir="generated_images/MNIST",
    name=None,
    seed=0,
    resume=False,
    evaluate_every=None,
    observers=(),
):
    """Trains as the lecture does, and writes what it writes (slides "훈련 함수 1/5 - 5/5").

    A step is one batch, which the slides call an epoch. After step 0 and every `saving_interval` steps it draws a
    5x5 grid, always from the same 25 noise vectors. Beside the grids `gan_<name>_<step>.png` it writes `losses.png`,
    `training.gif`, `generator.keras` (for `keras.saving.load_model`), `history.csv`, `run.json` and checkpoints. An
    earlier run in the folder that this one does not go on from is moved to `<output_dir>.1`.

    In a notebook the cell shows the newest grid and the losses so far. It warns while it trains if something goes
    wrong. `TunedDCGAN` draws grids and measures with its averaged weights, and in the end its generator keeps them.

    The stop button (or Ctrl-C) ends the training after the current call; the history so far is returned.

    The same seed, initial weights, images, versions and thread count give the same bits on a CPU, whatever
    `saving_interval` is, and however often the run was interrupted and resumed. On a GPU each update is compiled with
    XLA; tests compare that on a CPU, and it was never run on a GPU.

    Args:
        dcgan: The `DCGAN` to train; it goes on from the weights it has.
        images: `Images`, or uint8 `(n, height, width, channels)`, 0 to 255.
        steps: How many steps the run has, with those made before.
        batch_size: Images in a batch, drawn with replacement: it may be more than there are. None takes
            `dcgan.batch_size`, 32 as in the lecture.
        saving_interval: Steps from one grid to the next.
        output_dir: The folder to write to, a relative one in the course's folder (outside of a course, in the working
            folder).
        name: The middle of the grids' names; the folder's name in lower case where it is None.
        seed: Decides batches, noise and Dropout. It never re-initialises weights.
        resume: Whether to go on from the checkpoint of an unfinished run of the same images,
            networks, batch size and seed, or from a finished one that had fewer steps.
        evaluate_every: Measures the pictures after step 0 and every so many steps (`quality.measure_images`). The
            training's bits stay the same. `best.keras` is the best generator by these measures; with few images it
            may be one that copies them.
        observers: Objects of your own that look at the run while it trains (`run/observers.py`). For example:

                class PrintLosses:
                    def due(self, step):
                        return step + -step % 500  # After steps 0, 500, 1000, ...
                    def see(self, step, session):
                        print(step, session.latest[-1])  # d_loss, g_loss, d_real, d_fake

    Returns:
        A `History` with an entry for each step.

    Raises:
        ValueError: If an argument is not as above, or if `resume` finds an unfinished run that differs.
        FloatingPointError: If a loss is not finite; the last checkpoint is kept.
        OSError: If something cannot be written; the last checkpoint is kept.
        RuntimeError: If another run is writing to `output_dir`.
    """
    pixels, source = _checked_images(images, dcgan.image_shape)
    observers = checked_observers(observers)
    parameters = _checked_numbers(dcgan, steps, batch_size, saving_interval, seed, evaluate_every)
    steps, batch_size = parameters["steps"], parameters["batch_size"]
    if batch_size > len(pixels):
        say(f"batch_size={batch_size} is more than the {len(pixels)} images: some come more than once in a batch.")
    folder = OutputFolder(output_dir, name)
    with folder.hold(), compute_in("float32", dcgan.generator, dcgan.discriminator):
        chosen = dcgan.prepare(pixels)
        identity = identify(dcgan, pixels, source["sha256"], batch_size, parameters["seed"])
        with folder.explaining(verb="read"):
            checkpoint, finished = find_checkpoint(folder, identity, resume)
        if checkpoint is None:
            _seed_dropout(dcgan, parameters["seed"])
            checkpoint = Checkpoint.capture(dcgan, identity, [], np.empty((0, len(COLUMNS)), np.float32))
        else:
            checkpoint.restore(dcgan)
            if len(checkpoint) > steps or finished and len(checkpoint) == steps:
                dcgan.take_averages()
                return return_first_steps(folder, checkpoint, steps)
        if chosen:
            say(chosen)
        shapes = {"latent_dim": dcgan.latent_dim, "image_shape": list(dcgan.image_shape)}
        run = {
            "finished": False,
            "parameters": {**parameters, **shapes, "name": folder.name},
            "recipe": describe_recipe(dcgan),
            "source": source,
            "equal_bits_need": {**identity, **describe_machine()},
        }
        session = Session(dcgan, folder, checkpoint, run)
        evaluation = [] if evaluate_every is None else [Evaluation(pixels, int(evaluate_every), session.measures)]
        return _loop(session, pixels, parameters, evaluation, observers)


def _loop(session, pixels, parameters, evaluation, observers):
    """Trains to the end or until somebody presses stop; returns the `History`."""
    dcgan, steps, interval = session.dcgan, parameters["steps"], parameters["saving_interval"]
    take_steps = compile_steps(dcgan, parameters["batch_size"], parameters["seed"])
    picture = LivePicture(interval, session.steps_done, steps)
    with session.explaining(), stop_button() as stop, ProgressBar(session.steps_done, steps) as bar:
        diagnosis = Diagnosis(pixels, bar.say)
        session.run["warnings"] = diagnosis.warnings
        grids = Grids(dcgan, interval, parameters["seed"])
        observers = [*evaluation, grids, picture, diagnosis, Checkpoints(interval), *observers, bar]
        session.save_history()
        while session.steps_done < steps and not stop.is_set():
            first = session.steps_done
            last = min(first + bar.steps_a_call, steps, next_stop(observers, first) + 1) - 1
            with bar.timing(last - first + 1):
                values = take_steps(pixels, first, last - first + 1).numpy()
            session.add(values)
            for observer in observers:
                if observer.due(last) in (None, last):
                    observer.see(last, session)
    return session.end(finished=session.steps_done == steps)


def _checked_numbers(dcgan, steps, batch_size, saving_interval, seed, evaluate_every):
    """Returns the numbers of a run as Python's own: NumPy's are welcome, but JSON does not take them."""
    batch_size = dcgan.batch_size if batch_size is None else batch_size
    numbers = {"steps": steps, "batch_size": batch_size, "saving_interval": saving_interval}
    measured = {} if evaluate_every is None else {"evaluate_every": evaluate_every}
    for argument, value in {**numbers, **measured}.items():
        check_integer("train", argument, value, most=2**30)
    check_integer("train", "seed", seed, least=0, most=2**31 - 1)
    return {argument: int(value) for argument, value in {**numbers, "seed": seed}.items()}


def _seed_dropout(dcgan, seed):
    """Sets the random state of every Dropout, which Keras would otherwise carry over from earlier calls."""
    states = [
        variable
        for network in (dcgan.generator, dcgan.discriminator)
        for variable in network.variables
        if variable.name == "seed_generator_state"
    ]
    for index, state in enumerate(states):
        state.assign(np.array([seed, index << 24], "uint32"))


def _checked_images(images, image_shape):
    pixels = np.asarray(images)
    if pixels.ndim != 4 or pixels.shape[1:] != image_shape or not len(pixels):
        raise ValueError(
            f"train: images must have the shape (n, {', '.join(map(str, image_shape))}), which is what the "
            f"discriminator takes. Received: shape={pixels.shape}."
        )
    if pixels.dtype != np.uint8:
        raise ValueError(
            f"train: images must be uint8, 0 to 255; they are scaled to [-1, 1] while training. "
            f"Received: dtype={pixels.dtype}."
        )
    source = {
        "description": getattr(images, "source", "an array"),
        "count": len(pixels),
        "skipped": len(getattr(images, "skipped", ())),
        "sha256": hash_array(pixels),
    }
    return pixels, source
