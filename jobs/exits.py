"""The exit codes of every command, as the README documents them."""

DONE = 0
FAILED = 1
"""Failed, nothing new stored."""
USAGE = 2
"""The command line, the environment or the catalog is wrong."""
PARTLY = 3
"""Partly done: the rest is stored and named."""
BUSY = 4
"""Another run is in progress."""
HELD = 5
"""Held back by a guard."""


def exit_code(error: Exception) -> int | None:
    """Return the exit code of an error that a user can cause, by its kind's name: its module may not be loaded."""
    usage = {
        "CatalogError",
        "PageError",
        "ReviewError",
        "PublishError",
        "SettingsError",
        "TooEarly",
        "UnknownEdition",
        "UnknownName",
        "UnknownProject",
        "UnknownRun",
    }
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "RunInProgress" in kinds:
        return BUSY
    if kinds & usage:
        return USAGE
    return FAILED if kinds & {"LedgerError", "RecordingError", "FilesError", "OSError"} else None
