"""A student's profile in the words of the scheme, and its photo: who sees it, who changes it (CS-15)."""

from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from identity.domain.profiles import Photo, lines, may_change_photo
from identity.domain.students import Student
from PIL import Image
from scheme import Schemes
from servicekit.auth import Actor
from servicekit.testing import SCHEMES, Caller, Kit, an_actor

from .builders import SCHOOL, Pupil, a_roster, a_tree, an_administrator, an_id_number, an_identity
from .test_roles_of_schemes import BAOSHAN, CHANGSHA, two_schools
from .test_roster_undo import undo

pytestmark = pytest.mark.feature("CS-15")
CLASS = f"{CHANGSHA}.g2025.c01"
PUPIL = Pupil(1, "李小溪", changed={"student_number": "CS20250101"})


def a_photo(by_staff: bool) -> Photo:
    return Photo("zp-photos", "k.jpg", None, "图片1.jpg", "image/jpeg", by_staff)


def a_student(**changes: Any) -> Student:
    given: dict[str, Any] = {
        "id": uuid4(), "person_id": uuid4(), "account_id": uuid4(), "name": "李小溪", "sex": "female", "born": None,
        "registry_number": "G3****1234", "registry_sealed": "", "registry_index": b"", "student_number": None,
        "eid": "3601000000017", "path": CLASS, "status": "enrolled", "school_title": "某中学", "grade_title": "七年级",
        "class_title": "2班", "id_number": None, "id_number_index": None, "version": 1,
    }  # fmt: skip
    return Student(**(given | changes))


def test_the_profile_shows_what_the_scheme_lists_in_its_order_with_a_masked_number_and_gaps_that_stay_visible() -> None:
    scheme = Schemes(SCHEMES).get("changsha", "2026.1")
    shown = lines(scheme, a_student(), an_id_number(1), "3601000000017")
    assert [(line.title, line.value) for line in shown] == [
        ("姓名", "李小溪"), ("性别", "女"), ("出生日期", ""), ("学校", "某中学"), ("班级", "七年级2班"),
        ("全国学籍号", "G3****1234"), ("身份证件号", "360***********0018"), ("本地学籍号", ""), ("账号", "3601000000017"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "now", "may"),
    [
        ("student", None, True),
        ("guardian", a_photo(False), True),
        ("student", a_photo(True), False),
        ("guardian", a_photo(True), False),
        ("administrator", a_photo(True), True),
        ("administrator", a_photo(False), True),
        ("class_teacher", None, False),
    ],
)
def test_family_and_school_change_the_photo_but_only_the_school_one_that_it_set(
    role: str, now: Photo | None, may: bool
) -> None:
    actor = an_actor(role, CHANGSHA if role == "administrator" else CLASS)
    assert may_change_photo(Schemes(SCHEMES).get("changsha", "2026.1"), actor, now) is may
    assert not may_change_photo(Schemes(SCHEMES).get("jiangxi", "2026.1"), actor, now), "its profile has no photo"


def a_picture() -> bytes:
    """A phone's picture with the device and its position in the metadata."""
    exif = Image.Exif()
    exif[0x010F] = "TellTale"
    exif.get_ifd(0x8825)[1] = "N"
    out = BytesIO()
    Image.new("RGB", (64, 80), "green").save(out, "JPEG", exif=exif)
    return out.getvalue()


async def uploaded(caller: Caller, data: bytes, to: str = "/photos") -> str:
    """The id of a checked upload."""
    offer = (await caller.post(to, {"name": "我.jpg", "media_type": "image/jpeg", "size": len(data)})).json
    form = aiohttp.FormData(offer["fields"])
    form.add_field("file", data, filename="file")
    async with aiohttp.ClientSession() as http, http.post(offer["url"], data=form) as sent:
        assert sent.status < 300
    done = await caller.post(f"{to}/{offer['file_id']}/completion")
    assert done.status == 200, done.json
    return str(offer["file_id"])


async def a_school(kit: Kit) -> tuple[UUID, Actor, Actor]:
    """A school with the pupil; the pupil's id, the pupil and a parent."""
    await two_schools(kit)
    await kit.receive(a_roster(PUPIL, Pupil(2), school=CHANGSHA))
    found = (await kit.as_(an_administrator(CHANGSHA)).get("/students")).json["items"]
    pupil_id = next(one for one in found if one["name"] == PUPIL.name)["id"]
    pupil = UUID(pupil_id)
    return pupil, an_actor("student", CLASS, students=(pupil,)), an_actor("guardian", CLASS, students=(pupil,))


async def test_a_photo_is_stored_clean_and_only_family_and_staff_in_scope_can_fetch_it(parts: Any) -> None:
    async with an_identity(parts, storage=True) as kit:
        pupil, student, guardian = await a_school(kit)
        own = kit.as_(student)
        assert (await own.get(f"/students/{pupil}/photo")).code == "not_found"
        file_id = await uploaded(own, a_picture())
        for _ in range(2):
            set_ = await own.put(f"/students/{pupil}/photo", {"file_id": file_id})
            assert set_.json["photo"] == {"title": "头像", "present": True, "by_school": False, "may_change": True}
        for actor in (student, guardian, an_administrator(CHANGSHA), an_actor("class_teacher", CLASS)):
            address = await kit.as_(actor).get(f"/students/{pupil}/photo")
            async with aiohttp.ClientSession() as http, http.get(address.json["url"]) as got:
                assert got.status == 200
                kept = await got.read()
            assert b"TellTale" not in kept
            assert Image.open(BytesIO(kept)).format == "JPEG"
            assert len(Image.open(BytesIO(kept)).getexif()) == 0
            profile = (await kit.as_(actor).get(f"/students/{pupil}/profile")).json
            assert {"id": "student_number", "title": "本地学籍号", "value": "CS20250101"} in profile["lines"]
            assert an_id_number(1) not in str(profile)
        other = uuid4()
        for actor in (
            an_actor("student", CLASS, students=(other,)),
            an_actor("guardian", CLASS, students=(other,)),
            an_actor("class_teacher", f"{CHANGSHA}.g2025.c02"),
            an_administrator(BAOSHAN),
            an_actor("class_teacher", f"{BAOSHAN}.g2025.c01"),
        ):
            for path in ("photo", "photo?preview=true", "profile"):
                assert (await kit.as_(actor).get(f"/students/{pupil}/{path}")).code == "not_found", (actor, path)
            if not actor.can("act_for_student", "correct_students"):
                continue
            stolen = await kit.as_(actor).put(f"/students/{pupil}/photo", {"file_id": file_id})
            assert stolen.code == "not_found", actor
        seen = (await kit.as_(an_administrator(CHANGSHA)).get("/audit", what="photo_set")).json["items"]
        assert len(seen) == 2


async def test_what_the_school_set_stays_until_the_school_changes_it_and_what_is_replaced_is_deleted(parts: Any) -> None:
    async with an_identity(parts, storage=True) as kit:
        pupil, student, guardian = await a_school(kit)
        parent, office = kit.as_(guardian), kit.as_(an_administrator(CHANGSHA))
        first = await uploaded(parent, a_picture())
        assert (await parent.put(f"/students/{pupil}/photo", {"file_id": first})).status == 200
        assert (await office.put(f"/students/{pupil}/photo", {"file_id": first})).status == 200, "the school takes it over"
        for caller in (parent, kit.as_(student)):
            mine = await uploaded(caller, a_picture())
            refused = await caller.put(f"/students/{pupil}/photo", {"file_id": mine})
            assert (refused.code, refused.json["rule"], refused.json["help"]) == (
                "photo_of_school",
                "CS-15",
                "school_administrator",
            )
            assert (await caller.delete(f"/students/{pupil}/photo")).code == "photo_of_school"
        second = await uploaded(office, a_picture())
        replaced = await office.put(f"/students/{pupil}/photo", {"file_id": second})
        assert replaced.json["photo"]["by_school"]
        async with kit.deps.db.reading() as tx:
            held = await tx.fetchval("SELECT count(*) FROM files WHERE id = $1 AND attached_to IS NULL", first)
        assert held == 1, "swept like any file that nothing needs"
        assert (await office.delete(f"/students/{pupil}/photo")).status == 204
        assert (await parent.get(f"/students/{pupil}/photo")).code == "not_found"
        assert (await parent.get(f"/students/{pupil}/profile")).json["photo"]["may_change"]


@pytest.mark.feature("L-10")
async def test_an_undone_roster_takes_the_photos_of_its_students_with_it(parts: Any) -> None:
    async with an_identity(parts, storage=True) as kit:
        await two_schools(kit)
        roster = a_roster(PUPIL, school=CHANGSHA)
        await kit.receive(roster)
        office = kit.as_(an_administrator(CHANGSHA))
        [one] = (await office.get("/students")).json["items"]
        file_id = await uploaded(office, a_picture())
        assert (await office.put(f"/students/{one['id']}/photo", {"file_id": file_id})).status == 200
        assert (await undo(kit, roster)).removed == 1
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM student_photos") == 0
            assert await tx.fetchval("SELECT attached_to FROM files WHERE id = $1", UUID(file_id)) is None


async def test_a_school_whose_scheme_has_no_photo_takes_none(parts: Any) -> None:
    async with an_identity(parts, storage=True) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(3)))
        [one] = (await kit.as_(an_administrator()).get("/students")).json["items"]
        family = kit.as_(an_actor("guardian", f"{SCHOOL}.g2025.c01", students=(UUID(one["id"]),)))
        assert (await family.get(f"/students/{one['id']}/profile")).json["photo"] is None
        refused = await family.put(f"/students/{one['id']}/photo", {"file_id": str(uuid4())})
        assert refused.code == "no_photo"
