"""Lost passwords, closed accounts, the audit trail."""

from uuid import UUID

from contracts.base import OrgPath
from servicekit.auth import ANYONE, may
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack_id

from identity.actions import accounts, resets, trail
from identity.domain.id_number import plain
from identity.views.answers import OneTimePassword
from identity.views.sent import CodeWord, ForgottenPassword, NewPassword, Reason
from identity.views.trail import AuditEntry, ResetAsked, ResetCode, ResetWaiting

api = Api("identity")
HELPERS = ("operator", "administrator", "class_teacher")


@api.post("/accounts/{account_id}/password-reset", may=may(*HELPERS), rules=("JX-16", "NR-05"), secret=True, once=True)
async def reset_password(request: Request, account_id: UUID, why: Reason) -> OneTimePassword:
    """A one-time password for somebody who lost theirs: in this answer only. Their password and sessions end."""
    opened = await accounts.reset(request.deps, request.actor, account_id, why.reason, request.client)
    return OneTimePassword.of(opened)


@api.post(
    "/students/{student_id}/password-reset",
    may=may("guardian", "class_teacher", "school_administrator"),
    rules=("JX-16", "CS-13"),
    secret=True,
    once=True,
)
async def reset_students_password(request: Request, student_id: UUID, why: Reason) -> OneTimePassword:
    """As above, for a student; also by a guardian for their child."""
    opened = await accounts.reset_student(request.deps, request.actor, student_id, why.reason, request.client)
    return OneTimePassword.of(opened)


@api.post("/accounts/{account_id}/disable", may=may("operator", "administrator"), rules=("NR-05",), status=204)
async def disable_account(request: Request, account_id: UUID, why: Reason) -> None:
    """Close an account: its sessions and tokens end everywhere within a minute."""
    await accounts.disable(request.deps, request.actor, account_id, why.reason, request.client)


@api.post("/accounts/{account_id}/enable", may=may("operator", "administrator"), rules=("NR-05",), status=204)
async def enable_account(request: Request, account_id: UUID, why: Reason) -> None:
    """Open an account again, with the password it had."""
    await accounts.enable(request.deps, request.actor, account_id, why.reason, request.client)


@api.post("/password-resets", may=ANYONE, rules=("JX-16", "JX-01"), status=202, secret=True)
async def ask_reset(request: Request, asked: ForgottenPassword) -> ResetAsked:
    """Say who you are and ask for a new password; answered alike whether it fits or not. Then fetch a code from a
    guardian, the class teacher or an administrator."""
    reset_id, until = await resets.ask(
        request.deps, plain(asked.username), asked.name, asked.id_number, request.client, asked.captcha.reading()
    )
    return ResetAsked(id=reset_id, until=until)


@api.get("/password-resets", may=may(*HELPERS, "guardian"), rules=("JX-16",))
async def list_resets(request: Request, cursor: str | None = None) -> Page[ResetWaiting]:
    """Who waits for a code that I may give."""
    found, after = await resets.waiting(request.deps, request.actor, unpack_id(cursor), LIMIT)
    return Page(items=[ResetWaiting.of(one) for one in found], next=None if after is None else pack(after))


@api.post("/password-resets/{reset_id}/code", may=may(*HELPERS, "guardian"), rules=("JX-16",), secret=True, once=True)
async def give_code(request: Request, reset_id: UUID) -> ResetCode:
    """A code of eight digits for the holder, good for half an hour; in this answer only."""
    code = await resets.give_code(request.deps, request.actor, reset_id, request.client)
    return ResetCode(code=code.code, until=code.until)


@api.post("/password-resets/{reset_id}/password", may=ANYONE, rules=("JX-16",), status=204, secret=True)
async def finish_reset(request: Request, reset_id: UUID, new: NewPassword) -> None:
    """Set a new password with the code; every session ends. Five wrong codes end the request."""
    await resets.finish(request.deps, reset_id, new.code, new.new, request.client)


@api.get("/audit", may=may("administrator"), rules=("NR-05",))
async def read_audit(
    request: Request,
    path: OrgPath | None = None,
    what: CodeWord | None = None,
    account_id: UUID | None = None,
    subject: CodeWord | None = None,
    cursor: str | None = None,
) -> Page[AuditEntry]:
    """Who looked at or changed what at and below a place, newest first; looking leaves a row, too."""
    asked = trail.Asked(path, what, account_id, subject, unpack_id(cursor))
    found = await trail.listed(request.deps, request.actor, asked, LIMIT + 1, request.client)
    items = [AuditEntry.of(one) for one in found[:LIMIT]]
    return Page(items=items, next=pack(items[-1].id) if len(found) > LIMIT else None)
