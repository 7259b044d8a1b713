"""What people open: tables, the page of the class, and a page for each student."""
