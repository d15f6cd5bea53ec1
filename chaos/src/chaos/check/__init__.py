"""The checks. They read the clients' logs, the public API and the tables; they import no service and no servicekit."""
