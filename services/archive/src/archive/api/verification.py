"""What anybody may ask: whether an archive is genuine, and for roots and keys (X-10)."""

from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import StringConstraints
from servicekit.auth import ANYONE
from servicekit.http import Api, Request
from servicekit.refusals import Refusal

from archive.actions import archives as actions
from archive.api.body import Sent
from archive.api.page import CONTENT_SECURITY_POLICY, asking, found, unknown
from archive.views.verification import RecognisedView, RootView, VerificationView

api = Api("verification")


class Fingerprint(Sent):
    """SHA-256 of a whole file, as hex."""

    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$", to_lower=True)]


@api.get("/verification/{code}", may=ANYONE, rules=("X-10",))
async def verify_code(request: Request, code: str) -> VerificationView:
    """What a verification code leads to."""
    row = await actions.verify(request.deps, code)
    if row is None:
        raise Refusal("not_found", detail="没有这个核验码", rule="X-10")
    return VerificationView.of(row)


@api.post("/verification", may=ANYONE, status=200, rules=("X-10",))
async def verify_file(request: Request, file: Fingerprint) -> RecognisedView:
    """Does a file with this fingerprint come from here?"""
    row = await actions.recognise(request.deps, file.sha256)
    if row is None:
        return RecognisedView(known=False)
    return RecognisedView(
        known=True, format="pdf" if row["pdf_sha256"] == file.sha256 else "json", archive=VerificationView.of(row)
    )


@api.get("/verify/{code}", may=ANYONE, rules=("X-10",), hidden=True)
async def verify_page(request: Request, code: str) -> web.Response:
    """The page behind the QR code."""
    row = await actions.verify(request.deps, code)
    if row is None:
        return _page(unknown(code), 404)
    return _page(found(VerificationView.of(row), row["time_zone"] or "Asia/Shanghai"))


@api.get("/verify", may=ANYONE, rules=("X-10",), hidden=True)
async def verify_form(request: Request, code: str | None = None) -> web.Response:
    """The same page for those who type the code, or have only a file."""
    return await verify_page(request, code) if code and code.strip() else _page(asking())


def _page(html: str, status: int = 200) -> web.Response:
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    return web.Response(text=html, status=status, content_type="text/html", charset="utf-8", headers=headers)


@api.get("/roots/{term_id}", may=ANYONE, rules=("X-10",))
async def read_root(request: Request, term_id: UUID) -> RootView:
    """A sealed term's root with the keys, for universities and for `zp verify --root`."""
    term, seal, later = await actions.root(request.deps, term_id)
    about_term = {"term_id": term.id, "path": term.path, "term": term.title}
    return RootView.model_validate(vars(seal) | about_term | {"supplements": later, "keys": request.deps.key.public().jwks()})


@api.get("/keys", may=ANYONE, rules=("X-10",))
async def read_keys(request: Request) -> dict[str, Any]:
    """The public keys that archives are signed with, as a JWK set: for `zp verify --keys`."""
    keys: dict[str, Any] = request.deps.key.public().jwks()
    return keys
