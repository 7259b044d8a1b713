"""The checks below the exercises: they measure an answer, compare it, and say what is probably wrong.

The check cell of a notebook calls `check`, and its last cell `show_progress`. What a check measures stands in one
file for each kind of exercise. No file here holds a solution.
"""
