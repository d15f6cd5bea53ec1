"""Use cases: lock, decide, save, add events. Locks are taken in one order: term, entries, cases."""
