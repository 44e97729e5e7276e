"""The ledger: every observation as it was learned, and the queries on it."""
