"""The business rules of identity. Pure: no clock, no database, no network, no keys."""
