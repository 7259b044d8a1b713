"""Adam in one operation a variable, TensorFlow's own `ResourceApplyAdam`, instead of some ten."""

import collections
import contextlib
import functools

import keras
import tensorflow as tf

from dcgan_lib.speed.layers import replace_methods


def fuse_adam(optimizer, variables):
    """Lets Adam move each variable in one operation while this context lasts; the formula is the same.

    The state stays in the optimizer's own variables, so checkpoints stay as they are.

    Args:
        optimizer: A Keras optimizer. Any but a plain `Adam` is left as it is.
        variables: The variables that it moves, and was built for. Where two have one name, all is left as it is.
    """
    slots = collections.defaultdict(list)
    for slot in optimizer.variables:
        slots[slot.name].append(slot.value)
    found = {variable.value.ref(): [slots[name] for name in _slot_names(variable)] for variable in variables}
    if not _can_fuse(optimizer) or any(len(moment) != 1 for moments in found.values() for moment in moments):
        return contextlib.nullcontext()
    state = {reference: [moment for (moment,) in moments] for reference, moments in found.items()}
    return replace_methods([(optimizer, "update_step", functools.partial(_move, optimizer, state))])


def _slot_names(variable):
    """What Keras calls the two moments of a variable."""
    return [f"{variable.path.replace('/', '_')}_{moment}" for moment in ("momentum", "velocity")]


def _can_fuse(optimizer):
    return type(optimizer) is keras.optimizers.Adam and not optimizer.amsgrad


def _move(adam, state, gradient, variable, learning_rate):
    momentum, velocity = state[variable.ref()]
    dtype = variable.dtype
    step = tf.cast(adam.iterations + 1, dtype)
    beta_1, beta_2 = tf.constant(adam.beta_1, dtype), tf.constant(adam.beta_2, dtype)
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=momentum.handle,
        v=velocity.handle,
        beta1_power=beta_1**step,
        beta2_power=beta_2**step,
        lr=tf.cast(learning_rate, dtype),
        beta1=beta_1,
        beta2=beta_2,
        epsilon=tf.constant(adam.epsilon, dtype),
        grad=tf.cast(gradient, dtype),
    )
