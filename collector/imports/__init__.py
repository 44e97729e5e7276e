"""Readers of what others kept: each turns the bytes of a file into tidy rows, and does no I/O of its own."""
