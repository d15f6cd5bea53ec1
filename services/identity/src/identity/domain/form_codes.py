"""What is printed on a student's confirmation form, and what follows from its registration code (NR-01, NR-02). Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from people import same_name
from people.documents import TITLES
from scheme import Scheme
from scheme.verification import Verification
from servicekit.form_codes import CodeKind, written
from servicekit.refusals import Refusal, require

from identity.domain.students import Guardian, Student

MOST_FORMS = 6000
"""Forms in one order: a school."""
_SEX = {"male": "男", "female": "女"}
_DOCUMENTS: Mapping[str, str] = {type_.value: titles[0] for type_, titles in TITLES.items()}
_SCHOOL = "请联系班主任或学校管理员核对登记的姓名和手机号"
REPRINT = "请向班主任或学校管理员索取新的确认表"


@dataclass(frozen=True)
class FormCode:
    """A code of a student as it is stored. `used_by`: the account that registered with it."""

    student_id: UUID
    kind: CodeKind
    sealed: str
    serial: int
    issued_at: datetime
    printed_at: datetime | None = None
    used_by: UUID | None = None
    used_at: datetime | None = None


@dataclass(frozen=True)
class Registrant:
    """Who wants to be bound to a student: names as typed, and all phone numbers by which the account is or was known."""

    name: str
    phones: frozenset[str]
    person_id: UUID | None = None
    """Of an account that exists already."""


def need_verification(scheme: Scheme | None) -> Verification:
    """The scheme's verification; refused where it has none."""
    if scheme is None or scheme.verification is None:
        raise Refusal("no_verification", rule="NR-01")
    return scheme.verification


def registered_guardian(student: Student, guardians: Collection[Guardian], child_name: str, by: Registrant) -> Guardian | None:
    """The guardian whom the school registered and who this is, by name and number; None: the school registered nobody.

    Refused for another child's name, for the student's own account, and for somebody whom the school registered in another
    way (L-01): whoever finds a form cannot become a parent under a name and number of their own.
    """
    require(same_name(student.name, child_name), "person_mismatch", rule="NR-02", field="child_name", help=_SCHOOL)
    require(by.person_id != student.person_id, "person_mismatch", rule="NR-02", field="guardian_name", help=_SCHOOL)
    require(not same_name(student.name, by.name), "person_mismatch", rule="NR-02", field="guardian_name", help=_SCHOOL)
    if not guardians:
        return None
    named = [one for one in guardians if same_name(one.name, by.name)]
    require(bool(named), "person_mismatch", rule="L-01", field="guardian_name", help=_SCHOOL)
    found = next((one for one in named if one.phone in by.phones), None)
    if found is None:
        raise Refusal("guardian_unknown", rule="L-01", field="phone", help=_SCHOOL)
    return found


def need_unused(code: FormCode, account_id: UUID | None) -> None:
    """Refuse a code with which another account registered: one code, one parent (NR-02)."""
    if code.used_by is not None and code.used_by != account_id:
        raise Refusal("registration_code_used", rule="NR-02", field="code", help=REPRINT)


def form_page(
    scheme: Scheme,
    student: Student,
    guardians: Sequence[Guardian],
    numbers: Mapping[str, str],
    codes: Mapping[CodeKind, str],
    public_base: str,
) -> dict[str, Any]:
    """The data of one student's form. `numbers`: `id_number` and `registry_number` as they are printed. Both codes are
    printed as text, and in QR codes: the upload code alone, the registration code with the address of the page for it, after
    a `#`, so that no server or log ever gets it."""
    rule = need_verification(scheme)
    known = {
        "name": student.name,
        "sex": _SEX[student.sex],
        "birth_date": "" if student.born is None else f"{student.born:%Y-%m-%d}",
        "document_type": _DOCUMENTS.get(student.document_type or "", ""),
        "student_number": student.student_number or "",
        "education_id": student.eid,
        "school": student.school_title,
        "class": student.grade_title + student.class_title,
        **numbers,
    }
    registered = [{"name": one.name, "relation": one.relation, "phone": one.phone} for one in guardians]
    return {
        "form": rule.form,
        "title": rule.title,
        "school": student.school_title,
        "class": known["class"],
        "name": student.name,
        "lines": [{"title": line.title, "value": known.get(line.of, "")} for line in rule.lines],
        "guardians": registered if rule.guardians else [],
        "notices": list(rule.notices),
        "upload": {"code": written(codes["upload"]), "qr": codes["upload"]},
        "registration": {
            "code": written(codes["registration"]),
            "qr": f"{public_base}/register#{codes['registration']}",
            "address": f"{public_base}/register",
        },
    }
