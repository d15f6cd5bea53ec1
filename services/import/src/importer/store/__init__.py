"""All SQL of import: one statement, one typed function."""
