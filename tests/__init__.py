"""Tests of tallybook, one module a module."""
