"""Worker processes for untrusted input: limits of memory and time, no secrets, one protocol.

A service runs jobs with `pool.Sandbox`; the module that it names runs in the process and calls `worker.serve`.
Nothing is imported here, so that a process for one job starts fast.
"""
