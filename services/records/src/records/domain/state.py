"""The state machine of a record as a table. Who may make a move, and when, is decided in the other modules."""

from enum import StrEnum


class State(StrEnum):
    """The states of a record."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    AMENDING = "amending"
    ESCALATED = "escalated"
    """Refused by its student and not corrected in time: a case decides about it (SH-10)."""
    EXCLUDED = "excluded"
    """A complaint about it was upheld: it does not count, unless an appeal succeeds (CS-10, CS-11)."""
    VOIDED = "voided"


class Move(StrEnum):
    """The changes of a record; stored in the history under these names."""

    MEND = "mend"
    SUBMIT = "submit"
    CATEGORISE = "categorise"
    """It belongs to another kind now, or to none (CS-04)."""
    WITHDRAW = "withdraw"
    PASS = "pass"  # noqa: S105  no password
    """A review step was passed and another one follows."""
    ESCALATE = "escalate"
    """Nobody reviewed it in time: another role takes the step over (SH-10)."""
    APPROVE = "approve"
    RETURN = "return"
    REIMPORT = "reimport"
    """A later import, or undoing one, changed the content (X-12)."""
    CARRY_OVER = "carry_over"
    """The term moved to another version of its scheme, and what is open with it (X-01)."""
    ASK = "ask"
    AMEND = "amend"
    SETTLE = "settle"
    PUT_BACK = "put_back"
    """An amendment that came after its case was submitted is reverted (JX-09)."""
    REVISE = "revise"
    """The author changed an approved record and hands it in again, which its review allows (SH-06)."""
    UNMENDED = "unmended"
    """Nobody corrected it in time: it becomes a case of publicity (SH-07, SH-10)."""
    ENTER_MISSING = "enter_missing"
    """A case found that it was missing; entered because of that (SH-08)."""
    RELEASE = "release"
    EXCLUDE = "exclude"
    VOID = "void"
    RESTORE = "restore"


MOVES: dict[tuple[State, Move], State] = {
    (State.DRAFT, Move.MEND): State.DRAFT,
    (State.DRAFT, Move.CATEGORISE): State.DRAFT,
    (State.DRAFT, Move.CARRY_OVER): State.DRAFT,
    (State.SUBMITTED, Move.CARRY_OVER): State.SUBMITTED,
    (State.RETURNED, Move.CARRY_OVER): State.RETURNED,
    (State.DRAFT, Move.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, Move.WITHDRAW): State.DRAFT,
    (State.SUBMITTED, Move.PASS): State.SUBMITTED,
    (State.SUBMITTED, Move.ESCALATE): State.SUBMITTED,
    (State.SUBMITTED, Move.APPROVE): State.APPROVED,
    (State.SUBMITTED, Move.RETURN): State.RETURNED,
    (State.SUBMITTED, Move.REIMPORT): State.SUBMITTED,
    (State.SUBMITTED, Move.VOID): State.VOIDED,
    (State.RETURNED, Move.MEND): State.RETURNED,
    (State.RETURNED, Move.CATEGORISE): State.RETURNED,
    (State.RETURNED, Move.SUBMIT): State.SUBMITTED,
    (State.RETURNED, Move.REIMPORT): State.SUBMITTED,
    (State.RETURNED, Move.VOID): State.VOIDED,
    (State.RETURNED, Move.UNMENDED): State.ESCALATED,
    (State.ESCALATED, Move.ASK): State.AMENDING,
    (State.ESCALATED, Move.SETTLE): State.APPROVED,
    (State.ESCALATED, Move.VOID): State.VOIDED,
    (State.APPROVED, Move.ASK): State.AMENDING,
    (State.APPROVED, Move.REVISE): State.SUBMITTED,
    (State.APPROVED, Move.RELEASE): State.APPROVED,
    (State.APPROVED, Move.PUT_BACK): State.APPROVED,
    (State.APPROVED, Move.EXCLUDE): State.EXCLUDED,
    (State.APPROVED, Move.VOID): State.VOIDED,
    (State.AMENDING, Move.ASK): State.AMENDING,
    (State.AMENDING, Move.AMEND): State.AMENDING,
    (State.AMENDING, Move.SETTLE): State.APPROVED,
    (State.AMENDING, Move.EXCLUDE): State.EXCLUDED,
    (State.AMENDING, Move.VOID): State.VOIDED,
    (State.EXCLUDED, Move.RESTORE): State.APPROVED,
    (State.EXCLUDED, Move.VOID): State.VOIDED,
}


def moves_from(state: State) -> list[str]:
    """The moves that are possible in this state."""
    return [move for (before, move) in MOVES if before is state]
