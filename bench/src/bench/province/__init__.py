"""A province written into the services' databases, at one hundredth and in full, and what is measured there (benchmark l)."""
