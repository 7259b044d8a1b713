"""What was handed in: files, archives, class lists, and the reader of a student's notebook."""
