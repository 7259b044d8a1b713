"""Grading: a class's notebooks become marks, and a stranger's code stays in its box."""
