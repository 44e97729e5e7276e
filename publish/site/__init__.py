"""Pages: what people wrote, and where they can look."""
