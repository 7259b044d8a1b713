"""How fast a training step is, against what else one would use: `python -m benchmarks.training [--rounds N]`.

Every contender trains the lecture's networks, batch 32, on the same images, in a process of its own. The parent lets
them run in turns of the same number of seconds, again and again: whatever else the machine does slows all of them
down, so the ratios count, not the steps a second. The results go to benchmarks/results/training.json as well.
"""

import argparse
import json
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

RESULTS = Path(__file__).parent / "results" / "training.json"
BATCH, LATENT = 32, 100
# Multiply-adds times two that one image of one lecture step really needs, with the upsampling folded.
NEEDED_FLOP = 290e6
MATMUL = 2048


def images():
    """The 28x28 images to train on: drawn digits, so that nothing has to be there."""
    from dcgan_lib.samples import draw_digits

    return draw_digits(2_000)[0][..., None]


def ours(precision="float32", batch_size=BATCH, image_size=28):
    """dcgan_lib.train's compiled loop."""
    import tensorflow as tf

    from dcgan_lib import DCGAN, build_discriminator, build_generator
    from dcgan_lib.training import compile_steps

    shape = (image_size, image_size, 1)
    pixels = np.repeat(np.repeat(images(), image_size // 28, axis=1), image_size // 28, axis=2)
    dcgan = DCGAN(build_generator(shape), build_discriminator(shape), precision=precision)
    take_steps, data = compile_steps(dcgan, batch_size, 0), tf.constant(pixels)
    return lambda first, steps: take_steps(data, first, steps).numpy()


def ours_bfloat16():
    """The same in bfloat16."""
    return ours("bfloat16")


def slides_keras2():
    """The slides' code on Keras 2 (tf_keras): train_on_batch and predict."""
    import tf_keras

    return _slides(tf_keras, lambda network, value: None)


def slides_keras3():
    """The slides' code on Keras 3, repaired: `trainable` is set before each call, so that both trace rightly."""
    import keras

    return _slides(keras, lambda network, value: setattr(network, "trainable", value))


def _slides(keras, set_trainable):
    layers, models = keras.layers, keras.models
    generator = models.Sequential(
        [
            layers.Input((LATENT,)),
            layers.Dense(128 * 7 * 7, activation=layers.LeakyReLU(0.2)),
            layers.BatchNormalization(),
            layers.Reshape((7, 7, 128)),
            layers.UpSampling2D(),
            layers.Conv2D(64, kernel_size=5, padding="same"),
            layers.BatchNormalization(),
            layers.Activation(layers.LeakyReLU(0.2)),
            layers.UpSampling2D(),
            layers.Conv2D(1, kernel_size=5, padding="same", activation="tanh"),
        ]
    )
    discriminator = models.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(64, kernel_size=5, strides=2, padding="same"),
            layers.Activation(layers.LeakyReLU(0.2)),
            layers.Dropout(0.3),
            layers.Conv2D(128, kernel_size=5, strides=2, padding="same"),
            layers.Activation(layers.LeakyReLU(0.2)),
            layers.Dropout(0.3),
            layers.Flatten(),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    discriminator.compile(loss="binary_crossentropy", optimizer="adam")
    discriminator.trainable = False
    ginput = layers.Input((LATENT,))
    gan = models.Model(ginput, discriminator(generator(ginput)))
    gan.compile(loss="binary_crossentropy", optimizer="adam")
    x_train = (images().astype("float32") - 127.5) / 127.5
    true, fake = np.ones((BATCH, 1)), np.zeros((BATCH, 1))

    def run(first, steps):
        for _ in range(steps):
            real = x_train[np.random.randint(0, len(x_train), BATCH)]
            noise = np.random.normal(0, 1, (BATCH, LATENT))
            set_trainable(discriminator, True)
            discriminator.train_on_batch(real, true)
            discriminator.train_on_batch(generator.predict(noise, verbose=0), fake)
            set_trainable(discriminator, False)
            gan.train_on_batch(noise, true)

    return run


def tutorial():
    """The step of TensorFlow's tutorial: one generator pass for both networks, one compiled step a call."""
    import keras
    import tensorflow as tf

    from dcgan_lib import build_discriminator, build_generator

    generator, discriminator = build_generator(), build_discriminator()
    loss = keras.losses.BinaryCrossentropy()
    d_optimizer, g_optimizer = keras.optimizers.Adam(1e-4), keras.optimizers.Adam(1e-4)
    d_optimizer.build(discriminator.trainable_variables)
    g_optimizer.build(generator.trainable_variables)

    @tf.function
    def step(real):
        noise = tf.random.normal((BATCH, LATENT))
        with tf.GradientTape() as d_tape, tf.GradientTape() as g_tape:
            fake = generator(noise, training=True)
            said_of_real, said_of_fake = discriminator(real, training=True), discriminator(fake, training=True)
            g_loss = loss(tf.ones_like(said_of_fake), said_of_fake)
            d_loss = loss(tf.ones_like(said_of_real), said_of_real) + loss(tf.zeros_like(said_of_fake), said_of_fake)
        g_optimizer.apply(g_tape.gradient(g_loss, generator.trainable_variables), generator.trainable_variables)
        d_optimizer.apply(d_tape.gradient(d_loss, discriminator.trainable_variables), discriminator.trainable_variables)

    x_train = (images().astype("float32") - 127.5) / 127.5
    batches = iter(tf.data.Dataset.from_tensor_slices(x_train).shuffle(2_000).repeat().batch(BATCH).prefetch(2))

    def run(first, steps):
        for _ in range(steps):
            step(next(batches))

    return run


def torch_eager():
    """A PyTorch loop in the form of pytorch/examples, channels_last, fused Adam, eager."""
    return _torch(compiled=False)


def torch_compiled():
    """The same with torch.compile."""
    return _torch(compiled=True)


def _torch(compiled):
    import torch
    from torch import nn

    class View(nn.Module):
        def forward(self, values):
            return values.view(-1, 128, 7, 7).contiguous(memory_format=torch.channels_last)

    normal = {"eps": 1e-3, "momentum": 0.01}
    generator = nn.Sequential(
        *(nn.Linear(LATENT, 6272), nn.LeakyReLU(0.2), nn.BatchNorm1d(6272, **normal), View()),
        *(
            nn.Upsample(scale_factor=2),
            nn.Conv2d(128, 64, 5, padding=2),
            nn.BatchNorm2d(64, **normal),
            nn.LeakyReLU(0.2),
        ),
        *(nn.Upsample(scale_factor=2), nn.Conv2d(64, 1, 5, padding=2), nn.Tanh()),
    ).to(memory_format=torch.channels_last)
    discriminator = nn.Sequential(
        *(nn.Conv2d(1, 64, 5, 2, 2), nn.LeakyReLU(0.2), nn.Dropout(0.3)),
        *(nn.Conv2d(64, 128, 5, 2, 2), nn.LeakyReLU(0.2), nn.Dropout(0.3)),
        *(nn.Flatten(), nn.Linear(6272, 1), nn.Sigmoid()),
    ).to(memory_format=torch.channels_last)
    d_optimizer = torch.optim.Adam(discriminator.parameters(), fused=True)
    g_optimizer = torch.optim.Adam(generator.parameters(), fused=True)
    draw, score = (torch.compile(generator), torch.compile(discriminator)) if compiled else (generator, discriminator)
    loss = nn.BCELoss()
    x_train = torch.tensor((images().astype("float32") - 127.5) / 127.5).permute(0, 3, 1, 2)
    x_train = x_train.contiguous(memory_format=torch.channels_last)
    true, fake_label = torch.ones(BATCH, 1), torch.zeros(BATCH, 1)

    def run(first, steps):
        for _ in range(steps):
            real = x_train[torch.randint(0, len(x_train), (BATCH,))]
            d_optimizer.zero_grad()
            loss(score(real), true).backward()
            fake = draw(torch.randn(BATCH, LATENT))
            loss(score(fake.detach()), fake_label).backward()
            d_optimizer.step()
            g_optimizer.zero_grad()
            loss(score(fake), true).backward()
            g_optimizer.step()

    return run


def matmul():
    """The machine's own float32 matmul rate in TensorFlow; a step is one product."""
    import tensorflow as tf

    matrix = tf.random.normal((MATMUL, MATMUL))
    multiply = tf.function(lambda: tf.matmul(matrix, matrix))

    def run(first, steps):
        for _ in range(steps):
            multiply().numpy()

    return run


CONTENDERS = {
    "ours, float32": ours,
    "ours, bfloat16": ours_bfloat16,
    "the slides on Keras 2": slides_keras2,
    "the slides repaired, Keras 3": slides_keras3,
    "TensorFlow tutorial's step": tutorial,
    "PyTorch, eager": torch_eager,
    "PyTorch, compiled": torch_compiled,
    "matmul": matmul,
}


class Contender:
    """A contender in a process of its own, stopped while it is not its turn: idle threads of some would spin."""

    def __init__(self, name):
        self.name, self.done, self.rates = name, 0, []
        command = [sys.executable, "-W", "ignore", "-m", "benchmarks.training", "--contender", name]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        self.first_step = self.run(1)
        self.run(3)
        self.steps_a_second = 3 / self.run(3)

    def run(self, steps):
        os.kill(self.process.pid, signal.SIGCONT)
        print(self.done, steps, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        os.kill(self.process.pid, signal.SIGSTOP)
        if not answer:
            raise RuntimeError(f"{self.name}: its process ended. Run: python -m benchmarks.training --contender ...")
        self.done += steps
        return json.loads(answer)["seconds"]

    def turn(self, seconds):
        steps = max(2, round(seconds * self.steps_a_second))
        self.rates.append(steps / self.run(steps))
        self.steps_a_second = self.rates[-1]


def serve(name):
    """The contender's side: reads "first steps" lines, answers each with its seconds and the memory in use."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    out, sys.stdout = sys.stdout, sys.stderr
    run = None
    for line in sys.stdin:
        began = time.perf_counter()
        run = run or CONTENDERS[name]()  # The first step's delay includes the imports and the building.
        first, steps = map(int, line.split())
        run(first, steps)
        print(json.dumps({"seconds": time.perf_counter() - began}), file=out, flush=True)


def compare(rounds, seconds):
    """Runs all contenders in turns; returns a list of rows."""
    contenders = {}
    for name in CONTENDERS:
        try:
            contenders[name] = Contender(name)
        except RuntimeError as error:
            print(f"left out: {error}")
    for _ in range(rounds):
        for contender in contenders.values():
            contender.turn(seconds)
    for contender in contenders.values():
        contender.process.kill()
    products = contenders.pop("matmul").rates
    slides = contenders["the slides on Keras 2"].rates
    rows = []
    for name, contender in contenders.items():
        ratios = sorted(mine / theirs for mine, theirs in zip(contender.rates, slides, strict=True))
        shares = [
            rate * BATCH * NEEDED_FLOP / (product * 2 * MATMUL**3)
            for rate, product in zip(contender.rates, products, strict=True)
        ]
        rows.append(
            {
                "name": name,
                "steps_per_second": statistics.median(contender.rates),
                "to_slides": statistics.median(ratios),
                "to_slides_from": ratios[0],
                "to_slides_to": ratios[-1],
                "share_of_matmul": statistics.median(shares),
                "first_step_seconds": contender.first_step,
            }
        )
    return rows, statistics.median(products) * 2 * MATMUL**3


def measure_ours():
    """Measures our step alone: cost against batch size and image size, memory, and its growth over 2,000 steps."""
    import psutil

    process, costs = psutil.Process(), {}
    for batch_size, image_size in ((16, 28), (32, 28), (64, 28), (128, 28), (256, 28), (32, 56)):
        run = ours(batch_size=batch_size, image_size=image_size)
        run(0, 3)
        began = time.perf_counter()
        run(3, 10)
        costs[f"batch {batch_size}, {image_size}x{image_size}"] = (time.perf_counter() - began) / 10
    run = ours()
    for first in range(0, 300, 20):
        run(first, 20)
    before = process.memory_info().rss
    for first in range(300, 2_300, 20):
        run(first, 20)
    return {
        "seconds_a_step": costs,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        "growth_mb_in_2000_steps": (process.memory_info().rss - before) / 1e6,
    }


def measure_saving(seconds_a_step):
    """Measures what saving takes at the lecture's saving_interval of 200, late in its run of 40,001 steps."""
    from dcgan_lib import DCGAN, History, build_discriminator, build_generator
    from dcgan_lib.checkpoints import Checkpoint
    from dcgan_lib.output import OutputFolder
    from dcgan_lib.plotting import tile_images

    dcgan, values = DCGAN(build_generator(), build_discriminator()), np.random.rand(40_000, 4).astype("float32")
    noise = np.random.normal(size=(25, LATENT)).astype("float32")

    def median_seconds(work, times=7):
        seconds = []
        for number in range(times):
            began = time.perf_counter()
            work(number)
            seconds.append(time.perf_counter() - began)
        return statistics.median(seconds)

    with tempfile.TemporaryDirectory() as path:
        folder = OutputFolder(Path(path) / "MNIST", None)

        def grid(number):
            folder.save_image(tile_images(dcgan.generator(noise, training=False).numpy()), folder.grid_path(number))

        def keep(number):
            Checkpoint.take(dcgan, {}, [], values[: 39_990 + number]).save(folder.path)
            History(values, {"finished": False}).save(folder.path)

        with folder.alone():
            grid_seconds, keep_seconds = median_seconds(grid), median_seconds(keep)
    interval = 200 * seconds_a_step
    # A checkpoint is written at a grid, when 20 s have passed since the last.
    share = (grid_seconds + keep_seconds * min(1, interval / 20)) / interval
    return {"grid_seconds": grid_seconds, "checkpoint_seconds": keep_seconds, "share_of_run": share}


def main():
    """Lets the contenders take turns, measures ours alone, prints and writes benchmarks/results/training.json."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each contender (7)")
    parser.add_argument("--seconds", type=float, default=4.0, help="length of a turn (4)")
    parser.add_argument("--contender", choices=CONTENDERS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contender:
        return serve(arguments.contender)
    rows, rate = compare(arguments.rounds, arguments.seconds)
    print(f"\n{'':30} steps/s   to the slides (spread)   of matmul   first step")
    for row in rows:
        spread = f"{row['to_slides']:.2f} ({row['to_slides_from']:.2f} to {row['to_slides_to']:.2f})"
        share, first = f"{row['share_of_matmul']:.0%}", f"{row['first_step_seconds']:.1f} s"
        print(f"{row['name']:30} {row['steps_per_second']:7.2f}   {spread:22}   {share:>9}   {first:>10}")
    print(f"\nfloat32 matmul: {rate / 1e9:.0f} GFLOP/s")
    alone = measure_ours()
    for name, seconds in alone["seconds_a_step"].items():
        print(f"ours, {name}: {1000 * seconds:.1f} ms a step")
    print(
        f"ours: {alone['peak_memory_mb']:.0f} MB, growing by {alone['growth_mb_in_2000_steps']:.1f} MB in 2,000 steps"
    )
    saving = measure_saving(alone["seconds_a_step"]["batch 32, 28x28"])
    print(
        f"saving: {1000 * saving['grid_seconds']:.0f} ms a grid, {1000 * saving['checkpoint_seconds']:.0f} ms a "
        f"checkpoint, {saving['share_of_run']:.2%} of a run that saves every 200 steps"
    )
    RESULTS.parent.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "machine": platform.machine()}
    RESULTS.write_text(
        json.dumps({"machine": machine, "matmul": rate, "rows": rows, "alone": alone, "saving": saving}, indent=2)
        + "\n"
    )


if __name__ == "__main__":
    main()
