"""A history drawn as a chart."""
