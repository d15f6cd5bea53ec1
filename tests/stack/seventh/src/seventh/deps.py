"""The common dependencies are enough."""
