"""The organisations, students and terms that a service knows from events, kept in its own database.

`register` adds the event handlers; `Directory` reads and caches terms; `students` reads students.
A service declares what it keeps, and reacts to changes in hooks.
"""

from servicekit.directory.handlers import register
from servicekit.directory.store import Student, masked_number, students
from servicekit.directory.term import Term
from servicekit.directory.terms import Directory

__all__ = ["Directory", "Student", "Term", "masked_number", "register", "students"]
