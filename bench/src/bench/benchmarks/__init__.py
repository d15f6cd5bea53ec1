"""One module per benchmark: `measure(environment)` returns its figures."""
