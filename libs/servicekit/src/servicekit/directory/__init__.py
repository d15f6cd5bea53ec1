"""The organisations, students and terms that a service knows from events, kept in its own database.

`register` adds the event handlers; `Directory` reads and caches terms; `find_students` reads students, and
`students_named` searches them by name.
A service names what it stores, and reacts to changes in hooks.
"""

from servicekit.directory.handlers import register
from servicekit.directory.names import students_named
from servicekit.directory.opt_outs import opted_out, save_participation
from servicekit.directory.ordering import in_order
from servicekit.directory.store import Student, find_student, find_students, masked_number, schooling_at, student_of
from servicekit.directory.term import Term
from servicekit.directory.terms import Directory

__all__ = [
    "Directory",
    "Student",
    "Term",
    "find_student",
    "find_students",
    "in_order",
    "masked_number",
    "opted_out",
    "register",
    "save_participation",
    "schooling_at",
    "student_of",
    "students_named",
]
