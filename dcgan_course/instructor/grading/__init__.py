"""Grading: a class's notebooks become marks, and students' code runs in a sandbox."""
