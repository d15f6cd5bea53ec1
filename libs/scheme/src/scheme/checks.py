"""What must hold between the parts of a scheme: every name leads somewhere, every route has an end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from scheme.base import HasId, twice
from scheme.cases import PARTIES, Route
from scheme.kinds import Chain

if TYPE_CHECKING:
    from scheme.scheme import Scheme


def contradictions(scheme: Scheme) -> Iterator[str]:
    """Every contradiction as a plain sentence that names its place; none when the scheme is sound."""
    yield from _twins(scheme)
    yield from _names(scheme)
    yield from _kinds(scheme)
    yield from _sections(scheme)
    yield from route_gaps(scheme.cases)


def _ids(things: Iterable[HasId]) -> frozenset[str]:
    return frozenset(thing.id for thing in things)


def _twins(scheme: Scheme) -> Iterator[str]:
    lists: dict[str, Iterable[HasId]] = {
        "role": scheme.roles,
        "dimension": scheme.dimensions,
        "kind": scheme.kinds,
        "operation": scheme.timing.operations,
        "switch": scheme.switches,
        "return reason": scheme.return_reasons,
        "evaluation": scheme.evaluations,
        "import type": scheme.imports,
        "catalog": scheme.catalogs,
        "case type": scheme.cases.types,
        "stage": scheme.cases.stages,
    }
    for what, things in lists.items():
        for name in twice(thing.id for thing in things):
            yield f"{what} {name!r} is there twice"


type Mention = tuple[str, str, str | None]
"""Where, what sort of thing, and the name used there (None: nothing named)."""


def _names(scheme: Scheme) -> Iterator[str]:
    known = {
        "role": _ids(scheme.roles),
        "operation": _ids(scheme.timing.operations),
        "kind": _ids(scheme.kinds),
        "dimension": _ids(scheme.dimensions),
        "switch": _ids(scheme.switches),
        "evaluation": _ids(scheme.evaluations),
        "catalog": _ids(scheme.catalogs),
        "case type": _ids(scheme.cases.types),
    }
    for where, what, name in _mentions(scheme):
        if name is not None and name not in known[what]:
            yield f"{where}: there is no {what} {name!r}"


def _mentions(scheme: Scheme) -> Iterator[Mention]:
    for kind in scheme.kinds:
        where = f"kind {kind.id!r}"
        yield where, "operation", kind.operation
        if kind.publicity.trigger == "selected":
            yield f"{where}, publicity", "operation", kind.publicity.operation
        yield from ((where, "role", role) for role in kind.entry_roles)
        yield from _chain(f"{where}, review", kind.review)
        for field in kind.form.fields:
            yield f"{where}, field {field.id!r}", "catalog", field.catalog
            yield from ((f"{where}, field {field.id!r}", "role", r) for r in (*field.written_by, *field.read_by))
    if scheme.positions:
        yield "positions", "operation", scheme.positions.operation
        yield from (("positions", "role", role) for role in scheme.positions.declared_by)
        yield from _chain("positions, review", scheme.positions.review)
    yield from _timing(scheme)
    yield from _parts(scheme)
    yield from _outcomes(scheme)
    yield from _cases(scheme.cases)


def _chain(where: str, chain: Chain) -> Iterator[Mention]:
    for step in chain.steps:
        place = f"{where} step {step.id!r}"
        yield place, "role", step.role
        yield place, "operation", step.operation
        yield place, "operation", step.mend_operation
        yield place, "switch", step.switch
        for silence in (step.silence, step.unmended):
            yield place, "role", silence.to
            yield place, "case type", silence.case


def _timing(scheme: Scheme) -> Iterator[Mention]:
    timing = scheme.timing
    yield "timing, publicity_operation", "operation", timing.publicity_operation
    for operation in timing.operations:
        where = f"operation {operation.id!r}"
        yield from ((where, "role", role) for role in operation.roles)
        yield where, "operation", operation.during
        yield where, "role", operation.helper
        for edge in (operation.not_before, operation.not_after):
            yield where, "operation", edge.partition(".")[0] if edge else None
    for rule in timing.precedences:
        for edge in (rule.earlier, rule.later):
            yield f"precedence {rule.says!r}", "operation", edge.partition(".")[0]
    for plan in timing.usual:
        yield f"usual window of {plan.operation!r}", "operation", plan.operation
        yield from ((f"usual window of {plan.operation!r}", "role", role) for role in plan.roles)


def _parts(scheme: Scheme) -> Iterator[Mention]:
    yield "board", "operation", scheme.board.operation
    yield from (("board", "role", rule.role) for rule in scheme.board.rules)
    for switch in scheme.switches:
        yield f"switch {switch.id!r}", "role", switch.set_by
        yield f"switch {switch.id!r}", "operation", switch.operation
        yield from ((f"switch {switch.id!r}", "kind", kind) for kind in switch.frozen_by_kinds)
    for wanted in scheme.imports:
        where = f"import type {wanted.id!r}"
        yield where, "kind", wanted.kind
        yield where, "evaluation", wanted.evaluation
        yield where, "operation", wanted.operation
        yield from ((where, "role", role) for role in wanted.roles)
    for catalog in scheme.catalogs:
        yield from ((f"catalog {catalog.id!r}", "role", role) for role in catalog.kept_by.values())


def _outcomes(scheme: Scheme) -> Iterator[Mention]:
    for one in scheme.evaluations:
        yield f"evaluation {one.id!r}", "operation", one.operation
        yield from ((f"evaluation {one.id!r}", "role", role) for role in one.by)
    result = scheme.result
    if result.type == "scored":
        yield "result", "role", result.locked_by
        for part in result.parts:
            yield f"result, part {part.id!r}", "evaluation", part.evaluation
            yield f"result, part {part.id!r}", "operation", part.operation
            yield from ((f"result, part {part.id!r}", "role", role) for role in part.by)
    if result.type == "verdict":
        yield "result", "role", result.by
        yield "result", "operation", result.operation
    archives = scheme.archives
    yield from (("archives, radar", "dimension", axis.dimension) for axis in archives.radar.axes)
    yield from (("archives, radar", "kind", kind) for axis in archives.radar.axes for kind in axis.weights)
    for sign in (*archives.term.sign_off, *(archives.career.sign_off if archives.career else ())):
        yield f"archives, sign_off {sign.id!r}", "role", sign.by
        yield f"archives, sign_off {sign.id!r}", "operation", sign.operation
    if archives.career:
        yield "archives, career", "operation", archives.career.operation
        yield "archives, career", "role", archives.career.picked_by
        yield from (("archives, career, quotas", "kind", kind) for kind in archives.career.quotas)
    if archives.release:
        yield "archives, release", "role", archives.release.by
        yield "archives, release", "operation", archives.release.operation
    if archives.backfill:
        yield "archives, backfill", "role", archives.backfill.by
        yield from (("archives, backfill", "evaluation", name) for name in archives.backfill.optional_evaluations)


def _cases(route: Route) -> Iterator[Mention]:
    for case in route.types:
        yield f"case type {case.id!r}", "operation", case.operation
        yield f"case type {case.id!r}", "case type", case.follows
        yield from (
            (f"case type {case.id!r}", "role", role)
            for role in (*case.opened_by, *case.unsealed_by, *case.told)
            if role not in PARTIES
        )
    for stage in route.stages:
        yield f"stage {stage.id!r}", "operation", stage.operation
        if "@" not in stage.actor and stage.actor not in PARTIES:
            yield f"stage {stage.id!r}", "role", stage.actor
    for name, levels in route.level_roles.items():
        yield from ((f"level_roles {name!r}", "role", role) for role in levels.values())


def _kinds(scheme: Scheme) -> Iterator[str]:
    """What an import, a release or the draft rules ask of a kind."""
    for wanted in scheme.imports:
        kind = next((kind for kind in scheme.kinds if kind.id == wanted.kind), None)
        if kind is None:
            continue
        fields = _ids(kind.form.fields)
        for name in (*wanted.same_by, *(column.field for column in wanted.columns)):
            if name not in fields:
                yield f"import type {wanted.id!r}: kind {kind.id!r} has no field {name!r}"
        left_out = {field.id for field in kind.form.fields if field.required} - {c.field for c in wanted.columns}
        if wanted.columns and left_out:
            yield f"import type {wanted.id!r}: no column for the required field {min(left_out)!r}"
    if scheme.archives.release is None and any(kind.releasable for kind in scheme.kinds):
        yield "archives: a kind is releasable, but `release` does not say by whom"
    if scheme.drafts and scheme.drafts.default_visibility not in _ids(scheme.drafts.visibilities):
        yield f"drafts: there is no visibility {scheme.drafts.default_visibility!r}"


def _sections(scheme: Scheme) -> Iterator[str]:
    """Every kind that is archived has one place in the archive."""
    archives = [("term", scheme.archives.term.sections)]
    if scheme.archives.career:
        archives.append(("career", scheme.archives.career.sections))
    known = _ids(scheme.kinds)
    for name, sections in archives:
        named = [kind for section in sections for kind in section.kinds]
        yield from (f"archives, {name}: there is no kind {kind!r}" for kind in named if kind not in known)
        yield from (f"archives, {name}: kind {kind!r} is in two sections" for kind in twice(named))
        rest = any(s.source in {"records", "misconduct"} and not s.kinds for s in sections)
        if name == "term" and not rest:
            for kind in scheme.kinds:
                if kind.archive != "never" and kind.id not in named:
                    yield f"archives, term: no section for kind {kind.id!r}"


def route_gaps(route: Route) -> Iterator[str]:
    """Holes in a route: unreachable or dead stages, deadlines without their action, ends without an outcome."""
    stages = {stage.id: stage for stage in route.stages}
    for case in route.types:
        if not any(entry.type == case.id for entry in route.entries):
            yield f"cases: nothing says where a {case.id!r} starts"
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
        if timed is not None and timed not in _ids(stage.actions):
            yield f"stage {stage.id!r}: its deadline takes the action {timed!r}, which it does not have"
        for action in stage.actions:
            if action.by_clock and action.id != timed:
                yield f"stage {stage.id!r}, action {action.id!r}: is by_clock, but no deadline takes it"
        if not stage.choices():
            yield f"stage {stage.id!r}: nobody can do anything there"
        name, at, _ = stage.actor.partition("@")
        if at and name not in route.level_roles:
            yield f"stage {stage.id!r}: level_roles does not say who {name!r} is"
    yield from _walk(route, frozenset(stages))


def _walk(route: Route, stages: frozenset[str]) -> Iterator[str]:
    """Follow every way from every entry, with and without a proposal."""
    todo = [(entry.stage, False) for entry in route.entries if entry.stage in stages]
    seen = set(todo)
    while todo:
        name, proposed = todo.pop()
        for action in route.stage(name).actions:
            carried = proposed or action.proposes is not None
            if action.outcome == "proposed" and not carried:
                yield f"stage {name!r}, action {action.id!r}: agrees to a proposal that nobody may have made"
            after = (action.leads_to, carried)
            if action.leads_to in stages and after not in seen:
                seen.add((action.leads_to, carried))
                todo.append((action.leads_to, carried))
    reached = {name for name, _ in seen}
    yield from (f"stage {stage.id!r}: no case ever gets there" for stage in route.stages if stage.id not in reached)
    ends = {stage.id for stage, action in route.moves() if action.outcome is not None}
    while True:
        more = {stage.id for stage, action in route.moves() if action.leads_to in ends} - ends
        if not more:
            break
        ends |= more
    yield from (f"stage {stage.id!r}: no way leads to an end" for stage in route.stages if stage.id not in ends)
