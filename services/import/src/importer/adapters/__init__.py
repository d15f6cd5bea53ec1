"""What use cases need of blocking libraries and of this process: workbooks, sealed registry numbers, background work."""
