"""Reading the audit trail."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.auth import Actor

from identity.deps import IdentityDeps
from identity.store import audit
from identity.store.audit import AuditRow, NewAuditRow


@dataclass(frozen=True)
class AuditQuery:
    """Filters; None does not filter. `before` is the id of the last row already read."""

    path: str | None
    what: str | None
    account_id: UUID | None
    subject: str | None
    before: UUID | None


async def listed(deps: IdentityDeps, actor: Actor, query: AuditQuery, limit: int, client: str) -> list[AuditRow]:
    """The audit rows of an organisation in the actor's scope and below, newest first. Reading the first page is audited."""
    path = actor.path if query.path is None else query.path
    actor.need(path)
    async with deps.db.transaction() as tx:
        found = await audit.listed(tx, path, query.what, query.account_id, query.subject, query.before, limit)
        if query.before is None:
            detail = {"what": query.what, "account_id": query.account_id, "subject": query.subject}
            audit_row = NewAuditRow("audit_read", actor.account_id, actor.card_id, path, client, detail, (path,))
            await audit.add(tx, deps.now(), [audit_row])
    return found
