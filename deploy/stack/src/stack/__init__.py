"""Starts the whole platform on one machine: the real servers, the gateway and the services.

Here: which part runs how, with which rights, and who watches it. Not here: what any service does.
The same code gives tests their servers (`stack.testing`).
"""
