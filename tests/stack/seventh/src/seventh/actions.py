"""No use cases."""
