"""Builders: keys, ID numbers that check, roster batches, and a small province with one school."""

import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contracts.importer import BatchRow, BatchUndoneV1, RosterCheckRequestedV1, RosterCommittedV1
from identity.app import SERVICE
from people.documents import check_digit
from servicekit.auth import Actor
from servicekit.encryption import Sealer
from servicekit.ids import new_id
from servicekit.testing import Answer, Caller, Kit, a_service, an_actor, signing_key

SCHOOL = "jx.nc.dh.s1"
CLASS = f"{SCHOOL}.g2025.c01"
OPERATOR_PASSWORD = "Zeroth-Day-2026"
MISSING = object()
KEYS = {name: base64.urlsafe_b64encode(bytes([n]) * 32).decode() for n, name in enumerate(("data", "index", "seal"))}


def an_id_number(n: int) -> str:
    """The n-th ID number, with the right check character."""
    body = f"36010220100101{n:03d}"
    return body + check_digit(body)


@asynccontextmanager
async def an_identity(parts: Any, *, storage: bool = False, **settings: Any) -> AsyncIterator[Kit]:
    """The service with test keys; `storage`: with an object storage for photos, which is its public address, too."""
    given = {
        "token_signing_key": json.dumps(signing_key().as_dict(private=True)),
        "data_key": KEYS["data"],
        "index_key": KEYS["index"],
        "seal_key": KEYS["seal"],
        "operator_password": OPERATOR_PASSWORD,
    }
    if not storage:
        given |= {"s3_endpoint": "http://127.0.0.1:9", "s3_access_key": "none", "s3_secret_key": "none"}
    async with a_service(SERVICE, parts, storage=storage, **(given | settings)) as kit:
        yield kit


def an_administrator(path: str = SCHOOL) -> Actor:
    """The administrator of an organisation, with a token that has no account in identity."""
    return an_actor("administrator", path, name="管理员")


async def a_tree(kit: Kit, school: str = SCHOOL) -> None:
    """Province, city, district and school under the Jiangxi scheme."""
    operator = kit.as_(an_actor("operator", ""))
    labels = school.split(".")
    first = {"parent": "", "code": labels[0], "title": "江西省", "scheme_id": "jiangxi"}
    assert (await operator.post("/organisations", first)).status in (201, 409)
    admin = kit.as_(an_administrator(labels[0]))
    for depth, title in ((1, "南昌市"), (2, "东湖区"), (3, "江西实验中学")):
        sent = {"parent": ".".join(labels[:depth]), "code": labels[depth], "title": title}
        assert (await admin.post("/organisations", sent)).status in (201, 409)


@dataclass(frozen=True)
class Pupil:
    """One row of the students' sheet. `changed` replaces values of the row's data; a value of `MISSING` leaves it out."""

    n: int
    name: str = ""
    guardian_phone: str = ""
    guardian_name: str = ""
    class_number: int = 1
    sex: str = "女"
    id_number: str = ""
    registry: str = ""
    document_type: str = "resident_id"
    class_title: str = ""
    guardians: tuple[dict[str, Any], ...] | None = None
    changed: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> str | None:
        return None if self.document_type == "none" else self.id_number or an_id_number(self.n)

    @property
    def registry_number(self) -> str:
        return self.registry or a_registry_number(self.n)

    @property
    def display_name(self) -> str:
        return self.name or f"学生{self.n}"

    @property
    def phone(self) -> str:
        return self.guardian_phone or f"1380000{self.n:04d}"

    def data(self) -> dict[str, Any]:
        """The row's data as import sends it."""
        guardian = {"name": self.guardian_name or f"家长{self.n}", "relation": "母亲", "phone": self.phone}
        data = {
            "name": self.display_name,
            "sex": self.sex,
            "born": "2010-01-01",
            "document_type": self.document_type,
            "entry_year": 2025,
            "class_title": self.class_title or f"{self.class_number}班",
            "class_order": self.class_number,
            "guardians": [guardian] if self.guardians is None else list(self.guardians),
        } | self.changed
        return {name: value for name, value in data.items() if value is not MISSING}


def a_registry_number(n: int, letter: str = "G") -> str:
    """The n-th national registry number."""
    return f"{letter}3601022010010{n:05d}"


def _sealed(batch_id: UUID, sheet: str, row: int, plaintext: dict[str, str | None]) -> dict[str, str]:
    sealer, about = Sealer(KEYS["seal"]), f"batch:{batch_id}:{sheet}:{row}"
    return {name: sealer.seal(text, about) for name, text in plaintext.items() if text is not None}


def _rows(batch_id: UUID, pupils: tuple[Pupil, ...], teachers: tuple[dict[str, Any], ...]) -> tuple[BatchRow, ...]:
    rows: list[BatchRow] = []
    for row, pupil in enumerate(pupils, 3):
        data = pupil.data()
        guardians = [dict(g) for g in data.get("guardians") or ()]
        plaintext = {"id_number": pupil.number, "registry_number": pupil.registry_number} | {
            f"guardian_{n}_id_number": g.pop("id_number", None) for n, g in enumerate(guardians, 1)
        }
        data |= {"guardians": guardians} if "guardians" in data else {}
        rows.append(BatchRow(row=row, sheet="students", data=data, sealed=_sealed(batch_id, "students", row, plaintext)))
    for row, teacher in enumerate(teachers, 3):
        data = {name: value for name, value in teacher.items() if name != "id_number"}
        sealed = _sealed(batch_id, "teachers", row, {"id_number": teacher.get("id_number")})
        rows.append(BatchRow(row=row, sheet="teachers", data=data, sealed=sealed))
    return tuple(rows)


def a_roster(
    *pupils: Pupil,
    teachers: tuple[dict[str, Any], ...] = (),
    school: str = SCHOOL,
    batch_id: UUID | None = None,
    chunk: int = 1,
) -> RosterCommittedV1:
    """One committed chunk, as import sends it."""
    batch_id = batch_id or new_id()
    return RosterCommittedV1(
        batch_id=batch_id,
        chunk=chunk,
        chunks=1,
        import_type="roster",
        path=school,
        term_id=None,
        scheme_id=None,
        scheme_version=None,
        account_id=new_id(),
        author_name="管理员",
        rows=_rows(batch_id, pupils, teachers),
    )


def a_check(roster: RosterCommittedV1, attempt: int = 1) -> RosterCheckRequestedV1:
    """The question what committing this chunk would do."""
    given = {name: getattr(roster, name) for name in RosterCommittedV1.model_fields}
    return RosterCheckRequestedV1(**given, attempt=attempt)


def an_undo(roster: RosterCommittedV1) -> BatchUndoneV1:
    """The school takes the roster back."""
    return BatchUndoneV1(
        batch_id=roster.batch_id, target="identity", import_type="roster", path=roster.path, account_id=new_id(),
        reason="传错了文件",
    )  # fmt: skip


def a_class_teacher(phone: str = "13900000001", name: str = "李老师", class_number: int = 1) -> dict[str, Any]:
    """One row of the teachers' sheet."""
    return {"name": name, "phone": phone, "role": "class_teacher", "entry_year": 2025, "class_title": f"{class_number}班"}


async def slips_of(kit: Kit, audience: str, path: str = CLASS, by: Actor | None = None) -> dict[str, str]:
    """One-time passwords by user name."""
    caller = kit.as_(by or an_administrator())
    answer = await caller.post("/slips", {"path": path, "audience": audience}, Accept="application/json")
    assert answer.status == 201, answer.body
    return {slip["username"]: slip["password"] for slip in answer.json["items"]}


async def sign_in(
    kit: Kit,
    username: str,
    password: str,
    *,
    device: str | None = None,
    captcha: dict[str, str] | None = None,
    **headers: str,
) -> Answer:
    """Try to sign in."""
    body = {"username": username, "password": password, "device": device, "captcha": captcha}
    return await kit.anonymous.post("/sessions", body, **headers)


async def solve_captcha(kit: Kit) -> dict[str, str]:
    """A captcha with its answer, which the test determines by replacing the random text."""
    text = "a3c4"
    kit.deps.captcha_images.new_text = lambda: text
    shown = await kit.anonymous.post("/captchas")
    assert shown.status == 201, shown.body
    return {"id": shown.json["id"], "answer": text}


def forged(header: dict[str, Any], claims: dict[str, Any], secret: bytes | None) -> str:
    """An insecure token that no library would create: unsigned (None), or HS256 with a public key as the shared secret."""

    def part(raw: bytes) -> str:
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    answers = ".".join(part(json.dumps(piece).encode()) for piece in (header, claims))
    return f"{answers}.{'' if secret is None else part(hmac.digest(secret, answers.encode(), 'sha256'))}"


def with_token(kit: Kit, answer: Answer) -> Caller:
    """Call with the token of this answer."""
    return Caller(kit.client, answer.json["access_token"])


async def signed_in_with_password(kit: Kit, username: str, one_time: str, password: str = "Sunny-Day-7") -> Answer:
    """Sign in by a slip and set a password; returns the fresh session."""
    first = await sign_in(kit, username, one_time)
    assert first.status == 201, first.body
    answer = await with_token(kit, first).put("/password", {"new": password})
    assert answer.status == 200, answer.body
    return answer
