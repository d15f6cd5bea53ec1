"""The accounts that a roster's phone numbers reach. A row only offers; it never takes an account over (L-01, L-02)."""

from dataclasses import replace

from contracts.base import within
from people import same_name

from identity.domain.roster.known import AccountHolder, Known
from identity.domain.roster.rows import Document, TeacherRow
from identity.domain.roster.steps import AccountStep, Plan

OTHER_NAME = "该手机号的账号登记的是另一姓名。手机号已换人使用的，请在“手机号已换人”一栏填“是”；确为同一人的，填“否”"
OTHER_NAME_OF_STAFF = (
    "该手机号的账号登记的是另一姓名，本校不能更改，也不能查看：请按其本人在“我的账号”中看到的姓名填写；"
    "手机号已换人使用的，在“手机号已换人”一栏填“是”"
)
TWO_NAMES = "本表中该手机号还有另一姓名，请核对；确为同一人的，请在“手机号已换人”一栏填“否”"


class Accounts:
    """The steps for all phone numbers of a chunk; they are added to the plan."""

    def __init__(self, known: Known, plan: Plan) -> None:
        self._known, self._plan, self._school = known, plan, known.school.path
        self._persons = {index: (holder.person_id, holder.name) for index, holder in known.by_document.items()}
        self._documents: dict[bytes, str] = {}
        """Phone numbers of new accounts by document."""

    def question(self, phone: str, name: str, reassigned: bool | None) -> str | None:
        """What the school has to answer before a card is offered: the number has another name. It does not say which."""
        planned, holder = self._plan.accounts.get(phone), self._known.accounts.get(phone)
        if reassigned is not None:
            return None
        if planned is not None and planned.kind in ("new", "reassigned"):
            return None if same_name(planned.name, name) else TWO_NAMES
        if holder is None or same_name(holder.name, name) or holder.may_be_renamed(self._school):
            return None
        return OTHER_NAME

    def other_name_elsewhere(self, row: TeacherRow) -> str | None:
        """A school sees the names of the accounts to which it offers staff cards. So the row has to know the name already,
        unless it is one of the school's staff or the school's to change (L-02)."""
        holder = self._known.accounts.get(row.phone)
        planned = self._plan.accounts.get(row.phone)
        if row.reassigned or holder is None or (planned is not None and planned.kind == "reassigned"):
            return None
        here = self._is_own(holder) or any(within(path, self._school) for _, path in holder.staff)
        return None if here or same_name(holder.name, row.name) else OTHER_NAME_OF_STAFF

    def _is_own(self, holder: AccountHolder) -> bool:
        """May this school change name and document of the account's holder?"""
        own_staff = holder.only_at(self._school) and bool(holder.staff) and not holder.shared
        return own_staff or holder.may_be_renamed(self._school)

    def own(self, phone: str) -> AccountHolder | None:
        """The account with this number, where the school may change what is stored of its holder."""
        holder = self._known.accounts.get(phone)
        return holder if holder is not None and self._is_own(holder) else None

    def not_reassigned(self, phone: str, name: str, reassigned: bool | None) -> bool:
        """Does the school say that the number changed hands, although its account has this very name?"""
        holder = self._known.accounts.get(phone)
        return bool(reassigned) and holder is not None and same_name(holder.name, name)

    def offer(self, phone: str, name: str, reassigned: bool | None) -> AccountStep:
        """The account to which a guardian's card is offered."""
        step = self._reached(phone, name, reassigned)
        holder = step.holder if step.kind == "known" else None
        if holder is not None and holder.name != name and holder.may_be_renamed(self._school):
            step = replace(step, kind="changed", name=name)
        self._plan.accounts[phone] = step
        return step

    def document_taken(self, row: TeacherRow) -> tuple[str, str] | None:
        """Why the row's identity document cannot be this teacher's: (code, message)."""
        index = row.document.index if row.document else None
        if index is None:
            return None
        person, holder = self._persons.get(index), self._known.accounts.get(row.phone)
        if self._documents.get(index, row.phone) != row.phone:
            return "duplicate", "与本表另一行的身份证件号相同"
        if person is None:
            return None
        reaches = holder is not None and not (row.reassigned and not same_name(holder.name, row.name))
        taken = holder is not None and person[0] != holder.person_id if reaches else not same_name(person[1], row.name)
        return ("id_number_taken", "该身份证件号已登记在他人名下") if taken else None

    def employ(self, row: TeacherRow) -> AccountStep:
        """The account to which a staff card is offered."""
        step = self._reached(row.phone, row.name, row.reassigned)
        index = row.document.index if row.document else None
        if step.kind in ("known", "changed") and step.holder is not None:
            step = self._particulars(row, step, step.holder)
        elif index is not None and step.document is None and step.person_id is None:
            person = self._persons.get(index)
            step = replace(step, person_id=person[0] if person else None, document=None if person else row.document)
            self._documents[index] = row.phone
        if row.education_id is not None and self._takes_id(step):
            step = replace(step, education_id=row.education_id)
        self._plan.accounts[row.phone] = step
        return step

    def _takes_id(self, step: AccountStep) -> bool:
        """May a roster of this school say the education id of the account's holder? Not of an account that others know."""
        holder = step.holder if step.kind in ("known", "changed") else None
        return holder is None or (holder.education_id is None and self._is_own(holder))

    def _particulars(self, row: TeacherRow, step: AccountStep, holder: AccountHolder) -> AccountStep:
        """Name and document of an account that exists: a school changes them only for staff of its own alone."""
        if not self._is_own(holder):
            return step
        given = row.document if row.document is not None and row.document.index is not None else None
        document: Document | None = given if given is not None and given.index != holder.index else step.document
        if row.name == holder.name and document is None:
            return step
        return replace(step, kind="changed", name=row.name, document=document)

    def _reached(self, phone: str, name: str, reassigned: bool | None) -> AccountStep:
        """The step of this phone number so far, or its first one."""
        holder, planned = self._known.accounts.get(phone), self._plan.accounts.get(phone)
        if planned is not None and planned.kind in ("new", "reassigned"):
            return planned
        if holder is None:
            self._plan.count("accounts_created")
            return AccountStep(phone, "new", name)
        if reassigned and not same_name(holder.name, name):
            self._plan.count("phones_reassigned")
            return AccountStep(phone, "reassigned", name, holder)
        return planned or AccountStep(phone, "known", holder.name, holder)
