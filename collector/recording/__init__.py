"""The raw exchanges of a run as one WARC file: written, and read back."""
