"""Who should know."""
