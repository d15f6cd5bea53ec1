"""The common settings are enough."""
