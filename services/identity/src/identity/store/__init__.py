"""SQL: one statement, one typed function. Nothing else of identity contains SQL."""
