"""History that others kept, read from files into the ledger."""
