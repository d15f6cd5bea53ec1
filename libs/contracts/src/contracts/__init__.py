"""The events that travel between services."""
