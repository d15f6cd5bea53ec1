"""What a roster says, and what applying it would do: rows, matching, class titles, and the plan. Pure.

The same plan answers the dry run and is applied at the commit (X-12, L-10).
"""
