"""A school's whole term, through the gateway."""
