"""Asks the public services for numbers and makes a tidy frame of their answers; knows no database and no clock."""
