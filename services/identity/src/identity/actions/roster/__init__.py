"""Roster imports: the plan of a chunk answers the dry run and is written at the commit (X-12, L-10)."""
