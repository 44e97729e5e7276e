"""The questions that readers ask: as of a day, over time, and what is lacking."""
