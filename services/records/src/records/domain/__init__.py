"""The business rules of records, without I/O: time, ids and terms come in; changes and events go out."""
