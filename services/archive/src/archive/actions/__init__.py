"""Use cases: open, lock, decide, save, say."""
