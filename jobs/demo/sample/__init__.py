"""The sample data of `tallybook demo`: a recording and an export in the real shapes, and their catalog."""
