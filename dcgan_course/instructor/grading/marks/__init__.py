"""From an answer to its points: the graded notebook, the reference, the comparison, the score."""
