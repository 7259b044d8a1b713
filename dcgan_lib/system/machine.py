"""What the machine has: processor cores and GPUs."""

import os


def usable_cores():
    """Returns how many cores the system lets this process use, which may be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def has_gpu():
    """Says whether TensorFlow has a GPU to compute on."""
    return bool(gpu_details())


def gpu_details():
    """Returns what TensorFlow says of each GPU: a list of dicts (`device_name`, `compute_capability`)."""
    import tensorflow as tf  # Not at the top: counting cores must not take seconds.

    return [tf.config.experimental.get_device_details(gpu) for gpu in tf.config.list_physical_devices("GPU")]
