"""Tests of the sources, each by payloads of our own in the documented shapes."""
