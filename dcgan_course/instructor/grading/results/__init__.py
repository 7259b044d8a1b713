"""What grading remembers, and what becomes of it: the record, attempts, regradings and a row for each student."""
