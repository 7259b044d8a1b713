"""The training loop: many steps in one call, a grid now and then, and nothing lost on the way."""

import contextlib
import signal
import sys
import threading
import time
from datetime import datetime, timezone

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from dcgan_lib import plotting
from dcgan_lib.checkpoints import Checkpoint
from dcgan_lib.history import COLUMNS, History
from dcgan_lib.output import OutputFolder
from dcgan_lib.provenance import describe_machine, hash_array, hash_weights, identify

_CALL_SECONDS = 0.7  # How long one call into the graph may take: the bar and the stop button wait for it.
_CHECKPOINT_SECONDS = 20.0
_GRID_IMAGES = 25


def train(
    dcgan,
    images,
    steps=40_001,
    batch_size=32,
    saving_interval=200,
    output_dir="generated_images/MNIST",
    name=None,
    seed=0,
    resume=False,
):
    """Trains as the lecture does, and writes what it writes (slides "훈련 함수 1/5 - 5/5").

    A step is one batch, which the slides call an epoch. Step 0 and every `saving_interval`-th after
    it draw a 5x5 grid from the same 25 noise vectors, after their update. Beside the grids
    `gan_<name>_<step>.png` come `losses.png`, `training.gif`, `history.csv`, `run.json` and checkpoints.
    An earlier run in the folder that this one does not go on from is moved to `<output_dir>.1`.

    The stop button (or Ctrl-C) ends the training after the current call and returns what there is.

    The same seed, initial weights, images, versions and thread count give the same bits on a CPU,
    whatever `saving_interval`, and however often the run was interrupted and resumed. On a GPU the
    same code compiles each step with XLA; that was not run when this was written.

    Args:
        dcgan: The `DCGAN` to train; it goes on from the weights it has.
        images: `Images`, or uint8 `(n, height, width, channels)`, 0 to 255.
        steps: How many steps the whole run has.
        batch_size: Images in a batch, drawn with replacement: it may be more than there are.
        saving_interval: Steps from one grid to the next.
        output_dir: The folder to write to, relative to the working folder.
        name: The middle of the grids' names; the folder's name in lower case where it is None.
        seed: Decides batches, noise and Dropout. It never re-initialises weights.
        resume: Whether to go on from the checkpoint of an unfinished run of the same images,
            networks, batch size and seed, or from a finished one that had fewer steps.

    Returns:
        A `History` with an entry for each step.

    Raises:
        ValueError: If an argument is not as above, or if `resume` finds an unfinished run that differs.
        FloatingPointError: If a loss is not finite; the last checkpoint is kept.
        OSError: If something cannot be written; the last checkpoint is kept.
        RuntimeError: If another run is writing to `output_dir`.
    """
    pixels, source = _checked_images(images, dcgan.image_shape)
    for argument, value in (("steps", steps), ("batch_size", batch_size), ("saving_interval", saving_interval)):
        _check_whole(argument, value, least=1)
    _check_whole("seed", seed, least=0, most=2**31 - 1)
    if batch_size > len(pixels):
        print(f"batch_size={batch_size} is more than the {len(pixels)} images: some come more than once in a batch.")
    folder = OutputFolder(output_dir, name)
    with folder.alone():
        identity = identify(dcgan, pixels, batch_size, seed)
        checkpoint, finished = _take_up(folder, identity, resume)
        if checkpoint is None:
            _seed_dropout(dcgan, seed)
            checkpoint = Checkpoint.take(dcgan, identity, [], np.empty((0, len(COLUMNS)), np.float32))
        else:
            checkpoint.put(dcgan)
            if len(checkpoint) > steps or finished and len(checkpoint) == steps:
                return _first_steps(folder, checkpoint, steps)
        run = {
            "finished": False,
            "parameters": {
                "steps": steps,
                "batch_size": batch_size,
                "saving_interval": saving_interval,
                "latent_dim": dcgan.latent_dim,
                "image_shape": list(dcgan.image_shape),
                "name": folder.name,
                "seed": seed,
            },
            "source": {**source, "sha256": hash_array(pixels)},
            "equal_bits_need": {**identity, **describe_machine()},
        }
        return _Session(dcgan, folder, checkpoint, run).train(tf.constant(pixels), steps, batch_size, saving_interval, seed)


class _Session:
    """One part of a run: from a checkpoint to the end, to a stop, or to whatever ends the process."""

    def __init__(self, dcgan, folder, checkpoint, run):
        self.dcgan = dcgan
        self.folder = folder
        self.run = run
        self.identity = checkpoint.identity
        self.earlier = checkpoint.sessions
        self.rows = [checkpoint.values]
        self.done = len(checkpoint)
        self.kept_step = self.done if self.earlier else None
        self.started = self.kept_at = time.monotonic()
        self.session = {
            "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "weights_before": hash_weights(dcgan),
            "first_step": self.done,
        }

    def train(self, pixels, steps, batch_size, saving_interval, seed):
        take_steps = compile_steps(self.dcgan, batch_size, seed)
        draw = tf.function(lambda noise: self.dcgan.generator(noise, training=False))
        noise = tf.random.stateless_normal((_GRID_IMAGES, self.dcgan.latent_dim), [seed, -1])
        pace = _Pace(steps - self.done)
        with self.explaining(), _stop_button() as stop, _progress(self.done, steps) as bar:
            self.save_history()
            while self.done < steps and not stop.is_set():
                to_grid = -self.done % saving_interval + 1
                count = min(pace.steps_a_call, to_grid, steps - self.done)
                began = time.monotonic()
                rows = take_steps(pixels, self.done, count).numpy()
                pace.learn(count, time.monotonic() - began, bar)
                self.add(rows)
                if count == to_grid:
                    grid = plotting.tile_images(draw(noise).numpy())
                    self.folder.save_image(grid, self.folder.grid_path(self.done - 1))
                    if time.monotonic() - self.kept_at >= _CHECKPOINT_SECONDS:
                        self.save()
                bar.set_postfix_str(f"d_loss {rows[-1, 0]:.3f}, g_loss {rows[-1, 1]:.3f}", refresh=False)
                bar.update(count)
        return self.end(finished=self.done == steps)

    def add(self, rows):
        """Takes up the losses of some steps; stops the run at the first that is not finite."""
        finite = np.isfinite(rows).all(axis=1)
        if not finite.all():
            step = self.done + int(np.argmin(finite))
            self.rows.append(rows[: step - self.done])
            self.save_history()
            last = f"step {self.kept_step:,}" if self.kept_step else "none yet"
            raise FloatingPointError(
                f"train: a loss of step {step:,} is not finite, so nothing can be learned any more. Try a smaller "
                f"learning rate (Adam's 1e-3 to 2e-4) or beta_1=0.5, and train anew. Last checkpoint: {last}."
            )
        self.rows.append(rows)
        self.done += len(rows)

    def save(self):
        """Writes the checkpoint and, after it, the history."""
        Checkpoint.take(self.dcgan, self.identity, self.sessions(), self.values()).save(self.folder.path)
        self.kept_step, self.kept_at = self.done, time.monotonic()
        self.save_history()

    def save_history(self):
        self.history().save(self.folder.path)

    def end(self, finished):
        """Writes everything that a run ends with; the word `finished` comes last."""
        with self.explaining():
            self.save()
            history = self.history()
            self.folder.save_figure(plotting.plot_losses(history), "losses.png")
            plotting.make_animation(self.folder.path)
            self.run["finished"] = finished
            history.save(self.folder.path)
        if not finished:
            print(f"Stopped after {self.done:,} steps; a checkpoint is written. resume=True goes on from here.")
        return history

    def explaining(self):
        return self.folder.explaining(lambda: (self.done, self.kept_step))

    def values(self):
        return np.concatenate(self.rows)

    def history(self):
        sessions = self.sessions()
        seconds = sum(session["seconds"] for session in sessions)
        times = {"seconds": seconds, "steps_per_second": round(self.done / max(seconds, 1e-3), 2), "sessions": sessions}
        self.run["steps_done"], self.run["times"] = self.done, times
        return History(self.values(), self.run)

    def sessions(self):
        seconds = round(time.monotonic() - self.started, 2)
        return [*self.earlier, {**self.session, "steps": self.done - self.session["first_step"], "seconds": seconds}]


def compile_steps(dcgan, batch_size, seed):
    """Compiles the lecture's loop: draw a batch, draw noise, update; as many times as a call asks for.

    Every random number is a function of `seed` and the step alone, so that it does not matter how
    the steps are cut into calls, nor whether a run was interrupted.

    Args:
        dcgan: The `DCGAN`.
        batch_size: Images in a batch.
        seed: Decides batches and noise.

    Returns:
        A function of `(images, first_step, steps)`, with uint8 images `(n, height, width, channels)`
        as a tensor, that makes the steps and returns float32 `(steps, 4)`: d_loss, g_loss, d_real, d_fake.
    """
    # On a CPU XLA makes the step some twenty times slower; on a GPU the step is bound by kernel launches.
    update = tf.function(dcgan.update, jit_compile=bool(tf.config.list_physical_devices("GPU")))

    @tf.function(reduce_retracing=True)
    def take_steps(images, first_step, steps):
        rows = tf.TensorArray(tf.float32, size=steps, element_shape=(len(COLUMNS),))
        for index in tf.range(steps):
            key = 2 * (first_step + index)
            chosen = tf.random.stateless_uniform((batch_size,), [seed, key], 0, tf.shape(images)[0], tf.int32)
            real = (tf.cast(tf.gather(images, chosen), tf.float32) - 127.5) / 127.5
            noise = tf.random.stateless_normal((batch_size, dcgan.latent_dim), [seed, key + 1])
            losses = update(real, noise)
            rows = rows.write(index, tf.stack([losses[name] for name in COLUMNS]))
        return rows.stack()

    return lambda images, first_step, steps: take_steps(images, tf.constant(first_step), tf.constant(steps))


class _Pace:
    """How many steps fit into one call, and how long the rest will take."""

    def __init__(self, steps):
        self.steps_a_call = 1
        self.left = steps
        self.counted = self.seconds = 0
        self.warm = self.told = False

    def learn(self, count, seconds, bar):
        self.left -= count
        if not self.warm:  # The first call traces and compiles the graph.
            self.warm = True
            return
        self.counted += count
        self.seconds += seconds
        fitting = _CALL_SECONDS * count / max(seconds, 1e-6)
        self.steps_a_call = int(np.clip(fitting, 1, 2 * self.steps_a_call))
        if self.counted >= 50 and not self.told:
            self.told = True
            self.tell(bar)

    def tell(self, bar):
        rate = self.counted / self.seconds
        minutes = self.left / rate / 60
        if self.left:
            advice = f" In two minutes: steps={max(100, round(120 * rate, -2)):.0f}." if minutes > 10 else ""
            left = f"{minutes:.0f} min" if minutes >= 2 else f"{60 * minutes:.0f} s"
            bar.write(f"{rate:.1f} steps a second: the other {self.left:,} take about {left}.{advice}", file=sys.stdout)


def _progress(done, steps):
    # Plain text, and to stdout: Jupyter paints stderr red, and notebook widgets do not survive papermill.
    return tqdm(initial=done, total=steps, unit="step", mininterval=2, miniters=1, ncols=100, file=sys.stdout)


@contextlib.contextmanager
def _stop_button():
    """Yields an event that Ctrl-C or Jupyter's stop button sets; pressed twice, it interrupts at once."""
    stop = threading.Event()

    def ask(number, frame):
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield stop  # Python lets only the main thread see signals.
        return
    before = signal.signal(signal.SIGINT, ask)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _take_up(folder, identity, resume):
    """Finds what to go on from: the newest checkpoint or None, and whether its run was finished."""
    try:
        before = History.load(folder.path)
    except FileNotFoundError:
        before = None
    finished = before is not None and before.run["finished"]
    checkpoint = Checkpoint.load_newest(folder.path) if resume else None
    if checkpoint is not None:
        differing = [key for key in identity if checkpoint.identity.get(key) != identity[key]]
        if not differing:
            return checkpoint, finished
        if not finished:
            was = "; ".join(f"{key}: {checkpoint.identity.get(key)}, now {identity[key]}" for key in differing)
            raise ValueError(
                f"train: '{folder.path}' holds an unfinished run ({len(checkpoint):,} steps) of something else ({was}). "
                f"Go back to what it had, name another output_dir, or start anew with resume=False."
            )
    if before is not None or checkpoint is not None or plotting.saved_grids(folder.path):
        aside = folder.move_aside()
        print(f"The earlier run in {folder.path.name} is kept as {aside.name}; this one starts from the beginning.")
    return None, False


def _first_steps(folder, checkpoint, steps):
    print(
        f"{folder.path.name} holds this run already, {len(checkpoint):,} steps of it: nothing is trained, the history of "
        f"{'all' if steps == len(checkpoint) else f'the first {steps:,}'} is returned. For a new run name another folder "
        f"or use resume=False."
    )
    return History(checkpoint.values[:steps], History.load(folder.path).run)


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
            f"train: images must have the shape (n, {', '.join(map(str, image_shape))}), which is what the discriminator "
            f"takes. Received: shape={pixels.shape}."
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
    }
    return pixels, source


def _check_whole(argument, value, least, most=2**30):
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not least <= value <= most:
        raise ValueError(
            f"train: {argument} must be a whole number from {least} to {most:,}. Received: {argument}={value!r}."
        )
