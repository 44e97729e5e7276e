"""Weeks without a value: which, why, and filled."""
