"""A service with one operation."""
