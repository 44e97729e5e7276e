"""Google Trends' exports: read, and brought to one scale."""
