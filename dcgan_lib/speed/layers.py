"""Layers that compute their numbers in another way for a while."""

import contextlib

import keras


def all_layers(layer):
    """Yields a layer or model, the layers inside it, and activations that are layers themselves."""
    yield layer
    inside = getattr(layer, "layers", ())  # Of a layer of one's own it may be anything, such as a number.
    for part in (*(inside if isinstance(inside, (list, tuple)) else ()), getattr(layer, "activation", None)):
        if isinstance(part, keras.Layer):
            yield from all_layers(part)


@contextlib.contextmanager
def replace_methods(replacements):
    """Lets objects use other functions in place of their methods while this context lasts.

    Args:
        replacements: A list of `(object, name of the method, function)`; the function is called without the object.
            An object may be in it twice, or have its method replaced already, as a layer that two networks share.
    """
    before = []
    try:
        for owner, name, function in replacements:
            before.append((owner, name, vars(owner).get(name)))
            # An attribute of the object hides the method of its class.
            setattr(owner, name, function)
        yield
    finally:
        for owner, name, own in reversed(before):
            if own is not None:
                setattr(owner, name, own)
            elif name in vars(owner):  # Else the interrupt came before it was set.
                delattr(owner, name)
