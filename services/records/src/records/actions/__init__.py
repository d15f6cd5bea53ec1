"""The use cases of records: open a transaction, lock, decide, save. One file for each subject."""
