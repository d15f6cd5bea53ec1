"""All SQL of publicity: one statement, one typed function."""
