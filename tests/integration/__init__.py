"""Tests that run the command as a process against real servers on loopback."""
