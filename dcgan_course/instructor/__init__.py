"""The instructor's part of the course. It is not in the students' copy."""
