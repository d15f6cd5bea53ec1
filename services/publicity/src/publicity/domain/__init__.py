"""The rules of publicity: entries, terms, the board, cases. No I/O; the time is passed in."""
