"""Turns what the ledger knows into cells, tables and data frames for people; knows no HTTP and no SQL."""
