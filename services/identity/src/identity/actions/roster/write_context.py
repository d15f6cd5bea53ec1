"""What the writing of one plan shares: the transaction, the batch, and what is to be published, noted and audited."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import Event
from contracts.importer import RosterCommittedV1
from servicekit.db import Tx

from identity.deps import IdentityDeps
from identity.domain.roster.changes import Change
from identity.domain.roster.steps import Plan
from identity.store.audit import NewAuditRow

REASON = "名册导入"


@dataclass
class WriteContext:
    """One plan while it is written, in one transaction."""

    deps: IdentityDeps
    tx: Tx
    batch: RosterCommittedV1
    plan: Plan
    now: datetime
    events: list[Event] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    audit_rows: list[NewAuditRow] = field(default_factory=list)
    account_ids: dict[str, tuple[UUID, UUID]] = field(default_factory=dict)
    """(account, person) by phone number."""

    def note(self, row: int, what: str, **about: Any) -> None:
        """Note a change, so that the roster can be undone (L-10). `row` 0: of several rows."""
        self.changes.append(Change(row=row, what=what, **about))
