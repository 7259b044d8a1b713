"""What was handed in: files, archives, rosters, and the reader of a stranger's notebook."""
