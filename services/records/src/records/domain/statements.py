"""What records has of a student, in words and counts, for a change of enrolment (BJ-04). Never what a record says."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.base import StatementLine

from records.domain.state import State

TITLES: dict[State, str] = {
    State.SUBMITTED: "待审核的记录",
    State.RETURNED: "退回待修改的记录",
    State.APPROVED: "审核通过的记录",
    State.AMENDING: "正在更正的记录",
    State.ESCALATED: "转交处理的记录",
    State.EXCLUDED: "不计入的记录",
    State.VOIDED: "作废的记录",
}
"""A draft is its author's alone, and is not counted."""
RUNNING = frozenset({State.SUBMITTED, State.RETURNED, State.AMENDING, State.ESCALATED})


@dataclass(frozen=True)
class Counted:
    """So many records of a term are in this state. `school`: the org_path of the term's school."""

    term: str
    school: str
    state: str
    count: int


def lines(records: Iterable[Counted], positions: Iterable[Counted]) -> tuple[StatementLine, ...]:
    """The lines of the statement, in the order of the terms."""
    of_records = [
        StatementLine(term=one.term, school=one.school, title=TITLES[state], count=one.count, running=state in RUNNING)
        for one in records
        if (state := State(one.state)) in TITLES
    ]
    of_positions = [
        StatementLine(
            term=one.term,
            school=one.school,
            title="任职" if one.state == "approved" else "待审核的任职",
            count=one.count,
            running=one.state != "approved",
        )
        for one in positions
    ]
    return (*of_records, *of_positions)
