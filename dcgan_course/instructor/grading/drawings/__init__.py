"""What a class drew: the pictures in the notebooks' outputs, read with limits, and their page."""
