"""What is over for a class while its results are locked, and what stays possible (BJ-07, BJ-10). Pure."""

from datetime import datetime

from scheme import Kind
from scheme.results import ResultLock, ScoredResult
from servicekit.refusals import Refusal, declare

from records.domain.term import Term

declare("result_locked", 409, "本学期的评价结果已经锁定")


def closing(term: Term) -> ResultLock | None:
    """The lock of the term's results, if it ends the entering of some records."""
    result = term.scheme.result
    return result.lock if isinstance(result, ScoredResult) and result.lock.closes else None


def closes(term: Term, kind: Kind) -> bool:
    """Are records of this kind no longer entered for a class once its results are locked?"""
    lock = closing(term)
    return lock is not None and kind.operation in lock.closes


def explanation(kind: Kind) -> str:
    """Why a record of this kind cannot be entered now."""
    return f"该班本学期的评价结果已经锁定，不能再填报、修改或审核通过“{kind.title}”"


def who_unlocks(term: Term) -> str:
    """What to do about it: who unlocks, and what needs no unlocking."""
    lock = closing(term)
    role = term.scheme.role_title(lock.unlocked_by) if lock is not None else ""
    open_kinds = [kind.title for kind in term.scheme.kinds if not closes(term, kind)]
    rest = f"；{term.scheme.text('record', '记录')}仍可随时补充" if open_kinds else ""
    return f"确需更改时，请{role}解锁{rest}"


def need_unlocked(term: Term, kind: Kind, locked_at: datetime | None) -> None:
    """Refuse while the class is locked; names the rule and who can unlock (X-13)."""
    if locked_at is not None and closes(term, kind):
        raise _refusal(term, kind, locked_at)


def _refusal(term: Term, kind: Kind, locked_at: datetime) -> Refusal:
    return term.refusal(
        "result_locked", term.scheme.rule("result"), detail=explanation(kind), help=who_unlocks(term), locked_at=locked_at
    )
