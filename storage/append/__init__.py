"""From a frame to observations and outcomes."""
