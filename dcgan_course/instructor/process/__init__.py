"""What the instructor's commands share: signals, wording, folders, texts as HTML, and processes that end with them."""
