"""The real servers and the gateway: each says how it is prepared, started, asked whether it is ready, and stopped."""
