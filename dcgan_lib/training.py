"""The training loop: many steps in one call, a grid now and then, and nothing lost on the way."""

import sys
import time
from datetime import datetime, timezone

import numpy as np
import tensorflow as tf

from dcgan_lib import plotting
from dcgan_lib.quality.diagnosis import Watchdog
from dcgan_lib.quality.evaluation import Evaluation, best_of
from dcgan_lib.run.checkpoints import Checkpoint
from dcgan_lib.run.folder import OutputFolder, saved_grids
from dcgan_lib.run.history import COLUMNS, History, distance_name
from dcgan_lib.run.progress import Pace, show_progress, stop_button
from dcgan_lib.run.provenance import describe_machine, hash_array, hash_weights, identify
from dcgan_lib.run.timeline import make_animation
from dcgan_lib.speed.compiled import compile_steps
from dcgan_lib.system.arguments import check_integer

_CHECKPOINT_SECONDS = 20.0
_GRID_IMAGES = 25


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
):
    """Trains as the lecture does, and writes what it writes (slides "훈련 함수 1/5 - 5/5").

    A step is one batch, which the slides call an epoch. Step 0 and every `saving_interval`-th after
    it draw a 5x5 grid from the same 25 noise vectors, after their update. Beside the grids
    `gan_<name>_<step>.png` come `losses.png`, `training.gif`, `history.csv`, `run.json` and checkpoints.
    An earlier run in the folder that this one does not go on from is moved to `<output_dir>.1`.

    What goes wrong is said while it trains. Where the recipe averages weights, grids and measures are
    the average's, and in the end the generator holds it.

    The stop button (or Ctrl-C) ends the training after the current call and returns what there is.

    The same seed, initial weights, images, versions and thread count give the same bits on a CPU,
    whatever `saving_interval`, and however often the run was interrupted and resumed. On a GPU the
    same code compiles each step with XLA; that was not run when this was written.

    Args:
        dcgan: The `DCGAN` to train; it goes on from the weights it has.
        images: `Images`, or uint8 `(n, height, width, channels)`, 0 to 255.
        steps: How many steps the whole run has.
        batch_size: Images in a batch, drawn with replacement: it may be more than there are. None
            takes the recipe's, 32 in the lecture.
        saving_interval: Steps from one grid to the next.
        output_dir: The folder to write to, relative to the working folder.
        name: The middle of the grids' names; the folder's name in lower case where it is None.
        seed: Decides batches, noise and Dropout. It never re-initialises weights.
        resume: Whether to go on from the checkpoint of an unfinished run of the same images,
            networks, batch size and seed, or from a finished one that had fewer steps.
        evaluate_every: Measures the pictures after step 0 and every so many steps after it (see
            `metrics.measure_images`); the training's bits stay the same. `best.keras` is the best generator
            by that, `last.keras` the last. With few images "best" may be the one that knows them by heart.

    Returns:
        A `History` with an entry for each step.

    Raises:
        ValueError: If an argument is not as above, or if `resume` finds an unfinished run that differs.
        FloatingPointError: If a loss is not finite; the last checkpoint is kept.
        OSError: If something cannot be written; the last checkpoint is kept.
        RuntimeError: If another run is writing to `output_dir`.
    """
    pixels, source = _checked_images(images, dcgan.image_shape)
    batch_size = dcgan.recipe.batch_size if batch_size is None else batch_size
    counts = {"steps": steps, "batch_size": batch_size, "saving_interval": saving_interval}
    counts |= {} if evaluate_every is None else {"evaluate_every": evaluate_every}
    for argument, value in counts.items():
        check_integer("train", argument, value, most=2**30)
    check_integer("train", "seed", seed, least=0, most=2**31 - 1)
    # NumPy's whole numbers are welcome, but JSON does not take them.
    steps, batch_size, saving_interval, seed = int(steps), int(batch_size), int(saving_interval), int(seed)
    if batch_size > len(pixels):
        print(f"batch_size={batch_size} is more than the {len(pixels)} images: some come more than once in a batch.")
    folder = OutputFolder(output_dir, name)
    with folder.alone():
        identity = identify(dcgan, pixels, source["sha256"], batch_size, seed)
        checkpoint, finished = _take_up(folder, identity, resume)
        if checkpoint is None:
            _seed_dropout(dcgan, seed)
            checkpoint = Checkpoint.take(dcgan, identity, [], np.empty((0, len(COLUMNS)), np.float32))
        else:
            checkpoint.put(dcgan)
            if len(checkpoint) > steps or finished and len(checkpoint) == steps:
                dcgan.take_averages()
                return _first_steps(folder, checkpoint, steps)
        asked = {"steps": steps, "batch_size": batch_size, "saving_interval": saving_interval, "seed": seed}
        shapes = {"latent_dim": dcgan.latent_dim, "image_shape": list(dcgan.image_shape)}
        run = {
            "finished": False,
            "parameters": {**asked, **shapes, "name": folder.name},
            "recipe": {"name": dcgan.recipe_name, **dcgan.recipe._asdict(), "augment": dcgan.augment},
            "source": source,
            "equal_bits_need": {**identity, **describe_machine()},
        }
        session = _Session(dcgan, folder, checkpoint, run)
        if evaluate_every is not None:
            session.evaluation = Evaluation(dcgan, pixels, folder.path, checkpoint.measures)
        return session.train(pixels, steps, batch_size, saving_interval, seed, evaluate_every)


class _Session:
    """One part of a run: from a checkpoint to the end, to a stop, or to whatever ends the process."""

    def __init__(self, dcgan, folder, checkpoint, run):
        self.dcgan = dcgan
        self.folder = folder
        self.run = run
        self.identity = checkpoint.identity
        self.earlier = checkpoint.sessions
        self.rows = [checkpoint.values]
        self.measures = checkpoint.measures
        self.evaluation = None
        self.done = len(checkpoint)
        self.kept_step = self.done if self.earlier else None
        self.started = self.kept_at = time.monotonic()
        self.session = {
            "started": datetime.now(timezone.utc).isoformat(timespec="seconds"),
            "weights_before": hash_weights(dcgan),
            "first_step": self.done,
        }

    def train(self, pixels, steps, batch_size, saving_interval, seed, evaluate_every):
        take_steps = compile_steps(self.dcgan, batch_size, seed)
        draw = tf.function(lambda noise: self.dcgan.generator(noise, training=False), autograph=False)
        noise = tf.random.stateless_normal((_GRID_IMAGES, self.dcgan.latent_dim), [seed, -1])
        images = tf.constant(pixels)
        pace = Pace(steps - self.done)
        with self.explaining(), stop_button() as stop, show_progress(self.done, steps) as bar:
            watchdog = Watchdog(pixels, lambda sentence: bar.write(sentence, file=sys.stdout))
            self.run["warnings"] = watchdog.warnings
            self.save_history()
            while self.done < steps and not stop.is_set():
                to_grid = -self.done % saving_interval + 1
                to_measure = steps if evaluate_every is None else -self.done % evaluate_every + 1
                count = min(pace.steps_a_call, to_grid, to_measure, steps - self.done)
                began = time.monotonic()
                rows = take_steps(images, self.done, count).numpy()
                pace.learn(count, time.monotonic() - began, bar)
                self.add(rows)
                watchdog.see_losses(self.done - 1, rows)
                if self.evaluation and count == to_measure:
                    self.measures.append(self.evaluation.measure(self.done - 1))
                    watchdog.see_measures(self.measures[-1])
                if count == to_grid:
                    with self.dcgan.weights_to_draw_with():
                        drawn = draw(noise).numpy()
                    self.folder.save_image(plotting.tile_images(drawn), self.folder.grid_path(self.done - 1))
                    watchdog.see_grid(self.done - 1, drawn)
                    if time.monotonic() - self.kept_at >= _CHECKPOINT_SECONDS:
                        self.save()
                bar.set_postfix_str(f"d_loss {rows[-1, 0]:.3f}, g_loss {rows[-1, 1]:.3f}", refresh=False)
                bar.update(count)
        return self.end(finished=self.done == steps)

    def add(self, rows):
        """Takes up the losses of some steps; stops the run at the first that is not finite."""
        finite = np.isfinite(rows).all(axis=1)
        if not finite.all():
            good = int(np.argmin(finite))
            self.rows.append(rows[:good])
            self.done += good
            self.give_up("a loss", step=self.done)
        self.rows.append(rows)
        self.done += len(rows)

    def save(self):
        """Writes the checkpoint and, after it, the history."""
        checkpoint = Checkpoint.take(self.dcgan, self.identity, self.sessions(), self.values(), self.measures)
        if not checkpoint.is_finite():  # The generator's update comes last: no loss of this step has seen it.
            self.give_up("a weight", step=self.done - 1)
        checkpoint.save(self.folder.path)
        self.kept_step, self.kept_at = self.done, time.monotonic()
        self.save_history()

    def give_up(self, what, step):
        """Ends a run that can learn nothing any more, with the history up to here."""
        self.save_history()
        last = f"step {self.kept_step:,}" if self.kept_step else "none yet"
        raise FloatingPointError(
            f"train: {what} of step {step:,} is not finite, so nothing can be learned any more. Try a smaller "
            f"learning rate (Adam's 1e-3 to 2e-4) or beta_1=0.5, and train anew. Last checkpoint: {last}."
        )

    def save_history(self):
        self.history().save(self.folder.path)

    def end(self, finished):
        """Writes everything that a run ends with; the word `finished` comes last."""
        with self.explaining():
            self.save()
            self.dcgan.take_averages()
            history = self.history()
            self.folder.save_figure(plotting.plot_losses(history), "losses.png")
            if self.evaluation:
                self.folder.save_figure(plotting.plot_measures(history), "measures.png")
                self.evaluation.save(self.dcgan.generator, "last.keras")
            if saved_grids(self.folder.path):
                make_animation(self.folder.path)
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
        if self.measures:
            best = best_of(self.measures)
            self.run["measures"] = {**self.measures[-1], "best": best[distance_name(best)], "best_step": best["step"]}
        return History(self.values(), self.run, self.measures)

    def sessions(self):
        seconds = round(time.monotonic() - self.started, 2)
        return [*self.earlier, {**self.session, "steps": self.done - self.session["first_step"], "seconds": seconds}]


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
                f"train: '{folder.path}' holds an unfinished run ({len(checkpoint):,} steps) of something else "
                f"({was}). Go back to what it had, name another output_dir, or start anew with resume=False."
            )
    if before is not None or checkpoint is not None or saved_grids(folder.path):
        aside = folder.move_aside()
        print(f"The earlier run in {folder.path.name} is kept as {aside.name}; this one starts from the beginning.")
    return None, False


def _first_steps(folder, checkpoint, steps):
    returned = "all" if steps == len(checkpoint) else f"the first {steps:,}"
    print(
        f"{folder.path.name} holds this run already, {len(checkpoint):,} steps of it: nothing is trained, the history "
        f"of {returned} is returned. For a new run name another folder or use resume=False."
    )
    measures = [row for row in checkpoint.measures if row["step"] < steps]
    return History(checkpoint.values[:steps], History.load(folder.path).run, measures)


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
