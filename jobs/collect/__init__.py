"""What to ask, of whom, in which order; and the asking."""
