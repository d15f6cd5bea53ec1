"""May everyone see it, does anyone object."""
