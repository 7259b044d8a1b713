"""The contenders of `benchmarks.training`: each trains the lecture's networks, batch 32, on the same drawn digits.

`python -m benchmarks.contenders NAME` serves one: it reads lines of "first steps", makes those steps, and answers each
line with its seconds as JSON. The slides' two contenders also answer "draw FILE.npy": they write what their generator
draws now, and train on the images of the file that `BENCHMARK_IMAGES` names, from the seed `BENCHMARK_SEED`.
"""

import json
import os
import sys
import time

import numpy as np

BATCH, LATENT = 32, 100
MATMUL = 2048
DRAWN = 10_000


def images():
    """The 28x28 images to train on: those that were named, or drawn digits, so that nothing has to be there."""
    if named := os.environ.get("BENCHMARK_IMAGES"):
        return np.load(named)
    from dcgan_lib.data import draw_digits

    return draw_digits(2_000)[0][..., None]


def ours(precision="float32", batch_size=BATCH, image_size=28):
    """dcgan_lib.train's compiled loop."""
    from dcgan_lib import DCGAN, build_discriminator, build_generator
    from dcgan_lib.speed.compiled import compile_steps

    shape = (image_size, image_size, 1)
    pixels = np.repeat(np.repeat(images(), image_size // 28, axis=1), image_size // 28, axis=2)
    dcgan = DCGAN(build_generator(shape), build_discriminator(shape), precision=precision)
    take_steps = compile_steps(dcgan, batch_size, 0)
    return lambda first, steps: take_steps(pixels, first, steps).numpy()


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
    keras.utils.set_random_seed(int(os.environ.get("BENCHMARK_SEED", 0)))
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

    noise_to_draw = np.random.default_rng(0).normal(0, 1, (DRAWN, LATENT)).astype("float32")
    run.draw = lambda: generator.predict(noise_to_draw, batch_size=500, verbose=0)
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


SLIDES = ("the slides on Keras 2", "the slides repaired, Keras 3")  # All are compared with the first.
CONTENDERS = {
    "ours, float32": ours,
    "ours, bfloat16": ours_bfloat16,
    SLIDES[0]: slides_keras2,
    SLIDES[1]: slides_keras3,
    "TensorFlow tutorial's step": tutorial,
    "PyTorch, eager": torch_eager,
    "PyTorch, compiled": torch_compiled,
    "matmul": matmul,
}


def serve(name):
    """The contender's side: reads "first steps" lines, answers each with its seconds and the memory in use."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    out, sys.stdout = sys.stdout, sys.stderr
    run = None
    for line in sys.stdin:
        began = time.perf_counter()
        run = run or CONTENDERS[name]()  # The first step's delay includes the imports and the building.
        first, rest = line.split(maxsplit=1)
        if first == "draw":
            np.save(rest.strip(), run.draw())
        else:
            run(int(first), int(rest))
        print(json.dumps({"seconds": time.perf_counter() - began}), file=out, flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
