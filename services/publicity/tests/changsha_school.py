"""A school with a scheme whose publicity is automatic, whose complaints are signed and whose appeals are told later."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot, Window
from publicity_builders import CLASS, CLOSES, OPENS, SCHOOL, SHOWN, House, a_guardian, a_record, a_term, approved, voided
from servicekit.auth import Actor
from servicekit.testing import Kit, a_student, an_actor

KIND = "public_welfare"
APPEALS_END = CLOSES - timedelta(days=2)


def windows(closes: Any = CLOSES) -> tuple[Window, ...]:
    """Publicity, and an end of the time to appeal before it ends."""
    return (
        Window(operation="publicity", starts=OPENS, ends=closes),
        Window(operation="appeal", starts=OPENS, ends=APPEALS_END),
    )


class Changsha(House):
    """The school, with a panel and a second parent."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self.term = a_term(scheme_id="changsha", windows=windows())
        self.panel = an_actor("publicity_panel", SCHOOL, name="公示审核小组")
        self.parent = a_guardian(self.owner.student_id)
        self.complainant = a_student(CLASS, name="刘政")
        self.records: dict[UUID, RecordSnapshot] = {}

    async def published(self, student: Actor | None = None, **changed: Any) -> UUID:
        """An entry that was approved and is published."""
        data = {"name": "参加烈士公园活动", "place": "烈士公园", "hours": "12"}
        kind = {"kind": KIND, "title": "参加烈士公园活动", "data": data}
        record = a_record(self.term.term_id, (student or self.owner).student_id, **(kind | changed))
        await self.kit.receive(approved(record))
        await self.to(SHOWN)
        async with self.kit.deps.db.reading() as tx:
            entry_id = UUID(str(await tx.fetchval("SELECT id FROM entries WHERE record_id = $1", record.record_id)))
        self.records[entry_id] = record
        return entry_id

    async def reported(self, entry_id: UUID, by: Actor | None = None) -> UUID:
        """A complaint about it."""
        new = {"entry_id": str(entry_id), "complaint_type": "fabricated", "text": "他那天没有去烈士公园"}
        answer = await self.kit.as_(by or self.complainant).post("/cases", new)
        assert answer.status == 201, answer.body
        return UUID(answer.json["case_id"])

    async def upheld(self, entry_id: UUID) -> UUID:
        """A complaint about it that the panel upheld."""
        case_id = await self.reported(entry_id)
        answer = await self.act(self.panel, case_id, "uphold", text="照片不是当天拍的")
        assert answer.status == 200, answer.body
        return case_id

    async def appealed(self, entry_id: UUID, by: Actor | None = None) -> UUID:
        """The owner's appeal."""
        new = {"entry_id": str(entry_id), "case_type": "appeal", "text": "照片由活动组织者提供，有签到表"}
        answer = await self.kit.as_(by or self.owner).post("/cases", new)
        assert answer.status == 201, answer.body
        await self.kit.receive(voided(self.records[entry_id]))  # in consequence of the exclusion; the appeal goes on
        return UUID(answer.json["case_id"])

    async def state_in_list(self, by: Actor | None = None) -> list[tuple[str, str]]:
        """The states in the list of one's appeals, with their titles."""
        items = (await self.kit.as_(by or self.owner).get("/appeals")).json["items"]
        return [(one["state"], one["state_title"]) for one in items]
