"""What identity decides. Pure: no clock, no database, no network, no keys."""
