"""Notebooks run by the dozen: planned, executed, judged and shown."""
