"""Publicity: selected records are shown to the school, and anybody may file a complaint."""
