"""Tests of what takes a whole ledger elsewhere."""
