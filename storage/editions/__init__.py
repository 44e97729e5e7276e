"""What was published, kept for good; and the integrity of the ledger."""
