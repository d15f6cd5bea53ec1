"""The rules of publicity: entries, terms, the board, cases. Pure: no clock, no database, no network."""
