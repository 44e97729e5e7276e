"""From what the ledger knows to the cells of one table."""
