"""The servers and the gateway: how each is configured, started, probed and stopped."""
