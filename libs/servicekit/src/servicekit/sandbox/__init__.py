"""Worker processes for untrusted input: little memory, little time, no secrets, one protocol.

A service runs jobs with `pool.Sandbox`; the module that it names runs in the process and calls `worker.serve`.
Nothing is imported here: a process that lives for one job shall start fast.
"""
