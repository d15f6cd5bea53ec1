"""Services broken on purpose, to show that the checker sees it. Started by hand only; production code knows nothing of it.

`python -m chaos.broken <variant> <service>` runs a service whose kit was changed as `variants` says.
"""
