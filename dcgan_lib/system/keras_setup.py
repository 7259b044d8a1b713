"""How Keras is set up on this machine: the course needs TensorFlow, float32 and channels last."""

import json
import os
import sys

NEEDED = {"backend": "tensorflow", "floatx": "float32", "image_data_format": "channels_last"}


class KerasSetupError(RuntimeError):
    """Keras is set up otherwise. A notebook shows only the sentence, without a traceback."""

    def _render_traceback_(self):
        return [str(self)]


def check_keras():
    """Refuses a Keras that is set up otherwise by `KERAS_BACKEND` or `keras.json`; it does not import Keras.

    What a session has told `keras.config` itself is no matter: it is set aside while the library works.

    Raises:
        KerasSetupError: It says what to change.
    """
    path = _config_path()
    in_file = _read_config(path)
    keras = sys.modules.get("keras")
    config = getattr(keras, "config", None)  # None while Keras is half imported.
    named = os.environ.get("KERAS_BACKEND")
    backend = config.backend() if config else named or in_file.get("backend", NEEDED["backend"])
    if backend != NEEDED["backend"] and backend == named:
        raise KerasSetupError(
            f"The course needs Keras with TensorFlow, and KERAS_BACKEND asks for {backend}. Restart the kernel, and "
            f"run this first: import os; os.environ['KERAS_BACKEND'] = 'tensorflow'"
        )
    now = {"backend": backend}
    if config:
        now |= {"floatx": config.floatx(), "image_data_format": config.image_data_format()}
    wrong = [
        name
        for name, needed in NEEDED.items()
        if in_file.get(name, needed) != needed and now.get(name, in_file[name]) == in_file[name]
    ]
    if wrong:
        found = ", ".join(f'"{name}": "{in_file[name]}"' for name in wrong)
        needed = ", ".join(f'"{name}": "{NEEDED[name]}"' for name in wrong)
        raise KerasSetupError(
            f"The course needs another setting of Keras: {path} holds {found}. Write {needed} there, save it, and "
            f"restart the kernel."
        )


def _config_path():
    # As Keras finds it.
    base = os.path.expanduser("~")
    base = base if os.access(base, os.W_OK) else "/tmp"
    return os.path.expanduser(os.path.join(os.environ.get("KERAS_HOME", os.path.join(base, ".keras")), "keras.json"))


def _read_config(path):
    try:
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
    except (OSError, ValueError):  # Keras itself passes over what is no JSON.
        return {}
    if not isinstance(config, dict):
        raise KerasSetupError(f"{path} does not hold Keras's settings. Delete it, and restart the kernel.")
    return config
