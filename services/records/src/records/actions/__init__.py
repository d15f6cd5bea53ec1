"""The use cases of records: open, lock, decide, save, say. One file per thing."""
