"""Adam in one operation a variable moves them as Keras's Adam does, and keeps its state where Keras keeps it."""

import contextlib

import keras
import numpy as np
import pytest
import tensorflow as tf

from dcgan_lib.speed.adam import fuse_adam

FUSED = "ResourceApplyAdam"


def train(new_optimizer, fused, steps=4):
    """Moves two variables; returns them, the optimizer, and the kinds of operations."""
    rng = np.random.default_rng(0)
    variables = [keras.Variable(rng.normal(size=shape), name=name) for name, shape in (("a", (40, 30)), ("b", (7,)))]
    optimizer = new_optimizer()
    optimizer.build(variables)

    def step(*gradients):
        with fuse_adam(optimizer, variables) if fused else contextlib.nullcontext():
            optimizer.apply(list(gradients), variables)

    step = tf.function(step, autograph=False)
    for _ in range(steps):
        gradients = [tf.constant(rng.normal(size=variable.shape).astype("float32")) for variable in variables]
        step(*gradients)
    graph = step.get_concrete_function(*gradients).graph
    return variables, optimizer, {operation.type for operation in graph.get_operations()}


@pytest.mark.parametrize(
    "new_optimizer",
    [
        lambda: keras.optimizers.Adam(1e-3, 0.9, 0.999),
        lambda: keras.optimizers.Adam(1e-3, 0.0, 0.99),
        lambda: keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 2, 0.5), 0.5),
        lambda: keras.optimizers.Adam(clipnorm=0.1, weight_decay=0.1, epsilon=0.1),
    ],
    ids=["lecture", "tuned", "schedule", "clipped, decayed"],
)
def test_variables_and_state_are_the_same(new_optimizer):
    ours, our_optimizer, operations = train(new_optimizer, fused=True)
    theirs, their_optimizer, _ = train(new_optimizer, fused=False)
    assert FUSED in operations
    assert "update_step" not in vars(our_optimizer)
    for one, other in zip([*ours, *our_optimizer.variables], [*theirs, *their_optimizer.variables], strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype
        np.testing.assert_allclose(np.asarray(one), np.asarray(other), rtol=2e-6, atol=3e-7)
    assert int(our_optimizer.iterations) == 4


@pytest.mark.parametrize(
    "new_optimizer",
    [lambda: keras.optimizers.Adam(amsgrad=True), keras.optimizers.AdamW, keras.optimizers.SGD],
    ids=["amsgrad", "AdamW", "SGD"],
)
def test_other_optimizers_are_left_as_they_are(new_optimizer):
    ours, _, operations = train(new_optimizer, fused=True)
    theirs, *_ = train(new_optimizer, fused=False)
    assert FUSED not in operations
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_variables_with_one_name_keep_a_state_each():
    """A layer of one's own may call two of its weights the same."""
    results = []
    for fused in (True, False):
        variables = [keras.Variable(np.ones(3, "float32"), name="weight") for _ in range(2)]
        optimizer = keras.optimizers.Adam(0.1)
        optimizer.build(variables)
        for size in (1.0, 3.0):
            gradients = [tf.fill((3,), sign * size) for sign in (1.0, -2.0)]
            with fuse_adam(optimizer, variables) if fused else contextlib.nullcontext():
                optimizer.apply(gradients, variables)
        results.append([np.asarray(variable) for variable in (*variables, *optimizer.variables)])
    for one, other in zip(*results, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-6)
