"""No statements."""
