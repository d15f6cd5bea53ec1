"""One phone number with many identities in Changsha: children, posts, a new stage, a transfer, a wrong number (CS-14)."""

from typing import Any
from uuid import uuid4

import pytest
from servicekit.testing import Answer, Kit, an_actor

from .builders import (
    Pupil,
    a_class_teacher,
    a_roster,
    an_administrator,
    an_id_number,
    an_identity,
    sign_in,
    signed_in_with_password,
    slips_of,
    with_token,
)
from .test_initial_passwords import enter
from .test_roles_of_schemes import CHANGSHA, two_schools

pytestmark = pytest.mark.feature("CS-14")
NEW_SCHOOL = "hn.cs.yl.s2"
PHONE, WRONG_PHONE = "13800000321", "13800000322"
PASSWORD = "Sunny-Day-7"
PARENT_ID = an_id_number(900)
ELDER, YOUNGER = Pupil(1, "李小溪", PHONE, "李雷"), Pupil(2, "李小海", PHONE, "李雷")
LATER = Pupil(3, "李小江", WRONG_PHONE, "李雷")


async def two_schools_of_one_district(kit: Kit) -> None:
    await two_schools(kit)
    sent = {"parent": "hn.cs.yl", "code": "s2", "title": "长郡高中"}
    assert (await kit.as_(an_administrator("hn.cs.yl")).post("/organisations", sent)).status == 201


async def take(kit: Kit, session: Answer, child: Pupil, **changed: str) -> Answer:
    """Take a child's card with the proof that a parent has."""
    body = {
        "child_name": child.display_name, "child_id_number": an_id_number(child.n), "guardian_name": "李雷",
        "guardian_id_number": PARENT_ID, "guardian_phone": PHONE,
    }  # fmt: skip
    return await with_token(kit, session).post("/cards/child", body | changed)


async def children(kit: Kit, session: Answer) -> list[tuple[str, str]]:
    """Name and class of the children whom the session's card acts for."""
    items = (await with_token(kit, session).get("/students")).json["items"]
    return [(one["name"], one["path"]) for one in items]


async def switched(kit: Kit, session: Answer, role: str, name: str | None = None) -> Answer:
    """The session with another card of the same account."""
    me = (await with_token(kit, session).get("/me")).json
    card = next(one for one in me["cards"] if one["role"] == role and name in (None, one["student_name"]))
    chosen = await with_token(kit, session).post("/sessions/card", {"card_id": card["id"]})
    assert chosen.status == 201, chosen.json
    return chosen


async def test_children_and_posts_of_one_number_share_a_password_and_are_switched(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await two_schools_of_one_district(kit)
        await kit.receive(a_roster(ELDER, school=CHANGSHA))
        first = await enter(kit, PHONE, {"name": "李小溪", "sex": "female"})
        session = await with_token(kit, first).put("/password", {"new": PASSWORD})
        assert (await take(kit, session, ELDER)).status == 201
        assert await children(kit, await switched(kit, session, "guardian")) == [("李小溪", f"{CHANGSHA}.g2025.c01")]

        posts = (a_class_teacher(PHONE, "李雷"), a_class_teacher(PHONE, "李雷", class_number=2))
        await kit.receive(a_roster(YOUNGER, teachers=posts, school=NEW_SCHOOL))
        again = await sign_in(kit, PHONE, PASSWORD)
        assert again.status == 201, "one password, whatever identities a number gets"
        offers = (await with_token(kit, again).get("/me")).json["offers"]
        assert sorted(one["role"] for one in offers) == ["class_teacher", "class_teacher", "guardian"]
        assert "李小海" not in str(offers), "an offer shows no child before the proof"
        wrong = await take(kit, again, YOUNGER, child_id_number=an_id_number(77))
        assert wrong.code == "child_unknown"
        taken = await take(kit, again, YOUNGER)
        assert taken.status == 201, taken.json
        for name, school in (("李小溪", CHANGSHA), ("李小海", NEW_SCHOOL)):
            chosen = await switched(kit, again, "guardian", name)
            assert await children(kit, chosen) == [(name, f"{school}.g2025.c01")], "one child at a time"
        slip = (await slips_of(kit, "staff", NEW_SCHOOL, an_administrator(NEW_SCHOOL)))[PHONE]
        post, _ = [one for one in offers if one["card_id"] is not None]
        url = f"/me/offers/{post['card_id']}/activate"
        guessed = await with_token(kit, again).post(url, {"password": "k7wm-3xqz-9hfa"})
        assert guessed.code == "offer_password_wrong", "a post is proved by the slip of its school"
        proved = await with_token(kit, again).post(url, {"password": slip})
        assert [one["role"] for one in proved.json["cards"]].count("class_teacher") == 2
        posted = await switched(kit, again, "class_teacher")
        assert await children(kit, posted) == [("李小海", f"{NEW_SCHOOL}.g2025.c01")], "the class of this post"
        assert (await sign_in(kit, PHONE, PASSWORD)).status == 201


async def test_a_transfer_is_followed_and_a_wrong_number_is_corrected_by_the_school(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await two_schools_of_one_district(kit)
        await kit.receive(a_roster(ELDER, school=CHANGSHA))
        await kit.receive(a_roster(LATER, school=NEW_SCHOOL))
        slip = (await slips_of(kit, "guardians", CHANGSHA, an_administrator(CHANGSHA)))[PHONE]
        session = await signed_in_with_password(kit, PHONE, slip)
        assert (await take(kit, session, ELDER)).status == 201
        session = await switched(kit, session, "guardian")
        [elder] = (await with_token(kit, session).get("/students")).json["items"]
        to = {"path": f"{NEW_SCHOOL}.g2025.c01", "reason": "转学"}
        moved = await kit.as_(an_administrator("hn.cs.yl")).post(f"/students/{elder['id']}/move", to, If_Match='"1"')
        assert moved.status == 200, moved.json
        again = await sign_in(kit, PHONE, PASSWORD)
        assert await children(kit, await switched(kit, again, "guardian")) == [("李小溪", to["path"])]

        # The new school entered another number for the second child: there is no new identity, until it corrects the number.
        assert (await with_token(kit, again).get("/me")).json["offers"] == []
        refused = await take(kit, again, LATER)
        assert refused.code == "guardian_unknown"
        await kit.receive(a_roster(Pupil(3, "李小江", PHONE, "李雷"), school=NEW_SCHOOL))
        taken = await take(kit, again, LATER)
        assert taken.status == 201, taken.json
        assert await children(kit, await switched(kit, again, "guardian", "李小江")) == [("李小江", to["path"])]
        stranger = an_actor("guardian", to["path"], students=(uuid4(),))
        assert (await kit.as_(stranger).get(f"/students/{elder['id']}")).code == "not_found"
