"""The students' copy of the course is made from the masters."""
