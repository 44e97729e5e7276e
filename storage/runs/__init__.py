"""Runs and what belongs to them as a whole: their catalogs, and where each response lies in a recording."""
