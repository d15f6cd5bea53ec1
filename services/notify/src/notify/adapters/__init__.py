"""What use cases need of outside systems and of this process: HTTP to webhooks, the number of open streams."""
