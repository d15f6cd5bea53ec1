"""The HTTP server: request id, token, permission, parameters, handler, response. Every refusal is a problem document."""

import asyncio
import hashlib
import time
from typing import Any, cast
from uuid import UUID

import asyncpg
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import BaseModel, ValidationError
from pydantic_core import to_json
from scheme import UnknownSchemeError

from servicekit import context, idempotency, log, metrics
from servicekit.auth import Bearer, Verifier
from servicekit.context import Caller, Claim
from servicekit.db import LOST, Database
from servicekit.http.api import Api, Request, Route, invalid
from servicekit.http.openapi import document
from servicekit.ids import end_of_day, utc_now
from servicekit.redaction import has_personal_number
from servicekit.refusals import Refusal, busy

VERIFIER: web.AppKey[Verifier] = web.AppKey("verifier", Verifier)
DEPS: web.AppKey[Any] = web.AppKey("deps", object)
DRAINING: web.AppKey[asyncio.Event] = web.AppKey("draining", asyncio.Event)
"""Set while the process stops: it still serves, and closes connections that a gateway keeps open."""
BODY_LIMIT = 1024 * 1024
_KEY_LIMIT = 128
_NO_CONTENT_TYPE = "application/octet-stream"
"""The content type of a request that names none; some clients also send it with an empty body."""
_EMPTY_BODY = b"{}"
"""The body of a request without one, if every field has a default."""
_log = log.get(__name__)


def build(api: Api, deps: Any, verifier: Verifier, title: str) -> web.Application:
    """An aiohttp application with the routes of `api` and its OpenAPI document at `/openapi.json`."""
    app = web.Application(middlewares=[cast(Middleware, _middleware)], client_max_size=BODY_LIMIT)
    app[VERIFIER] = verifier
    app[DEPS] = deps
    app[DRAINING] = asyncio.Event()
    for route in api.routes:
        served = _serve(route)
        app.router.add_route(route.method, route.path, served)
        if route.method == "GET" and route.may.anonymous:  # programs that preview links send HEAD first
            app.router.add_route("HEAD", route.path, served)
    openapi_json = to_json(document(api, title))

    async def openapi(_: web.Request) -> web.Response:
        return web.Response(body=openapi_json, content_type="application/json")

    app.router.add_get("/openapi.json", openapi)
    return app


def problem(refusal: Refusal) -> web.Response:
    """The problem document (RFC 9457) of a refusal, with the rule, window and scheme that it cites (X-13)."""
    body = {
        "type": f"/docs/problems#{refusal.code}",
        "title": refusal.meaning.title,
        "status": refusal.meaning.status,
        "code": refusal.code,
        "detail": refusal.detail or refusal.meaning.title,
        "request_id": context.request_id.get(),
        **refusal.details,
    }
    headers = {"WWW-Authenticate": "Bearer"} if refusal.meaning.status == 401 else {}
    if (after := refusal.details.get("retry_after")) is not None:
        headers["Retry-After"] = str(after)
    return web.Response(
        body=to_json(body), status=refusal.meaning.status, content_type="application/problem+json", headers=headers
    )


@web.middleware
async def _middleware(raw: web.Request, handler: Handler) -> web.StreamResponse:
    started_at = time.perf_counter()
    context.request_id.set(context.accept_request_id(raw.headers.get("X-Request-Id")))
    context.claim.set(None)
    context.caller.set(Caller.REQUEST)
    context.client.set(context.accept_client(raw.headers.get("X-Client")))
    response: web.StreamResponse
    try:
        if has_personal_number(f"{raw.path}?{raw.query_string}"):
            raise Refusal("number_in_address", rule="L-20")
        response = await handler(raw)
    except Refusal as refusal:
        response = problem(refusal)
    except web.HTTPRequestEntityTooLarge:
        response = problem(Refusal("too_large"))
    except web.RequestPayloadError:
        response = problem(Refusal("malformed", detail="请求体无法读取"))
    except web.HTTPMethodNotAllowed:
        response = problem(Refusal("method_not_allowed"))
    except web.HTTPNotFound:
        response = problem(Refusal("not_found"))
    except web.HTTPException as end:
        response = end if end.status < 400 else problem(Refusal("malformed"))
    except (asyncpg.SerializationError, asyncpg.DeadlockDetectedError):
        response = problem(busy(1, 2))
    except asyncpg.DataError as fault:
        _log.info("unstorable_value", error=type(fault).__name__)
        response = problem(Refusal("invalid_input", detail="内容含有无法保存的字符或数值"))
    except LOST as fault:
        _log.warning("server_unavailable", error=repr(fault))
        response = problem(busy())
    except UnknownSchemeError as fault:  # during a rolling deployment a newer process has it
        _log.warning("scheme_unknown", error=repr(fault))
        response = problem(busy())
    except Exception:
        _log.exception("fault", path=raw.path)
        response = problem(Refusal("fault"))
    if not response.prepared:
        response.headers["X-Request-Id"] = context.request_id.get() or ""
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")
        if raw.app[DRAINING].is_set():
            response.force_close()
    resource = raw.match_info.route.resource
    route = resource.canonical if resource is not None else "-"
    metrics.REQUESTS.labels(raw.method, route, f"{response.status // 100}xx").observe(time.perf_counter() - started_at)
    return response


def _bearer(raw: web.Request, route: Route) -> Bearer | None:
    header = raw.headers.get("Authorization")
    if header is None:
        if route.may.anonymous:
            return None
        raise Refusal("unauthenticated")
    kind, _, token = header.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Refusal("unauthenticated")
    bearer = raw.app[VERIFIER].verify(token.strip(), utc_now())
    if route.may.anonymous or route.may.cardless:
        return bearer
    if bearer.actor is None:
        raise Refusal("forbidden", detail="请先设置密码并选择身份卡")
    if not route.may.admits(bearer.actor):
        raise Refusal("forbidden", rule=route.rules[0] if route.rules else None)
    return bearer


def _serve(route: Route) -> Handler:
    async def serve(raw: web.Request) -> web.StreamResponse:
        bearer = _bearer(raw, route)
        arguments = route.read(raw)
        body = b""
        if route.body_adapter is not None and route.body_name is not None:
            body = await _json_body(raw, route)
            try:
                arguments[route.body_name] = route.body_adapter.validate_json(body)
            except ValidationError as fault:
                raise invalid(fault) from None
        request = Request(raw, raw.app[DEPS], bearer)
        claim = _claim(raw, route, bearer, body)
        if claim is None:
            return await _handle(route, request, arguments)
        return await _run_once(route, request, claim, arguments)

    return serve


async def _json_body(raw: web.Request, route: Route) -> bytes:
    """The JSON body; an empty object if nothing was sent and no field is required."""
    if raw.content_type == _NO_CONTENT_TYPE and not route.body_required and not await raw.read():
        return _EMPTY_BODY
    if raw.content_type != "application/json":
        raise Refusal("unsupported_media", detail="请求体应为 JSON")
    if raw.headers.get("Content-Encoding", "identity") != "identity":
        raise Refusal("unsupported_media", detail="请求体不应压缩")
    return await raw.read()


def _claim(raw: web.Request, route: Route, bearer: Bearer | None, body: bytes) -> Claim | None:
    key = raw.headers.get("Idempotency-Key")
    if key is None or bearer is None or route.method == "GET" or (route.secret and not route.once):
        return None
    if not key or len(key) > _KEY_LIMIT:
        raise Refusal("malformed", field="Idempotency-Key")
    digest = hashlib.sha256(raw.path_qs.encode() + b"\0" + body).digest()
    if route.unlinked:
        owner: UUID = raw.app[DEPS].pseudonymous(bearer.account_id)
        return Claim(owner, key, f"{route.method} {route.path}", digest, made_at=end_of_day(utc_now()))
    return Claim(bearer.account_id, key, f"{route.method} {route.path}", digest)


async def _run_once(route: Route, request: Request, claim: Claim, arguments: dict[str, Any]) -> web.StreamResponse:
    """Run the handler and store its response; a repeated request gets the stored one."""
    db: Database = request.deps.db
    context.claim.set(claim)
    try:
        response = await _handle(route, request, arguments)
    except idempotency.RepeatedRequest:
        context.claim.set(None)
        status, body, headers = await idempotency.stored_response(db, claim)
        return web.Response(status=status, body=body, headers={**headers, "Idempotent-Replay": "true"})
    finally:
        context.claim.set(None)
    stored: web.StreamResponse = response
    if route.secret:
        stored = problem(Refusal("already_applied", detail="此操作已经生效；其中的密码只显示一次"))
    if claim.inserted and isinstance(stored, web.Response):
        headers = {name: stored.headers[name] for name in ("Content-Type", "ETag") if name in stored.headers}
        db.responses.store(claim, stored.status, stored.body if isinstance(stored.body, bytes) else b"", headers)
    return response


async def _handle(route: Route, request: Request, arguments: dict[str, Any]) -> web.StreamResponse:
    response = _response(route, await route.handler(request, **arguments))
    for cookie in request.cookies:
        response.headers.add("Set-Cookie", cookie)
    return _unchanging(request.raw, response) if route.immutable else response


def _response(route: Route, result: Any) -> web.StreamResponse:
    if isinstance(result, web.StreamResponse):
        return result
    if route.result_adapter is None or result is None:
        return web.Response(status=204 if result is None else route.status)
    response = web.Response(
        body=route.result_adapter.dump_json(result), status=route.status, content_type="application/json", charset="utf-8"
    )
    if isinstance(result, BaseModel) and isinstance(version := getattr(result, "version", None), int):
        response.headers["ETag"] = f'"{version}"'
    return response


def _unchanging(raw: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """The response with a `Cache-Control` and an `ETag` of its content; 304 where the caller has that already."""
    body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
    headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"', "Cache-Control": "private, max-age=86400, immutable"}
    if headers["ETag"] in raw.headers.get("If-None-Match", ""):
        return web.Response(status=304, headers=headers)
    response.headers.update(headers)
    return response
