"""What an import is about: its type, organisation and term, looked up and checked against the caller's scope."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.base import ancestor, within
from scheme import Refused, Scheme, UnknownError
from scheme.operations import edge_at
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Term
from servicekit.refusals import Refusal, require

from importer.deps import ImportDeps
from importer.domain import Batch
from importer.domain.definition_from_scheme import definition_of
from importer.domain.definitions import ROSTER, ImportDefinition, roster_for, with_layouts
from importer.store import reference_data

LEVELS = {"school": "学校", "grade": "年级", "class": "班级"}


@dataclass(frozen=True)
class ImportContext:
    """An import type for an organisation, in a term where it needs one."""

    definition: ImportDefinition
    path: str
    role: str
    term: Term | None = None
    sealed: bool = False
    """The term's archives are sealed."""
    scheme: Scheme | None = None
    """The scheme under which a batch is begun; a roster's is that of the school, if it has one."""

    @property
    def rule(self) -> str | None:
        """The rule id that the scheme gives this import; the roster is part of no scheme."""
        return self.term.scheme.rule(self.definition.rule) if self.term else None

    def need_open(self, roles: Collection[str], deps: ImportDeps) -> None:
        """Refuse outside the time window of the type's operation, and once the term is sealed; the roster has neither."""
        require(not self.sealed, "term_sealed", rule=self.rule, help="请联系校管理员")
        if self.term is not None and self.definition.operation is not None:
            self.term.need_open(self.definition.operation, roles, deps.now(), self.path, self.rule)

    def undo_locked(self, deps: ImportDeps) -> bool:
        """Whether it is too late to undo (X-12): see `undo_until`."""
        may, _ = self.undo_until(deps)
        return not may

    def undo_until(self, deps: ImportDeps) -> tuple[bool, datetime | None]:
        """Whether the import may still be undone (X-12), and until when: records until publicity opens; comments, and records
        that are never in publicity, until their window closes; none of them once the term is sealed. Of a roster, identity
        decides row by row, without a time limit (L-10)."""
        if self.definition.target == "identity":
            return True, None
        if self.sealed or self.term is None or self.definition.operation is None:
            return False, None
        publicity = None if self.definition.target == "archive" else self.term.scheme.timing.publicity_operation
        edge = f"{publicity}.starts"
        if publicity is not None and (opens := edge_at(self.term.timetable, edge, self.term.grade(self.path))) is not None:
            return deps.now() < opens, opens
        answer = self.term.ask(self.definition.operation, [self.role], deps.now(), self.path)
        return (False, None) if isinstance(answer, Refused) else (True, answer.until)


async def load_context(
    deps: ImportDeps, tx: Tx, type_: str, path: str | None, term_id: UUID | None, by: Actor
) -> ImportContext:
    """What the caller wants to import. Refuses unknown types, organisations out of scope and roles that may not."""
    org_path = by.path if path is None else path
    by.need(org_path)
    organisation = await reference_data.organisation(tx, org_path)
    if type_ == ROSTER.type:
        require(by.is_(*ROSTER.roles), "forbidden", rule="NR-01", help="请联系校管理员")
        if organisation is None or organisation.level != "school":
            raise Refusal("not_found", field="path")
        of_school = _scheme(deps, organisation.scheme_id, organisation.scheme_version)
        as_role = next(role for role in ROSTER.roles if role in by.roles)
        return ImportContext(roster_for(of_school), org_path, as_role, scheme=of_school)
    if term_id is None:
        raise Refusal("invalid_input", errors=[{"field": "term_id", "message": "请选择学期", "in": "body"}])
    term = await term_for(deps, tx, term_id, by)
    scheme = term.scheme
    require(within(org_path, term.path) and organisation is not None, "not_found", field="path")
    try:
        import_type = scheme.import_type(type_)
    except UnknownError:
        raise Refusal("import_unknown", rule=scheme.rule("import"), field="type", scheme=term.scheme_name) from None
    role = role_for(import_type.roles, by)
    if role is None:
        who = "、".join(scheme.role_title(name) for name in import_type.roles)
        raise Refusal("forbidden", rule=scheme.rule("import"), scheme=term.scheme_name, help=f"由{who}导入")
    sealed = await reference_data.is_sealed(tx, term.id)
    return ImportContext(definition_of(scheme, type_, role), org_path, role, term, sealed, scheme)


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


def role_for(roles: Sequence[str], by: Actor) -> str | None:
    """The role of the card among those that may import, or None."""
    return next((role for role in roles if role in by.roles), None)


async def titles(tx: Tx, context: ImportContext) -> list[tuple[str, str]]:
    """School, grade and class, and term, as the template's first lines show them."""
    paths = [ancestor(context.path, level) for level in LEVELS]
    found = [(LEVELS[org.level], org.title) for org in await reference_data.organisations(tx, paths) if org.level in LEVELS]
    return [*found, ("学期", context.term.title)] if context.term else found


def holder(batch_id: UUID) -> str:
    """What an upload is attached to."""
    return f"batch:{batch_id}"


def scheme_of(deps: ImportDeps, batch: Batch) -> Scheme | None:
    """The scheme under which a batch was begun; of a roster that of the school, if it had one."""
    return _scheme(deps, batch.scheme_id, batch.scheme_version)


def _scheme(deps: ImportDeps, id: str | None, version: str | None) -> Scheme | None:
    if id is None or version is None:
        return None
    try:
        return deps.schemes.get(id, version)
    except UnknownError:
        raise Refusal("scheme_missing", scheme=f"{id}@{version}", help="请联系平台运维人员") from None


def definition_for(deps: ImportDeps, batch: Batch) -> ImportDefinition:
    """The definition under which a batch was begun."""
    scheme = scheme_of(deps, batch)
    if batch.type == ROSTER.type or scheme is None:
        definition = roster_for(scheme)
    else:
        definition = definition_of(scheme, batch.type, batch.role)
    return with_layouts(definition, deps.schemes.layouts)
