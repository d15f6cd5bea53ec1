"""What anybody may ask: whether an archive is genuine, and for roots and keys (X-10)."""

from typing import Annotated, Any
from uuid import UUID

from aiohttp import BodyPartReader, web
from pydantic import StringConstraints
from servicekit.auth import ANYONE
from servicekit.http import Api, Request
from servicekit.refusals import Refusal

from archive.actions import archives as actions
from archive.api.body import Sent
from archive.api.page import ASSETS, CONTENT_SECURITY_POLICY, asking, found, judged, unknown
from archive.views.verification import RecognisedView, RootView, VerificationView

api = Api("verification")
MOST_BYTES = 4 * 1024 * 1024
"""Of a file that is sent; the gateway takes no larger request."""


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


@api.post("/verification/file", may=ANYONE, status=200, rules=("X-10",), hidden=True)
async def verify_upload(request: Request) -> web.Response:
    """The page about a PDF or JSON file that a browser without a script sends; the file is not stored."""
    data = await _sent_file(request.raw)
    if data is None:
        return _page(asking("没有选择文件，或文件超过 4 MB。本平台签发的档案不会这么大。"), 400)
    verdict, row = await actions.judge(request.deps, data)
    view = VerificationView.of(row) if row is not None else None
    return _page(judged(verdict, view, (row["time_zone"] if row else None) or "Asia/Shanghai"))


async def _sent_file(raw: web.Request) -> bytes | None:
    """The file of a form; None: there is none, or it is too large."""
    if raw.content_type != "multipart/form-data":
        raise Refusal("unsupported_media", detail="请用表单提交文件")
    try:
        async for part in await raw.multipart():
            if isinstance(part, BodyPartReader) and part.name == "file":
                data = bytearray()
                while chunk := await part.read_chunk():
                    data += chunk
                    if len(data) > MOST_BYTES:
                        return None
                return bytes(data) or None
    except ValueError:
        raise Refusal("malformed", detail="请求体无法读取") from None
    return None


@api.get("/verify/assets/{name}", may=ANYONE, rules=("X-10",), hidden=True)
async def verify_asset(_: Request, name: str) -> web.Response:
    """Style or script of the page; the name changes with the content."""
    if name not in ASSETS:
        raise Refusal("not_found")
    content, media_type = ASSETS[name]
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return web.Response(body=content, content_type=media_type, charset="utf-8", headers=headers)


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
