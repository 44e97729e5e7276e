"""Guards: judge what comes in before it counts."""
