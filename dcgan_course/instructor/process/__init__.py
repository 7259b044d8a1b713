"""What the instructor's commands share: signals, wording, the result folder, and processes that end with them."""
