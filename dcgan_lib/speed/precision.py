"""Computing in bfloat16 with float32 weights, on machines where that pays."""

import contextlib
from pathlib import Path

import keras

from dcgan_lib.speed.layers import all_layers
from dcgan_lib.system.machine import gpu_details


def check_precision(precision):
    """Refuses a precision that there is not, or that would be slower here.

    Args:
        precision: `"float32"` or `"bfloat16"`.

    Raises:
        ValueError: In these two cases.
    """
    if precision not in ("float32", "bfloat16"):
        raise ValueError(f"DCGAN: precision must be 'float32' or 'bfloat16'. Received: precision={precision!r}.")
    if precision == "bfloat16" and not _has_bfloat16():
        raise ValueError(
            "DCGAN: this processor has no bfloat16 arithmetic (AVX-512 BF16 or AMX on Linux, or a GPU of compute "
            "capability 8.0 or more), so that bfloat16 would be slower than float32. Use precision='float32'."
        )


def check_weights(role, network):
    """Refuses a network whose weights are not float32 with a `ValueError`: too coarse to learn with.

    Where all of the session is in float64, float64 is right.

    Args:
        role: What it is called in the message.
        network: A Keras model.
    """
    dtypes = sorted({keras.backend.standardize_dtype(weight.dtype) for weight in network.trainable_variables})
    if dtypes not in ([], ["float32"], ["float64"] if keras.config.floatx() == "float64" else []):
        raise ValueError(
            f"DCGAN: the weights of the {role} must be float32. Received: {', '.join(dtypes)}. Run "
            f"keras.config.set_dtype_policy('float32') and build it again."
        )


@contextlib.contextmanager
def compute_in(precision, *networks):
    """Lets networks with float32 weights compute in a precision while this context lasts, however they were built.

    In bfloat16 their last layer, which makes the probability or the pixel, stays in float32.

    Args:
        precision: `"float32"` or `"bfloat16"`.
        *networks: Keras models.
    """
    inner = [] if precision == "float32" else [layer for network in networks for layer in _inner_layers(network)]
    layers = [layer for network in networks for layer in all_layers(network)]
    wanted = [(layer, "float32") for layer in layers if layer.dtype_policy.name != "float64"]
    wanted += [(layer, f"mixed_{precision}") for layer in inner]
    before = [(layer, layer.dtype_policy) for layer, _ in wanted]
    try:
        for layer, policy in wanted:
            if layer.dtype_policy.name != policy:
                layer.dtype_policy = keras.DTypePolicy(policy)
        yield
    finally:
        for layer, policy in reversed(before):
            if layer.dtype_policy is not policy:
                layer.dtype_policy = policy


def _inner_layers(network):
    for layer in network.layers[:-1]:
        yield layer
        # LeakyReLU as the activation of another layer is a layer of its own, and would cast back.
        if isinstance(getattr(layer, "activation", None), keras.Layer):
            yield layer.activation


def _has_bfloat16():
    gpus = gpu_details()
    if gpus:
        return gpus[0].get("compute_capability", (0, 0)) >= (8, 0)
    cpuinfo = Path("/proc/cpuinfo")
    flags = cpuinfo.read_text().split() if cpuinfo.is_file() else []
    return "avx512_bf16" in flags or "amx_bf16" in flags
