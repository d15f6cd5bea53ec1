"""The boards of all schools of a city or province, in numbers. Pure."""

from datetime import UTC, datetime

from servicekit.school_terms import SchoolTerms


def opened(term: SchoolTerms, now: datetime) -> int:
    """At how many schools the board of the term has opened, also if it is closed again."""
    return term.at_most("opens", now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
