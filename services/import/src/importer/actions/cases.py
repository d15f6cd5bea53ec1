"""Which import is meant: type, place and term of a request, looked up and found to be the caller's to use."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.base import ancestor, within
from scheme import Refused, Scheme, UnknownError
from scheme.operations import edge_at
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Term
from servicekit.refusals import Refusal, require

from importer.deps import ImportDeps
from importer.domain.from_scheme import plan_of
from importer.domain.plans import ROSTER, Plan
from importer.store import known


@dataclass(frozen=True)
class Case:
    """An import type at a place, in a term where it needs one."""

    plan: Plan
    path: str
    role: str
    term: Term | None = None
    sealed: bool = False
    """The term's archives are made already."""

    @property
    def rule(self) -> str | None:
        """The rule it carries out; the roster's is no scheme's."""
        return self.term.scheme.rule("evaluation" if self.plan.evaluation else "import") if self.term else None

    def need_open(self, roles: Collection[str], deps: ImportDeps) -> None:
        """Refuse outside the window of the type's operation, and once the term is sealed; the roster has neither."""
        require(not self.sealed, "term_sealed", rule=self.rule, help="请联系校管理员")
        if self.term is not None and self.plan.operation is not None:
            self.term.need_open(self.plan.operation, roles, deps.now(), self.path, self.rule)

    def locked(self, deps: ImportDeps) -> bool:
        """Whether it is too late to undo (X-12): records once publicity opens; comments, and records that are never
        publicised, once their window is closed; all of them once the term is sealed."""
        if self.sealed or self.term is None or self.plan.operation is None:
            return True
        publicity = None if self.plan.evaluation else self.term.scheme.timing.publicity_operation
        edge = f"{publicity}.starts"
        if publicity is not None and (opens := edge_at(self.term.timetable, edge, self.term.grade(self.path))) is not None:
            return opens <= deps.now()
        return isinstance(self.term.ask(self.plan.operation, [self.role], deps.now(), self.path), Refused)


async def term_for(deps: ImportDeps, tx: Tx, term_id: UUID, by: Actor) -> Term:
    """A term of the caller's school (or of a school below them)."""
    term = await known_term(deps, tx, term_id)
    if term is None or not (within(by.path, term.path) or within(term.path, by.path)):
        raise Refusal("not_found", field="term_id")
    return term


async def known_term(deps: ImportDeps, tx: Tx, term_id: UUID) -> Term | None:
    """A term, or `scheme_missing` where this process does not have its scheme version."""
    try:
        return await deps.directory.term(tx, term_id)
    except UnknownError as unknown:
        raise Refusal("scheme_missing", detail=str(unknown), help="请联系平台运维人员") from None


def rules_of(deps: ImportDeps, scheme_id: str, version: str) -> Scheme:
    """The scheme a term runs under."""
    try:
        return deps.schemes.get(scheme_id, version)
    except UnknownError:
        raise Refusal("scheme_missing", scheme=f"{scheme_id}@{version}", help="请联系平台运维人员") from None


async def case_of(deps: ImportDeps, tx: Tx, type_: str, path: str | None, term_id: UUID | None, by: Actor) -> Case:
    """What the caller wants to import. Unknown types, other people's places and roles that may not are refused."""
    place = by.path if path is None else path
    by.need(place)
    if type_ == ROSTER.type:
        require(by.is_(*ROSTER.roles), "forbidden", rule="NR-01", help="请联系校管理员")
        found = (await known.places(tx, [place])).get(place)
        require(found is not None and found.level == "school", "not_found", field="path")
        return Case(ROSTER, place, next(role for role in ROSTER.roles if role in by.roles))
    if term_id is None:
        raise Refusal("invalid_input", errors=[{"field": "term_id", "message": "请选择学期", "in": "body"}])
    term = await term_for(deps, tx, term_id, by)
    scheme = term.scheme
    if not within(place, term.path) or place not in await known.places(tx, [place]):
        raise Refusal("not_found", field="path")
    try:
        wanted = scheme.import_type(type_)
    except UnknownError:
        raise Refusal("import_unknown", rule=scheme.rule("import"), field="type", scheme=term.scheme_name) from None
    role = role_for(wanted.roles, by)
    if role is None:
        who = "、".join(scheme.role_title(name) for name in wanted.roles)
        raise Refusal("forbidden", rule=scheme.rule("import"), scheme=term.scheme_name, help=f"由{who}导入")
    return Case(plan_of(scheme, type_, role), place, role, term, await known.is_sealed(tx, term.id))


def role_for(roles: Sequence[str], by: Actor) -> str | None:
    """The role of the card among those that may import, or None."""
    return next((role for role in roles if role in by.roles), None)


async def titles(tx: Tx, case: Case) -> tuple[tuple[str, str], ...]:
    """School, grade and class, and term, as the template's first lines show them."""
    levels = {"school": "学校", "grade": "年级", "class": "班级"}
    paths = list(dict.fromkeys(ancestor(case.path, level) for level in levels))
    places = await known.places(tx, paths)
    found = [(levels[places[path].level], places[path].title) for path in paths if path in places]
    lines = [(label, title) for label, title in found if label in levels.values()]
    return (*lines, ("学期", case.term.title)) if case.term else tuple(lines)
