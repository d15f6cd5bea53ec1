"""What applications for enrolment changes add to the account histories: students move, are refused, and stay (BJ-04)."""

from typing import Any
from uuid import UUID

import hypothesis.strategies as st
from contracts.archive import ArchiveStatementV1
from contracts.identity import StudentMovedV1
from contracts.publicity import PublicityStatementV1
from contracts.records import RecordsStatementV1
from hypothesis.stateful import invariant, rule

from .test_enrolment_applications import today


class EnrolmentMoves:
    """A rule and an invariant for `AccountHistory`, whose names it uses."""

    world: Any
    children: Any
    staff: Any
    ever_at: Any
    moved: dict[str, str]
    unseen: bool
    x: str
    y: str

    def side_of(self, child: Any) -> str:
        """At which school a child is now."""
        moved: dict[str, str] = self.__dict__.setdefault("moved", {})
        return moved.get(child.name, "X" if child.home == self.x else "Y")

    @rule(child=st.integers(0, 12), outcome=st.sampled_from(["done", "done", "rejection", "withdrawal", "open"]))
    def move_by_application(self, child: int, outcome: str) -> None:
        """The present school applies; the application stays open, is taken back or refused, or the child moves."""
        wanted = self.children[child % len(self.children)]
        here = self.side_of(wanted)
        there = "Y" if here == "X" else "X"
        if self.ever_at[there]:
            self.world.run(self._apply(wanted, here, there, outcome))

    async def _apply(self, child: Any, here: str, there: str, outcome: str) -> None:
        kit, mine = self.world.identity, self.staff[f"admin {here}"]
        other = {"X": self.x, "Y": self.y}[there]
        [student] = (await mine.post("/students/search", {"q": child.pupil.registry_number})).json["items"]
        wish = {"change": "hand_over", "reason": "搬迁", "effective_on": today(), "student_id": student["id"], "school": other}
        sent = await mine.post("/enrolment-applications", wish)
        if sent.code == "application_open":
            open_ones = (await mine.get("/enrolment-applications", under_way="true")).json["items"]
            application = next(one for one in open_ones if one["student_id"] == student["id"])
        else:
            assert sent.status == 201, sent.body
            application = sent.json
        for answer in (RecordsStatementV1, PublicityStatementV1, ArchiveStatementV1):
            await kit.receive(answer(application_id=UUID(application["id"]), attempt=1, lines=()))
        url = f"/enrolment-applications/{application['id']}"
        steps = {"open": [], "withdrawal": [here], "rejection": [here], "done": [here, there]}[outcome]
        for side in steps:
            now = (await self.staff[f"admin {side}"].get(url)).json
            body: dict[str, Any] = {"reason": "资料不全"}
            if outcome == "done":
                body = {"statement": 1, "path": f"{other}.g2025.c01" if side == there else None}
            step = "approval" if outcome == "done" else outcome
            done = await self.staff[f"admin {side}"].post(f"{url}/{step}", body, **{"If-Match": f'"{now["version"]}"'})
            assert done.status == 200, done.body
        if outcome == "done":
            self.__dict__.setdefault("moved", {})[child.name] = there
            self.unseen = True
            self.ever_at[there].add(child.name)
            for event in await self.world.news(StudentMovedV1):
                await self.world.records.receive(event)

    @invariant()
    def staff_see_no_child_of_the_other_school(self) -> None:
        if self.__dict__.get("unseen"):  # once after each move: it is many requests
            self.world.run(self._staff_see())
            self.unseen = False

    async def _staff_see(self) -> None:
        for side in "XY":
            here = {child.name for child in self.children if self.side_of(child) == side}
            gone = [child for child in self.children if child.name in self.moved and child.name not in here]
            for who in (f"admin {side}", f"teacher {side}"):
                seen = {one["name"] for one in (await self.staff[who].get("/students")).json["items"]}
                assert seen <= here, f"{who} still sees {seen - here}"
                for child in gone:
                    found = await self.staff[who].post("/students/search", {"q": child.pupil.registry_number})
                    assert found.json["items"] == [], f"{who} still finds {child.name}"
