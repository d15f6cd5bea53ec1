"""The category of a record: a growth record belongs to no kind until its family selects it as material (CS-04, CS-05)."""

from datetime import datetime
from typing import Any

from scheme import Kind
from servicekit.auth import Actor

from records.domain.access import may_enter, need_author
from records.domain.record import Change, ChangedBy, Record, apply_move, need_move
from records.domain.state import Move
from records.domain.term import Term


def need_kind_for(term: Term, kind: Kind, actor: Actor, path: str) -> None:
    """Refuse a kind that this card does not enter, or that students of this class do not have (SH-04)."""
    if not may_enter(kind, actor):
        who = "、".join(term.scheme.role_title(role) for role in kind.entry_roles)
        raise term.refusal("forbidden", f"{kind.id}.entry_roles", help=f"“{kind.title}”由{who}填报")
    if not kind.fits_grade(term.grade(path)):
        raise term.invalid("kind", f"该年级没有“{kind.title}”", f"{kind.id}.grades")


def need_category(term: Term, record: Record) -> None:
    """Refuse to submit a growth record that belongs to no kind yet (CS-05)."""
    if term.scheme.is_growth(record.kind):
        word = term.scheme.text("record", "记录")
        raise term.invalid("kind", f"请先选择{word}的类别", term.scheme.rule("select"))


def categorise(term: Term, record: Record, kind_id: str | None, actor: Actor, now: datetime) -> Change:
    """Give a draft or a returned record another kind, or (None) make a draft a growth record without one (CS-04).

    Files and title stay, and so do values of fields that both forms have, with the same id and type; the rest is left out.
    """
    need_author(term, record, actor)
    need_move(record, Move.CATEGORISE)
    old, new = term.kind(record.kind), _wanted(term, record, kind_id)
    need_kind_for(term, new, actor, record.path)
    if new.id == old.id:
        return Change(record, ())
    data = kept_values(old, new, record.data)
    step = record.step if any(step.id == record.step for step in new.review.steps) else None
    return apply_move(
        record, Move.CATEGORISE, ChangedBy.of(actor), now, because=(None, f"{old.title} → {new.title}"),
        kind=new.id, dimension=term.dimension_id(new), level=new.level, data=data, step=step,
        title=new.title_of(data) if data.get(new.title_field) else record.title,
    )  # fmt: skip


def kept_values(old: Kind, new: Kind, data: dict[str, Any]) -> dict[str, Any]:
    """The values of fields that both forms have with the same id and type; a choice also has to be one of the new form's."""
    before = {field.id: field.type for field in old.form.fields}
    return {
        field.id: data[field.id]
        for field in new.form.fields
        if field.id in data and before.get(field.id) == field.type
        if field.type != "choice" or data[field.id] in {choice.id for choice in field.choices}
    }


def _wanted(term: Term, record: Record, kind_id: str | None) -> Kind:
    if kind_id is not None:
        return term.kind(kind_id)
    drafts = term.scheme.drafts
    if drafts is None or drafts.kind is None:
        raise term.invalid("kind", "请选择类别", term.scheme.rule("category"))
    if record.submitted_at is not None:
        raise term.refusal("wrong_state", term.scheme.rule("category"), state=record.state.value)
    return drafts.kind
