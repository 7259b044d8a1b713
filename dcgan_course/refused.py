"""The error of a command that cannot do what it was asked for."""


class Refused(Exception):
    """The command cannot be done; nothing has been started. The text is one sentence for whoever typed it."""
