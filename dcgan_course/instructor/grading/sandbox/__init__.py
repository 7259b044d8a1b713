"""Where students' code runs, and the limits that it has there."""
