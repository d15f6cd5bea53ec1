"""The checker. It knows the clients' log, the public API and the tables; it imports no service and none of their kit."""
