"""The states of a term, a career and an archive, and the moves between them; every other move is refused."""

from collections.abc import Mapping
from enum import StrEnum

from servicekit.refusals import Refusal


class Collecting(StrEnum):
    """A term, or a student's career: records are collected for its archives, it is being sealed, or it is sealed."""

    COLLECTING = "collecting"
    SEALING = "sealing"
    SEALED = "sealed"


class Making(StrEnum):
    """One archive: planned, its content signed, its inclusion proof known, stored and read back."""

    PLANNED = "planned"
    WRITTEN = "written"
    PLACED = "placed"
    READY = "ready"


MOVES: Mapping[tuple[Collecting, str], Collecting] = {
    (Collecting.COLLECTING, "seal"): Collecting.SEALING,
    (Collecting.SEALING, "finish"): Collecting.SEALED,
}
STEPS: Mapping[tuple[Making, str], Making] = {
    (Making.PLANNED, "write"): Making.WRITTEN,
    (Making.WRITTEN, "place"): Making.PLACED,
    (Making.PLACED, "keep"): Making.READY,
}
_DETAIL = {
    Collecting.COLLECTING: "还没有生成档案",
    Collecting.SEALING: "档案正在生成",
    Collecting.SEALED: "档案已经生成，不能再改动",
}


def move(state: Collecting, action: str, rule: str | None = None) -> Collecting:
    """The state after `action`; `wrong_state`, citing `rule`, where the table has no such move."""
    after = MOVES.get((state, action))
    if after is None:
        raise Refusal("wrong_state", detail=_DETAIL[state], rule=rule, state=state, action=action)
    return after


def step(state: Making, action: str) -> Making:
    """The state of an archive after one step; `wrong_state` outside the table."""
    after = STEPS.get((state, action))
    if after is None:
        raise Refusal("wrong_state", state=state, action=action)
    return after


def need_collecting(state: Collecting, rule: str) -> None:
    """Refuse changes to what is sealed or being sealed."""
    if state is not Collecting.COLLECTING:
        raise Refusal("wrong_state", detail=_DETAIL[state], rule=rule, state=state)
