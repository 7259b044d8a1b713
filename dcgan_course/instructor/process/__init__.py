"""What the instructor's commands share: refusals, signals, wording, and processes that end with us."""
