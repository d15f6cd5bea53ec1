"""What must hold between the parts of a scheme: every id refers to a part, every route has an end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from scheme import roles
from scheme.base import HasId, Model, Ref, repeated, walk
from scheme.cases import PARTIES, Route
from scheme.kinds import Chain, Publicity

if TYPE_CHECKING:
    from scheme.scheme import Scheme


def contradictions(scheme: Scheme) -> Iterator[str]:
    """Every contradiction as a plain sentence with its location; none when the scheme is consistent."""
    parts = _parts_with_ids(scheme)
    for what, listed in parts.items():
        yield from (f"{what} {name!r} occurs twice" for name in repeated(part.id for part in listed))
    yield from _unknown_ids(scheme, {what: _ids(listed) for what, listed in parts.items()})
    yield from roles.contradictions(scheme.roles)
    yield from _duties(scheme)
    yield from _kinds(scheme)
    yield from _unmended(scheme)
    yield from _sections(scheme)
    yield from route_gaps(scheme.cases)


def _ids(parts: Iterable[HasId]) -> frozenset[str]:
    return frozenset(part.id for part in parts)


def _parts_with_ids(scheme: Scheme) -> dict[str, Sequence[HasId]]:
    return {
        "role": scheme.roles,
        "dimension": scheme.dimensions,
        "kind": (*scheme.kinds, scheme.drafts.kind) if scheme.drafts and scheme.drafts.kind else scheme.kinds,
        "operation": scheme.timing.operations,
        "switch": scheme.switches,
        "return reason": scheme.return_reasons,
        "evaluation": scheme.evaluations,
        "import type": scheme.imports,
        "catalog": scheme.catalogs,
        "visibility": scheme.drafts.visibilities if scheme.drafts else (),
        "contact line": scheme.contacts.lines if scheme.contacts else (),
        "case type": scheme.cases.types,
        "stage": scheme.cases.stages,
    }


def _unknown_ids(scheme: Scheme, known: dict[str, frozenset[str]]) -> Iterator[str]:
    by_level = {stage.actor for stage in scheme.cases.stages if "@" in stage.actor}  # `route_gaps` checks these
    known["role or party"] = known["role"].union(PARTIES, by_level)
    for location, part in walk(scheme):
        if isinstance(part, Publicity) and part.trigger != "selected":
            continue  # its operation is not used
        for name, hint in _hints(type(part)).items():
            for what, id in _references(hint, getattr(part, name)):
                if id not in known[what]:
                    yield f"{location} › {name}: there is no {what} {id!r}"


@cache
def _hints(model: type[Model]) -> dict[str, Any]:
    hints = get_type_hints(model, include_extras=True)
    return {name: hints[name] for name in model.model_fields}


def _references(hint: Any, value: Any) -> Iterator[tuple[str, str]]:
    """What a field's value refers to, as (sort of part, id), found by the `Ref`s in the field's annotation."""
    if value is None:
        return
    refs = [ref.to for ref in getattr(hint, "__metadata__", ()) if isinstance(ref, Ref)]
    arguments = get_args(hint)
    if refs:
        yield refs[0], value.partition(".")[0]  # `publicity.ends` refers to `publicity`
    elif isinstance(value, tuple):
        for item in value:
            yield from _references(arguments[0], item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _references(arguments[0], key)
            yield from _references(arguments[1], item)
    else:  # the annotation is a union with None
        for argument in arguments:
            yield from _references(argument, value)


def _duties(scheme: Scheme) -> Iterator[str]:
    """Roles that a rule gives something to do, and that lack the capability for it."""
    for role in scheme.roles:
        if role.may is None or role.id in roles.FAMILY:
            continue
        for capability, duty in (
            ("enter", any(kind.may_enter(role.id) for kind in scheme.kinds)),
            ("review", role.id in _reviewers(scheme)),
            ("decide_cases", role.id in _case_actors(scheme.cases)),
            ("see_board", scheme.board.rule(role.id) is not None),
            ("import", any(role.id in one.roles for one in scheme.imports)),
            ("evaluate", any(role.id in one.by for one in scheme.evaluations)),
            ("correct_students", scheme.profile.photo is not None and role.id in scheme.profile.photo.changed_by),
        ):
            if duty and capability not in role.may:
                yield f"role {role.id!r}: the scheme gives it work that needs {capability!r}, which is not in `may`"


def _reviewers(scheme: Scheme) -> frozenset[str]:
    final = {scheme.final.reviewer} if scheme.final is not None else set()
    return frozenset(step.role for chain in _chains(scheme) for step in chain.steps) | final


def _chains(scheme: Scheme) -> Iterator[Chain]:
    yield from (kind.review for kind in scheme.kinds)
    if scheme.positions is not None:
        yield scheme.positions.review


def _case_actors(route: Route) -> frozenset[str]:
    by_level = {role for levels in route.level_roles.values() for role in levels.values()}
    return frozenset(stage.actor for stage in route.stages) | by_level


def _kinds(scheme: Scheme) -> Iterator[str]:
    """What imports and releases require of kinds."""
    for import_type in scheme.imports:
        kind = next((kind for kind in scheme.kinds if kind.id == import_type.kind), None)
        if kind is None:
            continue
        fields = _ids(kind.form.fields)
        for name in (*import_type.same_by, *(column.field for column in import_type.columns)):
            if name not in fields:
                yield f"import type {import_type.id!r}: kind {kind.id!r} has no field {name!r}"
        left_out = {field.id for field in kind.form.fields if field.required} - {c.field for c in import_type.columns}
        if import_type.columns and left_out:
            yield f"import type {import_type.id!r}: no column for the required field {min(left_out)!r}"
    if scheme.archives.release is None and any(kind.releasable for kind in scheme.kinds):
        yield "archives: a kind is releasable, but there is no `release`"


def _unmended(scheme: Scheme) -> Iterator[str]:
    """A record that nobody corrected finds its case, and is one that is published (SH-10)."""
    for kind in scheme.kinds:
        for step in kind.review.steps:
            case = step.unmended.case
            if case is None:
                continue
            if not any(e.type == case and (not e.levels or kind.level in e.levels) for e in scheme.cases.entries):
                yield f"kind {kind.id!r}, step {step.id!r}: no entry for case {case!r} about data of level {kind.level!r}"
            if kind.publicity.trigger == "none":
                yield f"kind {kind.id!r}, step {step.id!r}: what is not published cannot become a case"


def _sections(scheme: Scheme) -> Iterator[str]:
    """Every archived kind belongs to exactly one section."""
    archives = [("term", scheme.archives.term.sections)]
    if scheme.archives.career:
        archives.append(("career", scheme.archives.career.sections))
    for name, sections in archives:
        named = [kind for section in sections for kind in section.kinds]
        yield from (f"archives, {name}: kind {kind!r} is in two sections" for kind in repeated(named))
        rest = any(s.source in {"records", "misconduct"} and not s.kinds for s in sections)
        if name == "term" and not rest:
            for kind in scheme.kinds:
                if kind.archive != "never" and kind.id not in named:
                    yield f"archives, term: no section for kind {kind.id!r}"


def route_gaps(route: Route) -> Iterator[str]:
    """Gaps of a route: stages that are unreachable or lead to no end, deadlines without their action, missing outcomes."""
    stages = {stage.id: stage for stage in route.stages}
    for case in route.types:
        if not any(entry.type == case.id for entry in route.entries):
            yield f"cases: no entry for case type {case.id!r}"
    for entry in route.entries:
        if entry.stage not in stages:
            yield f"cases: {entry.type!r} starts at {entry.stage!r}, which is no stage"
        if entry.type not in _ids(route.types):
            yield f"cases: an entry is of type {entry.type!r}, which is no case type"
    for stage, action in route.moves():
        if action.leads_to is not None and action.leads_to not in stages:
            yield f"stage {stage.id!r}, action {action.id!r}: leads to {action.leads_to!r}, which is no stage"
    for stage in route.stages:
        timed = stage.deadline.action if stage.deadline else None
        if stage.deadline and stage.deadline.after is None and stage.operation is None:
            yield f"stage {stage.id!r}: its deadline is the end of a window, but it has no operation"
        if timed is not None and timed not in _ids(stage.actions):
            yield f"stage {stage.id!r}: its deadline takes an unknown action {timed!r}"
        for action in stage.actions:
            if action.by_clock and action.id != timed:
                yield f"stage {stage.id!r}, action {action.id!r}: is by_clock, but the deadline does not take it"
        if not stage.choices():
            yield f"stage {stage.id!r}: there is no action for people"
        name, at, _ = stage.actor.partition("@")
        if route.malicious is None and any(action.malicious for action in stage.actions):
            yield f"stage {stage.id!r}: complaints may be malicious, but `cases.malicious` does not say what follows"
        if at and name not in route.level_roles:
            yield f"stage {stage.id!r}: {name!r} is missing in level_roles"
    yield from _walk(route, frozenset(stages))


def _walk(route: Route, stages: frozenset[str]) -> Iterator[str]:
    """Follow all actions from every entry, with and without a proposal."""
    todo = [(entry.stage, False) for entry in route.entries if entry.stage in stages]
    seen = set(todo)
    while todo:
        name, proposed = todo.pop()
        for action in route.stage(name).actions:
            proposal = proposed or action.proposes is not None
            if action.outcome == "proposed" and not proposal:
                yield f"stage {name!r}, action {action.id!r}: accepts a proposal, but perhaps there is none"
            if action.leads_to in stages and (action.leads_to, proposal) not in seen:
                seen.add((action.leads_to, proposal))
                todo.append((action.leads_to, proposal))
    reached = {name for name, _ in seen}
    yield from (f"stage {stage.id!r}: unreachable" for stage in route.stages if stage.id not in reached)
    ends = {stage.id for stage, action in route.moves() if action.outcome is not None}
    while True:
        more = {stage.id for stage, action in route.moves() if action.leads_to in ends} - ends
        if not more:
            break
        ends |= more
    yield from (f"stage {stage.id!r}: leads to no end" for stage in route.stages if stage.id not in ends)
