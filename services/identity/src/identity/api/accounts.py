"""Password resets, disabled accounts, the audit trail."""

from uuid import UUID

from contracts.base import OrgPath
from servicekit.auth import ANYONE, may
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack_id
from servicekit.mapping import from_attributes

from identity.actions import accounts, audit_trail, login_names, resets
from identity.domain.documents import login_name
from identity.views.accounts import AuditEntry, LoginNameLine, LoginNames, LoginNameView, ResetAsked, ResetCode, ResetWaiting
from identity.views.requests import (
    CodeOnly,
    CodeOrder,
    CodeWord,
    ForgottenLoginName,
    ForgottenPassword,
    LoginName,
    NewPassword,
    Reason,
    ResetReason,
)
from identity.views.responses import OneTimePassword

api = Api("identity")


@api.post(
    "/accounts/{account_id}/password-reset",
    may=may("help_accounts", "run_platform"),
    rules=("JX-16", "NR-05"),
    secret=True,
    once=True,
)
async def reset_password(request: Request, account_id: UUID, why: ResetReason) -> OneTimePassword:
    """Reset somebody's password to a one-time password, which is in this response only. Ends all their sessions. Refused
    with `account_shared` where the account has cards elsewhere, unless those are to be suspended (L-01)."""
    issued = await accounts.reset(
        request.deps, request.actor, account_id, why.reason, request.client, suspend_elsewhere=why.suspend_elsewhere
    )
    return OneTimePassword.of(issued)


@api.post(
    "/students/{student_id}/password-reset",
    may=may("act_as_guardian", "help_families"),
    rules=("JX-16", "CS-13"),
    secret=True,
    once=True,
)
async def reset_students_password(request: Request, student_id: UUID, why: Reason) -> OneTimePassword:
    """Reset a student's password; guardians may do it for their child."""
    issued = await accounts.reset_student(request.deps, request.actor, student_id, why.reason, request.client)
    return OneTimePassword.of(issued)


@api.post("/accounts/{account_id}/disable", may=may("manage_accounts", "run_platform"), rules=("NR-05",), status=204)
async def disable_account(request: Request, account_id: UUID, why: Reason) -> None:
    """Disable an account: its sessions end, its tokens are refused in all services within a minute."""
    await accounts.disable(request.deps, request.actor, account_id, why.reason, request.client)


@api.post("/accounts/{account_id}/enable", may=may("manage_accounts", "run_platform"), rules=("NR-05",), status=204)
async def enable_account(request: Request, account_id: UUID, why: Reason) -> None:
    """Enable an account again, with the password it had."""
    await accounts.enable(request.deps, request.actor, account_id, why.reason, request.client)


@api.post("/accounts/{account_id}/login-name", may=may("help_accounts"), rules=("L-02",), status=200)
async def change_login_name(request: Request, account_id: UUID, to: LoginName) -> LoginNameView:
    """Give an account the new phone number of its holder. With the old number and the password the holder still gets in."""
    account = await login_names.change(request.deps, request.actor, account_id, to.phone, to.reason, request.client)
    return LoginNameView(account_id=account.id, username=account.username)


@api.post("/password-resets", may=ANYONE, rules=("JX-16", "JX-01"), status=202, secret=True)
async def ask_reset(request: Request, asked: ForgottenPassword) -> ResetAsked:
    """Request a reset of one's own password. The response is the same whether or not the data match. A guardian, the class
    teacher or an administrator then gives a code."""
    reset_id, until = await resets.request_reset(
        request.deps, login_name(asked.username), asked.name, asked.id_number, request.client, asked.captcha.as_answer()
    )
    return ResetAsked(id=reset_id, until=until)


@api.post("/password-resets/without-login-name", may=ANYONE, rules=("BJ-02", "JX-01"), status=202, secret=True)
async def ask_recovery(request: Request, asked: ForgottenLoginName) -> ResetAsked:
    """Request a reset without the login name. The response is the same whether or not somebody has these data; a helper's
    code then shows the login name (`POST /password-resets/{reset_id}/login-name`) and sets a new password."""
    about = resets.PersonalData(asked.name, asked.id_number, asked.school)
    reset_id, until = await resets.request_recovery(request.deps, about, request.client, asked.captcha.as_answer())
    return ResetAsked(id=reset_id, until=until)


@api.post("/password-resets/{reset_id}/login-name", may=ANYONE, rules=("BJ-02",), status=200, secret=True)
async def show_login_name(request: Request, reset_id: UUID, proof: CodeOnly) -> LoginNames:
    """The login names of the account, for whoever has the code; five wrong codes end the reset."""
    found = await resets.login_names(request.deps, reset_id, proof.code, request.client)
    return LoginNames(items=[from_attributes(LoginNameLine, one) for one in found])


@api.get("/password-resets", may=may("help_accounts", "run_platform", "act_as_guardian"), rules=("JX-16",))
async def list_resets(request: Request, cursor: str | None = None) -> Page[ResetWaiting]:
    """The open resets for which the caller may give a code."""
    found, next_id = await resets.open_resets(request.deps, request.actor, unpack_id(cursor), LIMIT)
    return Page(
        items=[from_attributes(ResetWaiting, reset) for reset in found], next=None if next_id is None else pack(next_id)
    )


@api.post(
    "/password-resets/{reset_id}/code",
    may=may("help_accounts", "run_platform", "act_as_guardian"),
    rules=("JX-16",),
    secret=True,
    once=True,
)
async def give_code(request: Request, reset_id: UUID, order: CodeOrder) -> ResetCode:
    """Create a code of eight digits for the account holder, valid for half an hour; in this response only."""
    code = await resets.give_code(
        request.deps, request.actor, reset_id, request.client, suspend_elsewhere=order.suspend_elsewhere
    )
    return ResetCode(code=code.code, until=code.until)


@api.post("/password-resets/{reset_id}/password", may=ANYONE, rules=("JX-16",), status=204, secret=True)
async def finish_reset(request: Request, reset_id: UUID, new: NewPassword) -> None:
    """Set a new password with the code; ends all sessions. Five wrong codes end the reset."""
    await resets.set_password(request.deps, reset_id, new.code, new.new, request.client)


@api.get("/audit", may=may("read_audit"), rules=("NR-05",))
async def read_audit(
    request: Request,
    path: OrgPath | None = None,
    what: CodeWord | None = None,
    account_id: UUID | None = None,
    subject: CodeWord | None = None,
    cursor: str | None = None,
) -> Page[AuditEntry]:
    """The audit trail of an organisation and below it, newest first. Reading it is audited too."""
    asked = audit_trail.AuditQuery(path, what, account_id, subject, unpack_id(cursor))
    found = await audit_trail.listed(request.deps, request.actor, asked, LIMIT + 1, request.client)
    items = [AuditEntry.of(one) for one in found[:LIMIT]]
    return Page(items=items, next=pack(items[-1].id) if len(found) > LIMIT else None)
