"""The rules of records: pure values and functions. Time, ids and schemes come in; new values and events go out."""
