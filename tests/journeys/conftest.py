"""What the journeys share comes from the folder above: `platform` and `world`."""

from tests.conftest import STUDENTS

__all__ = ["STUDENTS"]
