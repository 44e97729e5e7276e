"""From recorded answers to the ledger."""
