"""Exercises: what a master asks, what a student's notebook answers, and the checks that a notebook calls."""

from dcgan_course.exercises.checks.checking import check
from dcgan_course.exercises.checks.progress import show_progress

__all__ = ["check", "show_progress"]
