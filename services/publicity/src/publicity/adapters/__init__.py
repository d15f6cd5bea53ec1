"""Encryption of who complained."""
