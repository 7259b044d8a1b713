"""The students' copy of the course, made from the masters."""
