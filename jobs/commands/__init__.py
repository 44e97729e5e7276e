"""One module a command of `tallybook`; each parses its arguments, makes one call and prints."""
