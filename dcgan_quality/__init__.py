"""Is it any good? Features of pictures, distances between sets of them, and what to watch while training.

A package of its own, so that the lesson's library stays small enough to read in an evening.
"""
