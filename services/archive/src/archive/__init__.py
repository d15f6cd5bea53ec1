"""What stays."""
