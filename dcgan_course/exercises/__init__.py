"""Exercises as text: what a master asks, and what a student's notebook answers. Nothing in this package runs code."""
