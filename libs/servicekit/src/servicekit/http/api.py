"""Routes. A handler is a typed function; its signature declares path, query and body.

A parameter whose name is in the path as `{name}` is taken from there; a pydantic model is the JSON body; all others are
taken from the query string.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partialmethod
from http.cookies import SimpleCookie
from typing import Any, ClassVar, get_type_hints

from aiohttp import web
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from servicekit.auth import Actor, Bearer, Rule
from servicekit.http.validation import errors_of
from servicekit.refusals import Refusal

type Handler = Callable[..., Awaitable[Any]]
type _Method = partialmethod[Callable[[Handler], Handler]]


class Request:
    """The request as its handler gets it, besides the declared parameters."""

    def __init__(self, raw: web.Request, deps: Any, bearer: Bearer | None) -> None:
        self.raw, self.deps, self.bearer = raw, deps, bearer
        self.cookies: list[str] = []
        """The `Set-Cookie` headers of the answer; a refusal has none."""

    def set_cookie(self, name: str, value: str, *, path: str, max_age: int | None, **attributes: str | bool) -> None:
        """Set a cookie with the answer; `max_age` 0 removes it, None keeps it until the browser closes. `attributes`: as in
        `http.cookies.Morsel`."""
        cookie: SimpleCookie = SimpleCookie({name: value})
        lasts = {} if max_age is None else {"max-age": str(max_age)}
        cookie[name].update({"path": path, **lasts, **attributes})  # type: ignore[arg-type]  # flags are bool
        self.cookies.append(cookie[name].OutputString())

    @property
    def actor(self) -> Actor:
        """The caller with the identity card in use; `forbidden` without one."""
        if self.bearer is None or self.bearer.actor is None:
            raise Refusal("forbidden", detail="请先选择身份卡")
        return self.bearer.actor

    @property
    def version(self) -> int:
        """The version that the caller read, from `If-Match`; `version_required` without one."""
        sent = self.raw.headers.get("If-Match")
        if sent is None:
            raise Refusal("version_required")
        try:
            return int(sent.removeprefix("W/").strip('"'))
        except ValueError:
            raise Refusal("malformed", field="If-Match") from None

    @property
    def seen(self) -> int | None:
        """As `version`; None without `If-Match`."""
        return self.version if "If-Match" in self.raw.headers else None

    @property
    def client(self) -> str:
        """The caller's address as the gateway saw it; for throttling and audit only, never for permissions."""
        address: str = self.deps.settings.caller(self.raw.remote, self.raw.headers.get("X-Real-Ip"))
        return address


@dataclass(frozen=True)
class Route:
    """One operation of an API."""

    method: str
    path: str
    may: Rule
    handler: Handler
    status: int
    path_model: type[BaseModel]
    query_model: type[BaseModel]
    body: Any
    body_name: str | None
    body_adapter: TypeAdapter[Any] | None
    body_required: bool
    """A field of the body has no default; else a request may come without a body."""
    result_adapter: TypeAdapter[Any] | None
    tag: str
    rules: tuple[str, ...] = ()
    hidden: bool = False
    secret: bool = False
    """The response contains secrets and is not stored, so an `Idempotency-Key` is ignored, except with `once`."""
    once: bool = False
    """The key is honoured although the response is secret: a repetition has no effect and gets `already_applied`."""
    immutable: bool = False
    """The answer never changes: browsers keep it for a day without asking, and ask with its `ETag` then."""
    unlinked: bool = False
    """Who called, and when, is not stored with the key: it belongs to `Deps.pseudonymous` and to a day (L-17)."""

    def read(self, raw: web.Request) -> dict[str, Any]:
        """The parameters from path and query, validated."""
        try:
            path = self.path_model.model_validate(dict(raw.match_info))
        except ValidationError:
            raise Refusal("not_found") from None
        try:
            query = self.query_model.model_validate(_query(raw, self.query_model))
        except ValidationError as fault:
            raise invalid(fault, "query") from None
        return {**dict(path), **dict(query)}


def _query(raw: web.Request, model: type[BaseModel]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in raw.query:
        declared = model.model_fields.get(name)
        is_list = declared is not None and "list[" in str(declared.annotation)
        values[name] = raw.query.getall(name) if is_list else raw.query.getall(name)[-1]
    return values


def invalid(fault: ValidationError, location: str = "body") -> Refusal:
    """A refusal that lists every invalid field, without the values that were sent."""
    return Refusal("invalid_input", errors=list(errors_of(fault, location)))


@dataclass
class Api:
    """A service's routes. A larger service makes an Api for each module of `api/` and joins them with `include`.

    `@api.get(path, may=...)` and the other methods register a handler. `may` says who may call it; all but `get` take an
    `Idempotency-Key`.
    """

    name: str = ""
    routes: list[Route] = field(default_factory=list)

    def include(self, other: "Api") -> None:
        """Add the routes of another Api."""
        self.routes.extend(other.routes)

    def _route(
        self, method: str, path: str, *, may: Rule, status: int | None = None, **more: Any
    ) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            hints = get_type_hints(handler, include_extras=True)
            in_path: dict[str, Any] = {}
            in_query: dict[str, Any] = {}
            body: Any = None
            body_name: str | None = None
            for name, parameter in list(inspect.signature(handler).parameters.items())[1:]:
                hint = hints[name]
                origin = getattr(hint, "__origin__", hint)
                if "{" + name + "}" in path or "{" + name + ":" in path:
                    in_path[name] = (hint, ...)
                elif method != "GET" and inspect.isclass(origin) and issubclass(origin, BaseModel):
                    body, body_name = hint, name
                else:
                    default = ... if parameter.default is inspect.Parameter.empty else parameter.default
                    in_query[name] = (hint, default)
            adapter = None if body is None else TypeAdapter(body)
            result: Any = hints.get("return")
            is_response = inspect.isclass(result) and issubclass(result, web.StreamResponse)
            nothing = result in (None, type(None))
            title = "".join(part.title() for part in handler.__name__.split("_"))
            self.routes.append(
                Route(
                    method=method,
                    path=path,
                    may=may,
                    handler=handler,
                    status=status or (204 if nothing else 201 if method == "POST" else 200),
                    path_model=create_model(f"{title}Path", __config__=ConfigDict(extra="ignore"), **in_path),
                    query_model=create_model(f"{title}Query", __config__=ConfigDict(extra="forbid"), **in_query),
                    body=body,
                    body_name=body_name,
                    body_adapter=adapter,
                    body_required=adapter is not None and not _accepts_nothing(adapter),
                    result_adapter=None if nothing or is_response else TypeAdapter(result),
                    tag=self.name,
                    **more,
                )
            )
            return handler

        return register

    get: ClassVar[_Method] = partialmethod(_route, "GET")
    post: ClassVar[_Method] = partialmethod(_route, "POST")
    put: ClassVar[_Method] = partialmethod(_route, "PUT")
    delete: ClassVar[_Method] = partialmethod(_route, "DELETE")


def _accepts_nothing(body: TypeAdapter[Any]) -> bool:
    try:
        body.validate_python({})
    except ValidationError:
        return False
    return True
