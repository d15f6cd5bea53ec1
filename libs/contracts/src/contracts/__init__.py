"""The facts that travel between services."""
