"""One small term of one school, from the timetable to sealed archives, with clients that cope with all faults.

Every write is logged before it is sent. Now and then a client gives up a write with an unknown outcome; the steps read
the present state and go on from there. One module per part of a term; `base` has what they share, `plays` says which parts the
term of a deployment has.
"""

from chaos.term_run.base import TermRun, no_pace
from chaos.term_run.plays import play

__all__ = ["TermRun", "no_pace", "play"]
