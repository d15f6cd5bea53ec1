"""What people and other services do with imports: one file per concern."""
