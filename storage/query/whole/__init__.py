"""A whole ledger, read to be taken elsewhere: backups, copies, exports."""
