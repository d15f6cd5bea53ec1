"""Starts the whole platform on one machine: PostgreSQL, NATS, object storage, the gateway and the services.

Here: how each part is started, its permissions, and its supervision. Tests get their servers from the same code
(`stack.testing`).
"""
