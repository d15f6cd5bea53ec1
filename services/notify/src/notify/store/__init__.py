"""All SQL of notify: one statement, one function."""
