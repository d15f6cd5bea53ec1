"""SQL, one statement a function. Nothing here decides."""
