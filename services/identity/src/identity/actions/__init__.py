"""Use cases: open, lock, decide, save, say. Nothing else of identity opens transactions."""
