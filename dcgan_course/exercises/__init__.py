"""Exercises as text: what a master asks, and what a student's notebook answers. Nothing here runs a notebook."""
