"""Many notebooks are run: planned, executed, judged and shown on a page."""
