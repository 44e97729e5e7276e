"""Measures tallybook beside its peers; nothing here is a test, and no test runs it."""
