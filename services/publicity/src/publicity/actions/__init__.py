"""Use cases: lock, decide, save, say. Locks are taken in one order: term, entries, cases."""
