"""Publishing, and what was published held against what is known."""
