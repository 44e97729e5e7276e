"""The demonstration on bundled sample data."""
