"""What grading leaves behind: the ledger, tables, feedback and the class's page."""
