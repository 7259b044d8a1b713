"""What an instructor decides beside the marks: when is late, what it costs, and what is corrected by hand."""
