"""The masters: the notebooks as they are committed, with solutions and outputs."""
