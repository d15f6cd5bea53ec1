"""Starts the whole platform on one machine."""
