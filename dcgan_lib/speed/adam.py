"""Adam in one operation a variable, TensorFlow's own `ResourceApplyAdam`, instead of some ten."""

import functools

import keras
import tensorflow as tf

from dcgan_lib.speed.layers import replace_methods


def fuse_adam(*optimizers):
    """Lets Adam move each variable in one operation while this context lasts; the formula is the same.

    The state stays in the optimizer's own variables, so checkpoints stay as they are.

    Args:
        *optimizers: Keras optimizers. Any but a plain `Adam` is left as it is.
    """
    plain = [optimizer for optimizer in optimizers if _can_fuse(optimizer)]
    return replace_methods([(adam, "update_step", functools.partial(_move, adam)) for adam in plain])


def _can_fuse(optimizer):
    return type(optimizer) is keras.optimizers.Adam and not optimizer.amsgrad


def _move(adam, gradient, variable, learning_rate):
    number = adam._get_variable_index(variable)
    dtype = variable.dtype
    step = tf.cast(adam.iterations + 1, dtype)
    beta_1, beta_2 = tf.constant(adam.beta_1, dtype), tf.constant(adam.beta_2, dtype)
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=adam._momentums[number].value.handle,
        v=adam._velocities[number].value.handle,
        beta1_power=beta_1**step,
        beta2_power=beta_2**step,
        lr=tf.cast(learning_rate, dtype),
        beta1=beta_1,
        beta2=beta_2,
        epsilon=tf.constant(adam.epsilon, dtype),
        grad=tf.cast(gradient, dtype),
    )
