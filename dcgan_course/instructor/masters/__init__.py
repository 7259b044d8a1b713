"""The masters are the notebooks as they are committed, with solutions and outputs."""
