"""What a run was made of: what must be equal to go on from it, and to get its bits again."""

import hashlib
import json
import platform
from importlib import metadata

import keras
import numpy as np
import tensorflow as tf

from dcgan_lib.system.machine import gpu_details, usable_cores

RECIPE = ("batch_size", "learning_rate", "beta_1", "beta_2", "one_pass", "r1", "averaging", "steady_steps")


def identify(dcgan, pixels, pixels_hash, batch_size, seed):
    """Names everything that two runs must share for one to go on where the other stopped.

    Returns:
        A dict of str to str; the keys are words that can stand in a message to a student.
    """
    return {
        "images": f"{len(pixels):,} of shape {pixels.shape[1:]}, hash {pixels_hash[:8]}",
        "generator": _summarize_config(dcgan.generator),
        "discriminator": _summarize_config(dcgan.discriminator),
        "d_optimizer": _summarize_config(dcgan.d_optimizer),
        "g_optimizer": _summarize_config(dcgan.g_optimizer),
        "batch_size": str(batch_size),
        "seed": str(seed),
        "precision": dcgan.precision,
        # The lecture's run has neither, so that its checkpoints of version 0.1 go on.
        **({} if dcgan.recipe_name == "lecture" else {"recipe": _write_recipe(dcgan)}),
        **({} if dcgan.augment is None else {"augment": dcgan.augment}),
    }


def describe_recipe(dcgan):
    """Says which values a `DCGAN` trains with, as `run.json` holds them: a dict."""
    return {"name": dcgan.recipe_name, **{name: getattr(dcgan, name) for name in RECIPE}, "augment": dcgan.augment}


def _write_recipe(dcgan):
    return f"Recipe({', '.join(f'{name}={getattr(dcgan, name)!r}' for name in RECIPE)})"


def describe_machine():
    """Says which versions and which machine a run had, as `run.json` holds it."""
    gpus = gpu_details()
    return {
        "versions": {
            "python": platform.python_version(),
            **{package: metadata.version(package) for package in ("tensorflow", "keras", "numpy")},
        },
        "device": gpus[0].get("device_name", "GPU") if gpus else f"CPU ({platform.machine()})",
        "threads": tf.config.threading.get_intra_op_parallelism_threads() or usable_cores(),
    }


def hash_weights(dcgan):
    """Returns the SHA-256 of both networks' weights, in hexadecimal."""
    digest = hashlib.sha256()
    for network in (dcgan.generator, dcgan.discriminator):
        for weight in network.get_weights():
            digest.update(np.ascontiguousarray(weight))
    return digest.hexdigest()


def hash_array(array):
    """Returns the SHA-256 of an array's bytes, in hexadecimal."""
    return hashlib.sha256(np.ascontiguousarray(array)).hexdigest()


def _summarize_config(part):
    config = json.dumps(_without_names(keras.saving.serialize_keras_object(part)), sort_keys=True, default=str)
    size = f"{part.count_params():,} parameters" if isinstance(part, keras.Model) else type(part).__name__
    return f"{size}, configuration {hashlib.sha256(config.encode()).hexdigest()[:8]}"


def _without_names(config):
    """Drops the names that Keras numbers anew each time a cell builds the same layer again."""
    if isinstance(config, dict):
        return {key: _without_names(value) for key, value in config.items() if key not in ("name", "build_config")}
    if isinstance(config, (list, tuple)):
        return [_without_names(value) for value in config]
    return config
