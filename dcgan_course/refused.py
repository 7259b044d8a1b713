"""The word for what a command will not do."""


class Refused(Exception):
    """What was asked for cannot be done. The text is one sentence for whoever asked; nothing has been started."""
