"""Tests of the readers of files, each on files made up in the shapes that are in the wild."""
