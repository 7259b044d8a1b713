"""Answers are run on the machines of a Dask cluster; what is right stays on the machine that compares."""
