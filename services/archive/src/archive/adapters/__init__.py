"""What use cases need of blocking or CPU-heavy libraries: typesetting."""
