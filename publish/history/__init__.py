"""The history of projects, an observation or a period at a time."""
