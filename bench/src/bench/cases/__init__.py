"""One file per thing measured. A case gets the bench's platform and settings, and returns figures."""
