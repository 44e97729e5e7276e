"""Puts collector, storage and publish to work: refresh, replay, schedule, and the command line."""
