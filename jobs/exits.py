"""The exit codes of every command, as the README documents them."""

DONE = 0
FAILED = 1
"""Failed, nothing new stored."""
USAGE = 2
"""The command line, the environment or the catalog is wrong."""
PARTLY = 3
"""Partly done: the rest is stored and named."""
BUSY = 4
"""Another run is in progress."""
HELD = 5
"""Held back by a guard."""
