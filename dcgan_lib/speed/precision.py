"""Computing in bfloat16 with float32 weights, on machines where that pays."""

import contextlib
from pathlib import Path

import keras

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


@contextlib.contextmanager
def compute_in(precision, *networks):
    """Lets networks that were built in float32 compute in another precision while this context lasts.

    Their last layer, which makes the probability or the pixel, stays in float32, and so do all weights.

    Args:
        precision: `"float32"` or `"bfloat16"`.
        *networks: Keras models.
    """
    layers = [] if precision == "float32" else [layer for network in networks for layer in _inner_layers(network)]
    before = [layer.dtype_policy for layer in layers]
    try:
        for layer in layers:
            layer.dtype_policy = keras.DTypePolicy(f"mixed_{precision}")
        yield
    finally:
        for layer, policy in zip(layers, before, strict=True):
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
