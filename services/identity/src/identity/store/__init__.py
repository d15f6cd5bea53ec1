"""All SQL of identity: one function for each statement."""
