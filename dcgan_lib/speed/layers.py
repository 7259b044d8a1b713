"""Layers that compute their numbers in another way for a while."""

import contextlib

import keras


def all_layers(layer):
    """Yields a layer or model, the layers inside it, and activations that are layers themselves."""
    yield layer
    for part in (*getattr(layer, "layers", ()), getattr(layer, "activation", None)):
        if isinstance(part, keras.Layer):
            yield from all_layers(part)


@contextlib.contextmanager
def replace_methods(replacements):
    """Lets objects use other functions in place of their methods while this context lasts.

    Args:
        replacements: A list of `(object, name of the method, function)`; the function is called without the object.
    """
    for owner, name, function in replacements:
        # An attribute of the object hides the method of its class.
        setattr(owner, name, function)
    try:
        yield
    finally:
        for owner, name, _ in replacements:
            delattr(owner, name)
